import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { type Layout, rowMajor } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { aboveZero } from './forward.ts';
import { type Moments, moments } from './moments.ts';
import { type ChannelWalk, channelWalk, reductionRows } from './walk.ts';

/** What the statistics are taken of. */
export interface BatchNormStatisticsSpec {
  /** An image in `imageLayout` or a matrix [N,C] in `rowMajor`. */
  readonly x: Layout;
}

/** How the parts of the statistics become mean and rstd of each channel. */
export interface BatchNormMergeSpec extends BatchNormStatisticsSpec {
  /** Added to the variance; PyTorch's default is 1e-5. */
  readonly eps: number;
  /**
   * Share of the new statistics in the running ones (PyTorch's `momentum`, default 0.1).
   * `null`: there are no running statistics, and their two bindings are left out.
   * `given`: it is data, so that a recorded step may change it.
   */
  readonly momentum: number | null | 'given';
}

/** float32 words of the partials that stage 1 of the statistics hands to stage 2. */
export function batchNormPartials(x: Layout): number {
  const { parts, groups } = channelWalk('batchNorm', x, reductionRows);
  return parts * 3 * groups * 4;
}

/**
 * Stage 1 of batch norm's training statistics: mean (in two parts) and M2 = Σ(x - mean)² of each channel over slices
 * of the batch. Bindings: x, partials (`batchNormPartials(x)` words).
 * @throws RangeError if a channel has a single value (as PyTorch), or the layout is none of the two.
 */
export function batchNormStatistics(
  spec: BatchNormStatisticsSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const walk = trainingWalk('batchNormStatistics', spec.x);
  const { units, groups } = walk;
  return linearKernel({
    name: 'batchNormStatistics',
    about: `
Per channel and slice of the batch: mean = Σx/n and M2 = Σ(x - mean)², as a tree: of few rows from distances to a number
near them, center + Σ(x - center)/n and Σ(x - center)² - (Σ(x - center))²/n, and of more rows from those;
center + rest is the mean.
x: [${spec.x.shape}] in order ${spec.x.order}
partials: [${walk.parts} slices, (center, rest, M2), ${groups} vec4 of channels]
One invocation sums one slice for ${units} ${spec.x.order.at(-1) === 1 ? 'vec4 of channels' : 'channels'}.`,
    bindings: [reads('x', 'array<vec4<f32>>'), readsWrites('partials', 'array<vec4<f32>>')],
    invocations: walk.invocations,
    workgroupSize,
    constants: walk.constants,
    body: `
${walk.prologue}
${moments(tree(walk), 'first', 'last')}
${walk.finish(
  (at, _, pick) => `
partials[part * (3u * GROUPS) + ${at}] = ${pick('center')};
partials[part * (3u * GROUPS) + GROUPS + ${at}] = ${pick('rest')};
partials[part * (3u * GROUPS) + 2u * GROUPS + ${at}] = ${pick('inner')};`,
)}`,
    flop: 4 * walk.count * walk.channels,
    bytes: 4 * (spec.x.size + batchNormPartials(spec.x)),
  });
}

/** Additions in a leaf. */
const leafVectors = 64;

/** Rows of a slice as leaves. */
function tree(walk: ChannelWalk): Moments {
  const { units, rowVectors, countPerPart, rowsPerPart } = walk;
  const rows = Math.max(1, Math.floor(leafVectors / rowVectors));
  const sums = (text: (u: number) => string) => repeat(units, text);
  return {
    units,
    items: rowsPerPart,
    perLeaf: rows,
    perNode: 16,
    start: (u, from, to) => walk.typical('x', u, from, to),
    leaf: (from, to) => {
      const range = { from, to, rows: Math.min(rows, rowsPerPart) };
      const values = countPerPart / rowsPerPart;
      return `let count = f32(${to} - ${from})${values === 1 ? '' : ` * ${values}.0`};
${sums(
  (u) => `var sum${u} = vec4<f32>();
var square${u} = vec4<f32>();`,
)}
${walk.sumLoop(
  ['sum', 'square'],
  range,
  (u, at, mask, suffix) => {
    const value = `x[${at}] - near${u}`;
    return `let v = ${mask ? `select(vec4<f32>(), ${value}, ${mask})` : value};
sum${u}${suffix} += v;
square${u}${suffix} += v * v;`;
  },
  { chain: leafVectors },
)}
${sums(
  (u) => `let all${u} = ${walk.perLane(`sum${u}`)};
let center${u} = near${u};
let rest${u} = all${u} / count;
let inner${u} = max(${walk.perLane(`square${u}`)} - all${u} * rest${u}, vec4<f32>());`,
)}`;
    },
  };
}

