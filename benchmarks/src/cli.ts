/** `npm run bench`: what kernels and nets cost on this machine's devices. */
import { parseArgs } from 'node:util';
import { openDevice, openNullDevice, Runtime } from '@glassbox/tensor-core';
import { benchmarkCases } from './cases.ts';
import { measureStep, type StepResult } from './step.ts';

const help = `
npm run bench -- [step|host] [options]

  step    training and inference of the three nets: ms a step and images/s (default)
  host    the host's own cost a step, on Dawn's null backend

  --device auto|webgpu|wasm          default auto
  --adapter auto|hardware|software   which WebGPU adapter
  --threads N                        threads of the wasm device
  --case NAME                        one net: ${benchmarkCases.map(({ name }) => name).join(', ')}
  --batch N                          another batch size
  --seconds S                        time for each figure (default 3)
  --json                             one JSON object a line
`.trim();

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'auto' },
    adapter: { type: 'string', default: 'auto' },
    threads: { type: 'string' },
    case: { type: 'string' },
    batch: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const [what = 'step'] = positionals;
const cases = benchmarkCases.filter(({ name }) => !values.case || name === values.case);
if (cases.length === 0 || !['step', 'host'].includes(what)) {
  console.error(`Unknown benchmark ${what} ${values.case ?? ''}\n\n${help}`);
  process.exit(2);
}

const device =
  what === 'host'
    ? await openNullDevice({ workgroupSize: 64 })
    : await openDevice({
        device: values.device as 'auto',
        adapter: values.adapter as 'auto',
        threads: values.threads ? Number(values.threads) : undefined,
      });
if (!values.json) {
  console.log(
    `${device.info.kind}: ${device.info.adapter}${device.info.threads ? `, ${device.info.threads} threads` : ''}\n`,
  );
  console.log(
    'case           batch  ms/step      (quartiles)  images/s  inference/s  first step ms  dispatches   MiB',
  );
}
for (const benchmark of cases) {
  for (const batch of values.batch ? [Number(values.batch)] : benchmark.batches) {
    const runtime = new Runtime(device);
    const result = await measureStep(runtime, benchmark, batch, { seconds: Number(values.seconds) });
    console.log(
      values.json ? JSON.stringify(what === 'host' ? { ...result, device: 'null' } : result) : row(result),
    );
  }
}
await device.destroy();

function row(r: StepResult): string {
  const [low, high] = r.trainStepMsQuartiles;
  return [
    r.case.padEnd(14),
    String(r.batch).padStart(5),
    r.trainStepMs.toFixed(2).padStart(8),
    `(${low.toFixed(2)} - ${high.toFixed(2)})`.padStart(18),
    r.trainImgPerSec.toFixed(0).padStart(8),
    r.inferImgPerSec.toFixed(0).padStart(12),
    r.firstStepMs.toFixed(0).padStart(14),
    String(r.dispatches).padStart(11),
    (r.peakBytes / 2 ** 20).toFixed(0).padStart(5),
  ].join(' ');
}
