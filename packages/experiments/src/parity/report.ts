import { basename } from 'node:path';
import type { DeviceInfo } from '@glassbox/tensor-core';
import type { Golden } from './golden.ts';
import { agrees, limit, patience, right, type StepVerdict, type TensorVerdict } from './judge.ts';
import { type Drift, type ParityResult, parityLimits, quantities, within } from './replay.ts';

/** One recording's result as a line of JSON. A difference that is not finite becomes null (and does not pass). */
export function jsonLine({ file, spec }: Golden, result: ParityResult, device: DeviceInfo): string {
  const { steps, drift, pass, seconds } = result;
  return JSON.stringify({
    file: basename(file),
    model: spec.model,
    optimizer: spec.optimizer.kind,
    device: device.kind,
    adapter: device.adapter,
    limit,
    patience,
    steps,
    drift,
    limits: drift && spec.steps === 1 ? parityLimits : undefined,
    pass,
    seconds: Number(seconds.toFixed(3)),
  });
}

/** One recording's result for people. */
export function textReport({ file, spec }: Golden, { steps, drift, seconds }: ParityResult): string {
  const { model, optimizer, batch, dataset } = spec;
  const what = `${model}, ${optimizer.kind}, batches of ${batch} of ${dataset}`;
  const head = `${basename(file)}: ${what} (${seconds.toFixed(1)} s)`;
  return [head, ...steps.flatMap(stepLines), ...(drift ? driftLines(drift, spec.steps) : [])].join('\n');
}

function stepLines({ step, tensors, parameters, flips, faults, pass }: StepVerdict): string[] {
  const doubt =
    flips.inDoubt > 0
      ? `; ${flips.taken} of ${flips.inDoubt} decisions in doubt (ReLU, max-pool) taken the other way`
      : '';
  const lines = [...Map.groupBy(tensors, ({ part }) => part)].map(([part, own]) => {
    const wrong = own.filter((tensor) => !right(tensor)).length;
    const verdict = wrong > 0 ? 'FAIL' : 'ok  ';
    return `  ${verdict} ${part.padEnd(22)} ${summary(own)}`;
  });
  return [
    `  step ${step}: ${pass ? 'right' : 'WRONG'}${doubt}`,
    ...lines,
    ...faults.map((fault) => `  FAIL ${fault}`),
    `       ${'whole step'.padEnd(22)} ${summary(parameters)} (shown, not judged)`,
  ];
}

/** How many tensors agree, and the one furthest off: of those that do not agree, if there are any. */
function summary(tensors: readonly TensorVerdict[]): string {
  const ratio = (distance: number, of: number) => (distance === 0 ? 0 : distance / of);
  const others = tensors.filter((tensor) => !agrees(tensor));
  const share = ({ distance, allowed }: TensorVerdict) => ratio(distance, allowed);
  const worst = (others.length > 0 ? others : tensors).reduce((a, b) => (share(b) > share(a) ? b : a));
  const { name, distance, scale, float32 } = worst;
  const agreeing = `${tensors.length - others.length} of ${tensors.length} within ${limit.toExponential(0)}`;
  const own = `${ratio(distance, scale).toExponential(1)} at ${name}`;
  if (others.length === 0) return `${agreeing.padEnd(22)}  largest ${own}`;
  const theirs = ratio(float32, scale).toExponential(1);
  const times = float32 > 0 ? `${(distance / float32).toFixed(1)} times ` : '';
  return `${agreeing.padEnd(22)}  ${own}: ${times}PyTorch's float32 (${theirs})`;
}

function driftLines(drift: Drift, steps: number): string[] {
  const one = steps === 1;
  const lines = quantities.map((name) => {
    const { value, where } = drift[name];
    const verdict = one ? (within(drift, name) ? 'ok   ' : 'FAIL ') : '';
    const allowed = one ? `  limit ${parityLimits[name].toExponential(0)}` : '';
    return `  ${verdict}${name.padEnd(10)} ${value.toExponential(1).padStart(8)}${allowed}  largest at ${where}`;
  });
  return one ? lines : [`  drift over ${steps} steps (shown, not judged):`, ...lines];
}
