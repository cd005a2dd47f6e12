import { defaultTuning, type Kernel, linearKernel, reads, repeat, type Tuning, writes } from '../kernel.ts';
import { type Layout, rowMajor } from '../layout.ts';
import { aboveZero } from './forward.ts';
import { type ChannelWalk, channelWalk, reductionRows } from './walk.ts';

export interface BatchNormStatisticsSpec {
  /** An image in `imageLayout` or a matrix [N,C] in `rowMajor`. */
  readonly x: Layout;
}

export interface BatchNormMergeSpec extends BatchNormStatisticsSpec {
  /** Added to the variance; PyTorch's default is 1e-5. */
  readonly eps: number;
  /**
   * Share of the new statistics in the running ones (PyTorch's `momentum`, default 0.1).
   * `null`: there are no running statistics, and their two bindings are left out.
   */
  readonly momentum: number | null;
}

/** float32 words of the partials that stage 1 hands to stage 2, for statistics and for gradients alike. */
export function batchNormPartials(x: Layout): number {
  const { parts, groups } = channelWalk('batchNorm', x, reductionRows);
  return parts * 2 * groups * 4;
}

/**
 * Stage 1 of batch norm's training statistics: mean and M2 = Σ(x - mean)² of each channel over slices of the batch.
 * Bindings: x, partials (`batchNormPartials(x)` words).
 * @throws RangeError if a channel has a single value (as PyTorch), or the layout is none of the two.
 */
export function batchNormStatistics(
  spec: BatchNormStatisticsSpec,
  { workgroupSize }: Tuning = defaultTuning,
): Kernel {
  const walk = trainingWalk('batchNormStatistics', spec.x);
  const { units, groups } = walk;
  const count =
    walk.countInLastPart === walk.countPerPart
      ? `${walk.countPerPart}.0`
      : `select(${walk.countPerPart}.0, ${walk.countInLastPart}.0, part == ${walk.parts - 1}u)`;
  return linearKernel({
    name: 'batchNormStatistics',
    about: `
Per channel and slice of the batch: mean = Σx/n and M2 = Σ(x - mean)², from sums shifted by the slice's first value:
mean = shift + Σ(x - shift)/n, M2 = Σ(x - shift)² - (Σ(x - shift))²/n.
x: [${spec.x.shape}] in order ${spec.x.order}
partials: [${walk.parts} slices, (mean, M2), ${groups} vec4 of channels]
One invocation sums one slice for ${units} ${spec.x.order.at(-1) === 1 ? 'vec4 of channels' : 'channels'}.`,
    bindings: [reads('x', 'array<vec4<f32>>'), writes('partials', 'array<vec4<f32>>')],
    invocations: walk.invocations,
    workgroupSize,
    body: `
${walk.prologue}
${repeat(
  units,
  (u) => `let shift${u} = ${walk.firstValue('x', u)};
var sum${u} = vec4<f32>(0.0);
var square${u} = vec4<f32>(0.0);`,
)}
${walk.loop(
  (u, at, mask) => `
let v = ${mask ? `(x[${at}] - shift${u}) * ${mask}` : `x[${at}] - shift${u}`};
sum${u} += v;
square${u} += v * v;`,
)}
let count = ${count};
${walk.finish(
  (at, sum, pick) => `
let total = ${sum('sum')};
let drift = total / count;
partials[part * ${2 * groups}u + ${at}] = ${pick('shift')} + drift;
partials[part * ${2 * groups}u + ${groups}u + ${at}] = max(${sum('square')} - total * drift, vec4<f32>(0.0));`,
)}`,
    flop: 4 * walk.count * walk.channels,
    bytes: 4 * (spec.x.size + batchNormPartials(spec.x)),
  });
}

/** Where `batchNormMerge` leaves what the batch normalises with: row 0 is the mean, row 1 is rstd = 1/√(variance + eps). */
export function batchNormStatisticsLayout(x: Layout): Layout {
  return rowMajor([2, x.shape[1]]);
}

