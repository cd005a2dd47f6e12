/** Tables of speed: those that `npm run bench` prints, and a summary for the README. */
import { type HostResult, hostColumns } from '../host/table.ts';
import type { KernelResult } from '../kernels/measure.ts';
import type { Roofline } from '../kernels/roofline.ts';
import { kernelColumns, rooflineText } from '../kernels/table.ts';
import { type LadderResult, ladderColumns } from '../ladder/table.ts';
import { type Column, markdownTable } from '../output/table.ts';
import type { Comparison } from '../peers/compare.ts';
import { failureColumns, peerColumns } from '../peers/table.ts';
import type { EpochResult } from '../step/epoch.ts';
import type { StepResult } from '../step/measure.ts';
import { epochColumns, stepColumns } from '../step/table.ts';
import { type StreamResult, streamColumns } from '../stream/table.ts';
import { targetColumns } from '../wasm/table.ts';
import type { TargetResult } from '../wasm/targets.ts';
import { caption, readRuns, wrap } from './data.ts';

/** Training and inference of each net. */
export function stepTable(): string {
  const [run] = readRuns<StepResult>('step');
  return `${caption(run)}\n\n${markdownTable(run.results, stepColumns)}`;
}

/** Training throughput over batch size, one line for each number of threads; then whole epochs. */
export function sweepTables(): string {
  const [run] = readRuns<StepResult | EpochResult>('sweep');
  const epochs = run.results.filter((result): result is EpochResult => 'images' in result);
  const steps = run.results.filter((result): result is StepResult => 'trainStepMs' in result);
  const batches = [...new Set(steps.map(({ batch }) => batch))];
  const threads = [...new Set(steps.map((step) => step.threads))];
  const over = batches.map((batch) => ({ batch, steps: steps.filter((step) => step.batch === batch) }));
  const columns = threads.flatMap((count): Column<(typeof over)[0]>[] => {
    const at = ({ steps }: (typeof over)[0]) => steps.find((step) => step.threads === count)!;
    return [
      { title: `${count} thread${count === 1 ? '' : 's'}, images/s`, value: (row) => at(row).trainImgPerSec },
      {
        title: 'quartiles',
        value: (row) =>
          at(row)
            .trainStepMsQuartiles.map((ms) => ((1000 * row.batch) / ms).toFixed(0))
            .reverse()
            .join(' - '),
      },
    ];
  });
  return [
    caption(run),
    markdownTable(over, [{ title: 'batch', value: (row) => row.batch }, ...columns]),
    'A whole epoch, batch 64, with validation on a seventh as many images:',
    markdownTable(epochs, epochColumns),
  ].join('\n\n');
}

/** The roofline, and the kernels that matter to a step. */
export function kernelsTable(): string {
  const [run] = readRuns<KernelResult | { readonly roofline: Roofline }>('kernels');
  const kernels = run.results.filter((result): result is KernelResult => 'kernel' in result);
  const { roofline } = run.results.find((result) => 'roofline' in result)!;
  const text = wrap(`Roofline: ${rooflineText(roofline)}.`);
  return [caption(run), text, markdownTable(kernels, kernelColumns)].join('\n\n');
}

/** What a step costs the host. */
export function hostTable(): string {
  const [run] = readRuns<HostResult>('host');
  return `${caption(run)}\n\n${markdownTable(run.results, hostColumns)}`;
}

/** Data sets on the disk beside those that fit, and loading beside numpy's. */
export function streamTable(): string {
  const [run] = readRuns<StreamResult>('stream');
  return `${caption(run)}\n\n${markdownTable(run.results, streamColumns)}`;
}

/** The wasm device against its targets. */
export function wasmTable(): string {
  const [run] = readRuns<TargetResult>('wasm');
  const columns = targetColumns.filter(({ title }) => title !== 'beside');
  return `${caption(run)}\n\n${markdownTable(run.results, columns)}`;
}

/** Each ladder, on each device. */
export function ladderTables(): string {
  const [run] = readRuns<LadderResult>('ladder');
  // What each version adds stands at the head of its file.
  const columns = ladderColumns.filter(({ title }) => title !== 'adds');
  const ladders = [...new Set(run.results.map(({ ladder }) => ladder))];
  const tables = ladders.map(
    (ladder) =>
      `${ladder}:\n\n${markdownTable(
        run.results.filter((rung) => rung.ladder === ladder),
        columns,
      )}`,
  );
  return [caption(run), ...tables].join('\n\n');
}

/** This project in 256 bits against itself without them. */
export function wideTable(): string {
  const [run] = readRuns<Comparison>('wide');
  const titles: Readonly<Record<string, string>> = { 'our ms': '256 bits, ms', 'their ms': '128 bits, ms' };
  const kept = ['case', 'task', 'batch', 'our ms', 'their ms', 'ratio', 'quartiles', 'rounds'];
  const columns = peerColumns
    .filter(({ title }) => kept.includes(title))
    .map((column) => ({ ...column, title: titles[column.title] ?? column.title }));
  return `${caption(run)}\n\n${markdownTable(run.results, columns)}`;
}

