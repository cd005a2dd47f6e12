import { defaultTuning, type Kernel, linearKernel, reads, repeat, type Tuning, writes } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { channelWalk } from './walk.ts';

/** Where a kernel takes the statistics from. */
export type BatchNormMode =
  /** Bindings `mean` and `rstd`, as `batchNormMerge` leaves them. */
  | { readonly statistics: 'batch' }
  /** Bindings `runningMean` and `runningVariance`; `eps` is added to the variance. */
  | { readonly statistics: 'running'; readonly eps: number };

export type BatchNormSpec = BatchNormMode & {
  /** An image in `imageLayout` or a matrix [N,C] in `rowMajor`; y has the same. */
  readonly x: Layout;
};

/**
 * y = (x - mean)·rstd·gamma + beta, per channel (Ioffe and Szegedy, 2015).
 * Bindings: x, mean, rstd, gamma, beta, y for `statistics: 'batch'`;
 * x, runningMean, runningVariance, gamma, beta, y for `'running'`. Per-channel arrays are [C] in rowMajor.
 */
export function batchNormForward(spec: BatchNormSpec, tuning: Tuning = defaultTuning): Kernel {
  const walk = channelWalk('batchNormForward', spec.x, () => mapRows(tuning));
  const [mean, deviation] = statisticsNames(spec);
  const vector = 'array<vec4<f32>>';
  return linearKernel({
    name: 'batchNormForward',
    about: `
y = (x - mean)·${spec.statistics === 'batch' ? 'rstd' : `1/√(runningVariance + ${spec.eps})`}·gamma + beta.
x, y: [${spec.x.shape}] in order ${spec.x.order}; the others: [${walk.channels}]
One invocation handles ${walk.countPerPart} values of ${spec.x.order.at(-1) === 1 ? 4 * walk.units : walk.units} channels.`,
    bindings: [
      ...['x', mean, deviation, 'gamma', 'beta'].map((name) => reads(name, vector)),
      writes('y', vector),
    ],
    invocations: walk.invocations,
    workgroupSize: tuning.workgroupSize,
    body: `
${walk.prologue}
${repeat(
  walk.units,
  (u) => `let mean${u} = ${walk.perChannel(mean, u)};
let scale${u} = ${walk.perChannel('gamma', u)} * ${reciprocal(spec, walk.perChannel(deviation, u))};
let beta${u} = ${walk.perChannel('beta', u)};`,
)}
${walk.loop((u, at, mask) => {
  const value = `(x[${at}] - mean${u}) * scale${u} + beta${u}`;
  return `y[${at}] = ${mask ? `(${value}) * ${mask}` : value};`;
})}`,
    flop: 3 * walk.count * walk.channels,
    bytes: 4 * (2 * spec.x.size + 16 * walk.groups),
  });
}

/** Rows per invocation where every element is written once: long runs on CPUs, more invocations on GPUs. */
export function mapRows({ workgroupSize }: Tuning): number {
  return workgroupSize >= 32 ? 4 : 16;
}

/** Names of the bindings that hold mean and deviation. */
export function statisticsNames(mode: BatchNormMode): readonly [string, string] {
  return mode.statistics === 'batch' ? ['mean', 'rstd'] : ['runningMean', 'runningVariance'];
}

/** WGSL: 1/√(variance + eps), from a value of the binding that holds the deviation. */
export function reciprocal(mode: BatchNormMode, value: string): string {
  return mode.statistics === 'batch' ? value : `(vec4<f32>(1.0) / sqrt(${value} + vec4<f32>(${mode.eps})))`;
}