/**
 * Stage 2: merges the slices into `statistics` [2,C], the mean and rstd = 1/√(variance + eps) (the biased variance, as
 * PyTorch normalises with), and updates the running statistics with the unbiased one.
 * Bindings: partials, statistics, then runningMean and runningVariance [C] unless `momentum` is null; all in rowMajor.
 */
export function batchNormMerge(spec: BatchNormMergeSpec, { workgroupSize }: Tuning = defaultTuning): Kernel {
  const { eps, momentum } = spec;
  const walk = trainingWalk('batchNormMerge', spec.x);
  const { groups, parts, count, channels, countPerPart, countInLastPart } = walk;
  const vector = 'array<vec4<f32>>';
  const partial = (slice: string, which: 0 | 1) =>
    `partials[${slice} * ${2 * groups}u${which ? ` + ${groups}u` : ''} + i]`;
  const running = momentum === null ? [] : [writes('runningMean', vector), writes('runningVariance', vector)];
  return linearKernel({
    name: 'batchNormMerge',
    about: `
Merges per-slice means m_s, M2_s of n_s values: mean = Σ n_s·m_s / n, variance = (Σ M2_s + Σ n_s·(m_s - mean)²) / n,
rstd = 1/√(variance + ${eps})${
      momentum === null ? '' : `; running = ${1 - momentum}·running + ${momentum}·(mean, variance·n/(n-1))`
    }.
partials: [${parts} slices of ${countPerPart} values (the last ${countInLastPart}), (mean, M2), ${groups} vec4 of channels]
statistics: [2,${channels}], mean and rstd${momentum === null ? '' : `; runningMean, runningVariance: [${channels}]`}
One invocation merges four channels.`,
    bindings: [reads('partials', vector), writes('statistics', vector), ...running],
    invocations: groups,
    workgroupSize,
    body: `
// Distances from the first slice's mean, so that a large common offset costs no precision.
let origin = ${partial('0u', 0)};
var drift = (${partial(`${parts - 1}u`, 0)} - origin) * ${countInLastPart / count};
for (var s = 0u; s < ${parts - 1}u; s++) {
  drift += (${partial('s', 0)} - origin) * ${countPerPart / count};
}
let center = origin + drift;
var between = ${partial(`${parts - 1}u`, 0)} - center;
var square = between * between * ${countInLastPart}.0 + ${partial(`${parts - 1}u`, 1)};
for (var s = 0u; s < ${parts - 1}u; s++) {
  between = ${partial('s', 0)} - center;
  square += between * between * ${countPerPart}.0 + ${partial('s', 1)};
}
let variance = square / ${count}.0;
statistics[i] = center;
statistics[${groups}u + i] = ${maskChannels(`vec4<f32>(1.0) / sqrt(variance + vec4<f32>(${aboveZero(eps)}))`, channels, groups)};
${
  momentum === null
    ? ''
    : `runningMean[i] = ${1 - momentum} * runningMean[i] + ${momentum} * center;
runningVariance[i] = ${1 - momentum} * runningVariance[i] + ${momentum} * (square / ${count - 1}.0);`
}`,
    flop: 8 * parts * channels,
    bytes: 4 * (batchNormPartials(spec.x) + 4 * groups * (momentum === null ? 2 : 6)),
  });
}

/** Zero in the lanes beyond the last channel, where `value` would not be. */
function maskChannels(value: string, channels: number, groups: number): string {
  const used = channels % 4;
  if (used === 0) return value;
  const mask = `vec4<f32>(${repeat(4, (l) => (l < used ? '1.0' : '0.0'), ', ')})`;
  return groups === 1
    ? `${value} * ${mask}`
    : `${value} * select(vec4<f32>(1.0), ${mask}, i == ${groups - 1}u)`;
}

function trainingWalk(op: string, x: Layout): ChannelWalk {
  const walk = channelWalk(op, x, reductionRows);
  if (walk.count < 2) {
    throw new RangeError(
      `${op}: training needs more than 1 value per channel, but the input [${x.shape}] has ${walk.count}; ` +
        'use a larger batch, drop the last incomplete one, or switch batch norm to evaluation mode',
    );
  }
  return walk;
}
