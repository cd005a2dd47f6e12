import { basename } from 'node:path';
import type { DeviceInfo } from '@glassbox/tensor-core';
import type { Golden } from './golden.ts';
import { type Differences, type ParityQuantity, type ParityResult, parityLimits } from './replay.ts';

const quantities = Object.keys(parityLimits) as ParityQuantity[];

/** One trajectory's result as a line of JSON. A difference that is not finite becomes null (and does not pass). */
export function jsonLine({ file, spec }: Golden, result: ParityResult, device: DeviceInfo): string {
  const { differences, raw, retries, pass, seconds } = result;
  return JSON.stringify({
    file: basename(file),
    model: spec.model,
    optimizer: spec.optimizer.kind,
    steps: spec.steps,
    device: device.kind,
    adapter: device.adapter,
    ...each(differences, 'value'),
    worst: each(differences, 'where'),
    limits: parityLimits,
    pass,
    retries,
    raw: each(raw, 'value'),
    seconds: Number(seconds.toFixed(3)),
  });
}

function each(differences: Differences, member: 'value' | 'where'): Record<string, unknown> {
  return Object.fromEntries(quantities.map((name) => [name, differences[name][member]]));
}

/** One trajectory's result for people: a line for each quantity, with its limit and the place of the largest difference. */
export function textReport({ file, spec }: Golden, result: ParityResult): string {
  const { differences, raw, retries, seconds } = result;
  const { model, optimizer, steps, batch, dataset } = spec;
  const head = `${basename(file)}: ${model}, ${optimizer.kind}, ${steps} steps of ${batch} on ${dataset} (${seconds.toFixed(1)} s)`;
  const lines = quantities.map((name) => {
    const { value, where } = differences[name];
    const verdict = value <= parityLimits[name] ? 'ok  ' : 'FAIL';
    const limit = parityLimits[name].toExponential(0);
    const first =
      raw[name].value === value
        ? ''
        : `  (first replay ${raw[name].value.toExponential(1)} at ${raw[name].where})`;
    return `  ${verdict} ${name.padEnd(10)} ${value.toExponential(1).padStart(8)}  limit ${limit}  largest at ${where}${first}`;
  });
  if (retries.gradient0 + retries.training > 0) {
    lines.push(
      `  Repeated from weights moved by at most one unit in the last place (first step ${retries.gradient0} times, training ${retries.training} times):`,
      '  where a ReLU is within rounding of 0, the recording and a sound replay may part.',
    );
  }
  return [head, ...lines].join('\n');
}