/** Comparisons with others; where there are several runs, the ratios of the others too. */
export function peersTable(name: string): string {
  const [run, ...others] = readRuns<Comparison>(name);
  const measured = run.results.filter(({ error }) => error === undefined);
  const failed = run.results.filter(({ error }) => error !== undefined);
  const left = ['ours', 'our img/s', 'their img/s'];
  const columns = peerColumns.filter(({ title }) => !left.includes(title));
  const ratios = (wanted: Comparison) =>
    others.flatMap(({ results }) =>
      results.filter((result) => same(result, wanted)).map(({ ratio }) => ratio!),
    );
  if (others.length > 0) columns.push({ title: 'other runs', value: (row) => range(ratios(row), 2) });
  const versions = [...new Set(measured.map(({ peer, peerVersion }) => `${peer} is ${peerVersion}`))];
  return [
    caption(run),
    wrap(`${versions.join('; ')}.`),
    markdownTable(measured, columns),
    ...(failed.length > 0 ? [markdownTable(failed, failureColumns)] : []),
  ].join('\n\n');
}

function same(a: Comparison, b: Comparison): boolean {
  return a.case === b.case && a.task === b.task && a.batch === b.batch && a.peer === b.peer;
}

/** One line of the README's table: which comparisons it sums up. */
interface Summary {
  readonly what: string;
  readonly peers: string;
  readonly of: (comparison: Comparison) => boolean;
}

const training =
  (net: string, batch: number, ...peers: string[]) =>
  (result: Comparison) =>
    result.task === 'train' && result.case === net && result.batch === batch && peers.includes(result.peer);

const summaries: readonly Summary[] = [
  ...[64, 256].map((batch) => ({
    what: `practical-net, training, batch ${batch}`,
    peers: 'PyTorch 1.13 on the CPU',
    of: training('practical-net', batch, 'pytorch'),
  })),
  ...[64, 256].map((batch) => ({
    what: `practical-net, inference, batch ${batch}`,
    peers: 'the same',
    of: (result: Comparison) =>
      result.task === 'infer' &&
      result.case === 'practical-net' &&
      result.batch === batch &&
      result.peer === 'pytorch',
  })),
  {
    what: 'autoencoder, training, batch 256',
    peers: 'the same',
    of: training('autoencoder', 256, 'pytorch'),
  },
  {
    what: 'MedMNIST net, training, batch 128',
    peers: 'the same',
    of: training('medmnist-net', 128, 'pytorch'),
  },
  {
    what: 'an epoch of 78,468 images with validation',
    peers: 'PyTorch, tensors in memory',
    of: ({ task, peer }) => task === 'epoch' && peer === 'pytorch',
  },
  {
    what: 'the same',
    peers: 'PyTorch, Dataset and DataLoader as in a notebook',
    of: ({ task, peer }) => task === 'epoch' && peer === 'pytorch-notebook',
  },
  {
    what: 'MedMNIST net, training, batch 128',
    peers: 'jax-js on WebAssembly, in its best form',
    of: training('medmnist-net', 128, 'jax-wasm-slices-threads'),
  },
  {
    what: 'MedMNIST net, training, batch 16, WebGPU on SwiftShader',
    peers: 'TensorFlow.js',
    of: training('medmnist-net', 16, 'tfjs-webgpu'),
  },
  {
    what: 'the same',
    peers: 'jax-js, two forms',
    of: training('medmnist-net', 16, 'jax-webgpu-lax', 'jax-webgpu-slices'),
  },
];

/** The README's table: ratios over all runs that are kept. */
export function speedSummary(): string {
  const results = ['peers-pytorch', 'peers-wasm', 'peers-webgpu']
    .flatMap((name) => readRuns<Comparison>(name))
    .flatMap((run) => run.results);
  return markdownTable(summaries, [
    { title: 'net and task', value: ({ what }) => what },
    { title: 'compared with', value: ({ peers }) => peers },
    {
      title: 'ratio',
      value: ({ what, of }) => {
        const ratios = results.filter(of).flatMap(({ ratio }) => ratio ?? []);
        if (ratios.length === 0) throw new Error(`No run of docs/measurements/data compares ${what}`);
        return range(ratios, Math.max(...ratios) < 10 ? 1 : 0);
      },
    },
  ]);
}

/** `1.4 - 1.8`, from the smallest to the largest; one figure if they look the same. */
function range(values: readonly number[], digits: number): string {
  const ends = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return [...new Set(ends)].join(' - ');
}