/**
 * Where `batchNormMerge` leaves what the batch normalises with: row 0 is the mean, row 1 is rstd = 1/√(variance +
 * eps).
 */
export function batchNormStatisticsLayout(x: Layout): Layout {
  return rowMajor([2, x.shape[1]]);
}

/**
 * Stage 2: merges the slices into `statistics` [2,C], the mean and rstd = 1/√(variance + eps) (the biased variance, as
 * PyTorch normalises with), and updates the running statistics with the unbiased one.
 * Bindings: partials, statistics, then runningMean and runningVariance [C] unless `momentum` is null; all in rowMajor.
 * Last, if it is `given`, momentum: one f32.
 */
export function batchNormMerge(spec: BatchNormMergeSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  const { eps, momentum } = spec;
  const walk = trainingWalk('batchNormMerge', spec.x);
  const { groups, parts, count, channels, countPerPart, countInLastPart } = walk;
  const vector = 'array<vec4<f32>>';
  const partial = (slice: string, which: 0 | 1 | 2) =>
    `partials[${slice} * (3u * GROUPS)${which ? ` + ${which}u * GROUPS` : ''} + i]`;
  const ofSlice =
    countInLastPart === countPerPart ? 'PART_COUNT' : 'select(PART_COUNT, LAST_PART_COUNT, s == PARTS - 1u)';
  const slices: Moments = {
    units: 1,
    items: parts,
    perLeaf: 1,
    perNode: 16,
    leaf: (from) => `let s = ${from};
let count = ${ofSlice};
let center0 = ${partial('s', 0)};
let rest0 = ${partial('s', 1)};
let inner0 = ${partial('s', 2)};`,
  };
  const rstd = `vec4<f32>(1.0) / sqrt(variance + vec4<f32>(${aboveZero(eps)}))`;
  const running = [
    ...(momentum === null
      ? []
      : [readsWrites('runningMean', vector), readsWrites('runningVariance', vector)]),
    ...(momentum === 'given' ? [reads('momentum', 'array<f32>')] : []),
  ];
  const share = momentum === 'given' ? 'let share = momentum[0];\n' : '';
  const [kept, taken] = momentum === 'given' ? ['(1.0 - share)', 'share'] : [1 - (momentum ?? 0), momentum];
  return linearKernel({
    name: 'batchNormMerge',
    about: `
Merges per-slice means m_s, M2_s of n_s values: mean = Σ n_s·m_s / n, variance = (Σ M2_s + Σ n_s·(m_s - mean)²) / n,
rstd = 1/√(variance + ${eps})${
      momentum === null ? '' : `; running = ${kept}·running + ${taken}·(mean, variance·n/(n-1))`
    }.
partials: [${parts} slices of ${countPerPart} values (the last ${countInLastPart}), (center, rest, M2),
${groups} vec4 of channels]; the mean is center + rest
statistics: [2,${channels}], mean and rstd${momentum === null ? '' : `; runningMean, runningVariance: [${channels}]`}
One invocation merges four channels.`,
    bindings: [reads('partials', vector), readsWrites('statistics', vector), ...running],
    invocations: groups,
    workgroupSize,
    constants: {
      ...walk.constants,
      COUNT: `${count}.0`,
      PART_COUNT: `${countPerPart}.0`,
      LAST_PART_COUNT: `${countInLastPart}.0`,
    },
    body: `
${moments(slices, '0u', 'PARTS')}
let mean = center0 + rest0;
let variance = inner0 / COUNT;
statistics[i] = mean;
statistics[GROUPS + i] = ${maskChannels(rstd, channels, groups)};
${
  momentum === null
    ? ''
    : `${share}runningMean[i] = ${kept} * runningMean[i] + ${taken} * mean;
runningVariance[i] = ${kept} * runningVariance[i] + ${taken} * (inner0 / (COUNT - 1.0));`
}`,
    flop: 8 * parts * channels,
    bytes: 4 * (batchNormPartials(spec.x) + 4 * groups * (momentum === null ? 2 : 6)),
  });
}

/** Zero in the lanes beyond the last channel, where `value` would not be, or not even finite. */
function maskChannels(value: string, channels: number, groups: number): string {
  const used = channels % 4;
  if (used === 0) return value;
  const last = groups === 1 ? '' : 'i < GROUPS - 1u';
  const inside = repeat(4, (l) => (l < used ? 'true' : last || 'false'), ', ');
  return `select(vec4<f32>(), ${value}, vec4<bool>(${inside}))`;
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
