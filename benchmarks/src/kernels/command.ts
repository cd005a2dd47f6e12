import { benchmarkCases } from '../cases.ts';
import { type Values, words } from '../cli/args.ts';
import {
  type Command,
  chosenPrecision,
  deviceOptions,
  openChosenDevice,
  precisionOptions,
} from '../cli/command.ts';
import { deviceTitle } from '../device-title.ts';
import type { Output } from '../output/output.ts';
import { rooflineChart } from './chart.ts';
import { kernelsOfStep, otherKernels } from './collect.ts';
import { type KernelResult, measureKernels } from './measure.ts';
import { measureRoofline } from './roofline.ts';
import { kernelColumns, rooflineText } from './table.ts';

/** Batch at which each net's kernels are measured: that of its own recipe. */
const lists: Readonly<Record<string, number>> = {
  'practical-net': 64,
  autoencoder: 256,
  'medmnist-net': 128,
  resnet18: 128,
  others: 64,
};

export const kernelsCommand: Command = {
  name: 'kernels',
  summary: 'every kernel at the shapes of the nets: ms, GFLOPS, GB/s, share of the roofline',
  about: `
Times each distinct kernel of a training step by itself, and a list of others (matmul of 512, exp, log, reductions, …).
Peak (multiply-adds in registers) and bandwidth (a triad over growing working sets) are measured on the same device
with WGSL kernels; a kernel's share of the roofline is the time it needs at least, over the time it took.`,
  options: {
    ...deviceOptions,
    case: { type: 'string', value: 'NAMES', help: `${Object.keys(lists).join(', ')} (default all)` },
    ...precisionOptions(0.5, 'each kernel'),
    all: { type: 'boolean', help: 'print kernels below 1 % of a step too' },
  },
  run: kernels,
};

async function kernels(values: Values, output: Output): Promise<void> {
  const precision = chosenPrecision(values, 0.5);
  const first = await openChosenDevice(values);
  const title = deviceTitle(first);
  const roofline = await measureRoofline(first, precision);
  await first.destroy();
  output.note(`${title}\n${rooflineText(roofline)}`);
  const results: KernelResult[] = [];
  for (const name of words(values, 'case', Object.keys(lists))) {
    const device = await openChosenDevice(values);
    const benchmark = benchmarkCases.find((one) => one.name === name);
    const list = benchmark
      ? kernelsOfStep(device, benchmark, lists[name])
      : otherKernels(device, lists[name]);
    const rows = await measureKernels(device, list, roofline, precision);
    await device.destroy();
    results.push(...rows);
    for (const row of rows) output.row(row);
    print(name, rows, title, values.all === true || !benchmark, output);
  }
  output.save(
    'kernels',
    [{ roofline }, ...results],
    [rooflineChart(results, roofline, title, output.machine)],
  );
}

function print(
  name: string,
  rows: readonly KernelResult[],
  device: string,
  all: boolean,
  output: Output,
): void {
  const shown = rows.filter(({ stepShare }) => all || stepShare >= 0.01);
  const total = rows.reduce((sum, { ms, count }) => sum + ms * count, 0);
  const title = `${name}, batch ${rows[0].batch}, ${device}: ${total.toFixed(2)} ms in all`;
  output.table(title, shown, kernelColumns);
  const hidden = rows.length - shown.length;
  if (hidden > 0) output.remark(`${hidden} kernels below 1 % are left out; --all shows them.`);
}
