import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { type ChannelWalk, channelWalk } from './walk.ts';

/** Where a kernel takes the statistics from. */
export type BatchNormMode =
  /** Binding `statistics`, as `batchNormMerge` leaves them: mean and rstd. */
  | { readonly statistics: 'batch' }
  /** Bindings `runningMean` and `runningVariance`; `eps` is added to the variance. */
  | { readonly statistics: 'running'; readonly eps: number };

/** What is normalised, by which statistics, and whether a ReLU follows. */
export type BatchNormSpec = BatchNormMode & {
  /** An image in `imageLayout` or a matrix [N,C] in `rowMajor`; y has the same. */
  readonly x: Layout;
  /** Replace negative results by 0: a ReLU in the same pass. The gradient kernels then take the gradient after it. */
  readonly relu?: boolean;
};

/**
 * y = (x - mean)·rstd·weight + bias, per channel (Ioffe and Szegedy, 2015), with `relu` max(y, 0).
 * Bindings: x, statistics, weight, bias, y for `statistics: 'batch'`;
 * x, runningMean, runningVariance, weight, bias, y for `'running'`. Per-channel arrays are [C] in rowMajor.
 */
export function batchNormForward(spec: BatchNormSpec, machine: Machine = machines.gpu): Kernel {
  const walk = channelWalk('batchNormForward', spec.x, () => mapRows(machine));
  const vector = 'array<vec4<f32>>';
  const formula = `(x - mean)·${aboutRstd(spec)}·weight + bias`;
  return linearKernel({
    name: 'batchNormForward',
    about: `
y = ${spec.relu ? `max(0, ${formula})` : formula}.
x, y: [${spec.x.shape}] in order ${spec.x.order}; ${aboutChannels(spec, walk.channels)}
One invocation handles ${walk.countPerPart} values of ${walk.channelsEach} channels.`,
    bindings: [
      ...['x', ...statisticsNames(spec), 'weight', 'bias'].map((name) => reads(name, vector)),
      readsWrites('y', vector),
    ],
    invocations: walk.invocations,
    workgroupSize: machine.workgroupSize,
    constants: walk.constants,
    body: `
${walk.prologue}
${repeat(walk.units, (u) => normalisation(spec, walk, u))}
${walk.loop((u, at, mask) => {
  const value = spec.relu ? `max(${normalised(u, at)}, vec4<f32>(0.0))` : normalised(u, at);
  return `y[${at}] = ${mask ? `select(vec4<f32>(0.0), ${value}, ${mask})` : value};`;
})}`,
    flop: (spec.relu ? 4 : 3) * walk.count * walk.channels,
    bytes: 4 * (2 * spec.x.size + 16 * walk.groups),
  });
}

/** Rows per invocation where every element is written once: long runs on CPUs, more invocations on GPUs. */
export function mapRows({ invocations }: Machine): number {
  return invocations === 'many' ? 4 : 16;
}

/** Names of the bindings that hold mean and deviation. */
export function statisticsNames({ statistics }: BatchNormMode): readonly string[] {
  return statistics === 'batch' ? ['statistics'] : ['runningMean', 'runningVariance'];
}

/** rstd as a formula, for headers. */
export function aboutRstd(mode: BatchNormMode): string {
  return mode.statistics === 'batch' ? 'rstd' : `1/√(runningVariance + ${mode.eps})`;
}

/** Says in a header how the per-channel arrays lie. */
export function aboutChannels({ statistics }: BatchNormMode, channels: number): string {
  return `${statistics === 'batch' ? `statistics: [2,${channels}], mean and rstd; ` : ''}the others: [${channels}]`;
}

/** WGSL: the mean of unit u's channels. */
export function mean({ statistics }: BatchNormMode, walk: ChannelWalk, u: number): string {
  return walk.perChannel(statistics === 'batch' ? 'statistics' : 'runningMean', u);
}

/** WGSL: 1/√(variance + eps) of unit u's channels. */
export function rstd(mode: BatchNormMode, walk: ChannelWalk, u: number): string {
  if (mode.statistics === 'batch') return walk.perChannel('statistics', u, 1);
  return `(vec4<f32>(1.0) / sqrt(${walk.perChannel('runningVariance', u)} + vec4<f32>(${aboveZero(mode.eps)})))`;
}

/**
 * eps, but never 0: the variance of padding channels is 0, and 1/√0 times their weight, 0, would not be 0. Beside a
 * channel's own variance the smallest normal float32 is nothing.
 */
export function aboveZero(eps: number): number {
  return Math.max(eps, 2 ** -126);
}

/** WGSL that declares `mean<u>`, `scale<u>` and `bias<u>`, which `normalised` uses. */
export function normalisation(spec: BatchNormMode, walk: ChannelWalk, u: number): string {
  return `let mean${u} = ${mean(spec, walk, u)};
let scale${u} = ${walk.perChannel('weight', u)} * ${rstd(spec, walk, u)};
let bias${u} = ${walk.perChannel('bias', u)};`;
}

/**
 * WGSL: y before a ReLU. One text for all kernels, so that the gradient's mask is where the forward pass was
 * positive.
 */
export function normalised(u: number, at: string): string {
  return `(x[${at}] - mean${u}) * scale${u} + bias${u}`;
}
