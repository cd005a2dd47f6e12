/** What a training step could take at least on this machine: its kernels against the roofline, in one line a net. */
import type { KernelResult } from '../kernels/measure.ts';
import { type Roofline, roof } from '../kernels/roofline.ts';
import { type Column, markdownTable } from '../output/table.ts';
import type { Comparison } from '../peers/compare.ts';
import type { Run } from '../results/file.ts';
import { caption, readRuns } from './data.ts';

/** Kernels of a step that arithmetic or memory bounds, by the roofline: what they take, and would at their roof. */
interface Part {
  readonly ms: number;
  readonly roofMs: number;
}

export interface LimitsResult {
  readonly case: string;
  readonly batch: number;
  /** Floating-point operations of a step, in all kernels. */
  readonly flop: number;
  readonly compute: Part;
  readonly memory: Part;
}

/** What is kept of `npm run bench -- kernels`. */
export function limitsRun({ results, ...run }: Run): Run<LimitsResult> {
  const { roofline } = results.find(
    (result): result is { roofline: Roofline } => 'roofline' in (result as object),
  )!;
  const kernels = results.filter((result): result is KernelResult => 'kernel' in (result as object));
  const nets = [...new Set(kernels.map((kernel) => kernel.case))];
  const limits = nets.map((net): LimitsResult => {
    const own = kernels.filter((kernel) => kernel.case === net);
    const part = (bound: KernelResult['bound']): Part => {
      const chosen = own.filter((kernel) => kernel.bound === bound);
      const sum = (value: (kernel: KernelResult) => number) =>
        chosen.reduce((all, kernel) => all + kernel.count * value(kernel), 0);
      return { ms: sum(({ ms }) => ms), roofMs: sum((kernel) => 1000 * roof(roofline, kernel).seconds) };
    };
    const flop = own.reduce((all, kernel) => all + kernel.count * kernel.flop, 0);
    return { case: net, batch: own[0].batch, flop, compute: part('compute'), memory: part('memory') };
  });
  return { ...run, results: limits };
}

/** PyTorch's time for the same step, where it was measured. */
function pytorch({ case: net, batch }: LimitsResult): number | undefined {
  const [{ results }] = readRuns<Comparison>('peers-pytorch');
  return results.find((one) => one.case === net && one.batch === batch && one.task === 'train')?.theirs
    ?.median;
}

const share = ({ ms, roofMs }: Part) => (100 * roofMs) / ms;

const columns: readonly Column<LimitsResult>[] = [
  { title: 'net', value: (r) => r.case },
  { title: 'batch', value: (r) => r.batch },
  { title: 'GFLOP', value: (r) => r.flop / 1e9, digits: 2 },
  { title: 'arithmetic, ms', value: (r) => r.compute.ms, digits: 2 },
  { title: '% of peak', value: (r) => share(r.compute), digits: 0 },
  { title: 'memory, ms', value: (r) => r.memory.ms, digits: 2 },
  { title: '% of roof', value: (r) => share(r.memory), digits: 0 },
  { title: 'at roofs', value: (r) => r.compute.roofMs + r.memory.roofMs, digits: 2 },
  { title: 'PyTorch', value: (r) => pytorch(r) ?? '-', digits: 2 },
  {
    title: 'ratio at roofs',
    value: (r) => {
      const theirs = pytorch(r);
      return theirs ? theirs / (r.compute.roofMs + r.memory.roofMs) : '-';
    },
    digits: 2,
  },
];

/** What bounds each net's step, and the ratio to PyTorch that would be left if nothing else did. */
export function limitsTable(): string {
  const [run] = readRuns<LimitsResult>('limits');
  return `${caption(run)}\n\n${markdownTable(run.results, columns)}`;
}
