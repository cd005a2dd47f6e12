import { type Accumulators, apart } from '../../cascade.ts';
import { ahead } from '../../constants.ts';
import { indent, repeat } from '../../kernel.ts';
import { isPlanar } from '../../layout.ts';
import { plus } from '../../matmul/arithmetic.ts';
import type { Conv2dLayouts } from '../layouts.ts';
import { type Conv2dSpec, conv2dDilation, conv2dOutputSize, conv2dReach, tapDistance } from '../spec.ts';
import { positionsInside } from './text.ts';

/**
 * The texts of `blocks.ts`. What one invocation accumulates:
 * `channels`: one tap, 4 input channels (one vec4 of x) times `groups` vec4 of output channels.
 * `taps`: x is planar: `taps` neighbouring taps of a filter row, one input channel, times `groups` vec4 of
 * output channels.
 * `planes`: only dy is planar: one tap, `groups` vec4 of input channels times every output channel.
 */
export interface WeightGradientPlan {
  readonly form: 'channels' | 'taps' | 'planes';
  readonly layouts: Conv2dLayouts;
  readonly taps: number;
  readonly groups: number;
  /** Blocks along the grouped channels, the other channels, and the filter row. */
  readonly groupTiles: number;
  readonly otherTiles: number;
  readonly tapTiles: number;
  readonly imagesPerSlice: number;
  readonly slices: number;
}

/** This invocation's block, tap and slice, and the output rows whose tap lies inside the image: p0 <= p < p1. */
function placeBlock(spec: Conv2dSpec): string {
  return `let group = i % GROUP_TILES * GROUPS;
let other = i / GROUP_TILES % OTHER_TILES;
let s = i / (GROUP_TILES * OTHER_TILES) % TAP_TILES * TAPS;
let r = i / (GROUP_TILES * OTHER_TILES * TAP_TILES) % R;
let slice = i / (GROUP_TILES * OTHER_TILES * TAP_TILES * R);
${positionsInside(spec, 'p', 'r', 0)}`;
}

/** Steps over one output row. `column` is the position in x of this invocation's first tap, for output column `q`. */
interface RowSteps {
  /** Every tap lies inside the image. */
  readonly inside: (q: string, column: string) => string;
  /** Some may not: the step must test `column`, which wraps around below 0. */
  readonly edge: (q: string, column: string) => string;
}

/** Positions of a slice beyond which those of an image, or of a row of a large one, are summed by themselves. */
const manyPositions = 4096;
const largeImage = 1024;

/**
 * Loops over the slice's images and output rows; n, p and `row`, the tap's row in x, are in scope of the
 * steps. Output columns for which every tap of the filter lies inside the image, nearly all, are a loop of
 * constant length without tests, which compilers unroll.
 */
function pixelLoop(
  spec: Conv2dSpec,
  { imagesPerSlice, slices }: WeightGradientPlan,
  steps: RowSteps,
  accumulators: Accumulators,
): string {
  const end = 'slice * SLICE_IMAGES + SLICE_IMAGES';
  const last = slices * imagesPerSlice === spec.batch ? end : `min(N, ${end})`;
  const stride = spec.stride[1];
  const padding = spec.padding[1];
  const [height, count] = conv2dOutputSize(spec);
  const many = imagesPerSlice * height * count > manyPositions;
  const large = height * count > largeImage;
  const summed = (own: boolean, text: string) => (own ? apart(accumulators, 'own', text) : text);
  const first = Math.min(count, Math.ceil(padding / stride));
  const inside = Math.floor((spec.width + padding - conv2dReach(spec, 1)) / stride) + 1;
  const stop = Math.max(first, Math.min(count, inside));
  const at = (q: number) => plus(tapDistance(spec, 's', 1), q * stride - padding);
  const edges = (from: number, to: number) =>
    repeat(to - from, (e) => `{\n${indent(steps.edge(`${from + e}u`, at(from + e)))}\n}`);
  const column = `step * STRIDE_X + ${at(first)}`;
  const middle = `for (var step = 0u; step < ${stop - first}u; step++) {
${indent(steps.inside(first === 0 ? 'step' : `(step + ${first}u)`, column))}
}`;
  const parts = [edges(0, first), stop > first ? middle : '', edges(stop, count)].filter(Boolean).join('\n');
  const rows = `for (var p = p0; p < p1; p++) {
  let row = p * STRIDE_Y + ${tapDistance(spec, 'r', 0)} - PADDING_Y;
${indent(summed(many && large, parts))}
}`;
  return `let end = ${last};
for (var n = slice * SLICE_IMAGES; n < end; n++) {
${indent(summed(many && !large, rows))}
}`;
}

/** b0, b1, …: numbers of this invocation's vec4s, of `count` called `total`; the surplus ones mean the last. */
function groupNumbers({ groups, groupTiles }: WeightGradientPlan, count: number, total: string): string {
  const surplus = groups * groupTiles > count;
  return repeat(groups, (j) => {
    const index = plus('group', j);
    return `let b${j} = ${surplus && j > 0 ? `min(${index}, ${total} - 1u)` : index};`;
  });
}

/** Surplus vec4s of the last block are not stored. */
function guarded({ groups, groupTiles, layouts }: WeightGradientPlan, j: number, text: string): string {
  const surplus = groups * groupTiles > layouts.weight.extents[0] / 4;
  return surplus && j > 0 ? `if (group + ${j}u < K4) { ${text} }` : text;
}

function declare(first: number, second: number): string {
  return repeat(first, (l) => repeat(second, (j) => `var acc${l}_${j} = vec4<f32>();`, ' '));
}

function sliceBase({ slices }: WeightGradientPlan, text: string): string {
  return slices === 1 ? text : `slice * SLICE + ${text}`;
}

const ifInside = (column: string, text: string) => `if (${column} < W) {\n${indent(text)}\n}`;

/** A vec4 of dy, channels-last. */
const gradient = (j: number, q: string) => `let d${j} = dy[((n * P + p) * Q + ${q}) * K4 + b${j}];`;

export function channelsBody(spec: Conv2dSpec, plan: WeightGradientPlan, result: string): string {
  const { groups, layouts } = plan;
  const k4 = layouts.weight.extents[0] / 4;
  const step = (q: string, column: string) => `let v = x[((n * H + row) * W + ${column}) * C4 + other];
${repeat(groups, (j) => gradient(j, q))}
${repeat(4, (l) => repeat(groups, (j) => `acc${l}_${j} += v.${'xyzw'[l]} * d${j};`, ' '))}`;
  const steps = { inside: step, edge: (q: string, column: string) => ifInside(column, step(q, column)) };
  const store = (l: number) =>
    repeat(groups, (j) => guarded(plan, j, `${result}[${ahead('to', l, 'K4')} + b${j}] = acc${l}_${j};`));
  return `${placeBlock(spec)}
${groupNumbers(plan, k4, 'K4')}
${declare(4, groups)}
${pixelLoop(spec, plan, steps, [4, groups])}
let to = ${sliceBase(plan, '((r * S + s) * (4u * C4) + other * 4u) * K4')};
${repeat(4, store)}`;
}

export function tapsBody(spec: Conv2dSpec, plan: WeightGradientPlan, result: string): string {
  const { groups, layouts, taps, tapTiles } = plan;
  const k4 = layouts.weight.extents[0] / 4;
  const planar = isPlanar(spec.outChannels);
  const surplusTaps = taps * tapTiles > spec.kernel[1];
  const [, dilation] = conv2dDilation(spec);
  const line = '(n * (C * H) + other * H + row) * X_ROW';
  const planarGradient = (j: number, q: string) => {
    const lane = (k: number) =>
      k < spec.outChannels ? `dy[${ahead(`n * DY_IMAGE + p * DY_ROW + ${q}`, k, 'DY_PLANE')}]` : '0.0';
    return `let d${j} = vec4<f32>(${repeat(4, lane, ', ')});`;
  };
  const step = (q: string, value: (t: number) => string) => `${repeat(taps, value)}
${repeat(groups, (j) => (planar ? planarGradient : gradient)(j, q))}
${repeat(taps, (t) => repeat(groups, (j) => `acc${t}_${j} += v${t} * d${j};`, ' '))}`;
  const edge = (q: string, column: string) => {
    const value = (t: number) => {
      const at = plus('column', t * dilation);
      return `let v${t} = x[select(X_ZEROS, ${line} + ${at}, ${at} < W)];`;
    };
    return `let column = ${column};\n${step(q, value)}`;
  };
  const inside = (q: string, column: string) =>
    step(q, (t) => `let v${t} = x[${line} + ${plus(column, t * dilation)}];`);
  // Surplus taps of the last tile may lie beyond the image even where the filter does not.
  const pixels = pixelLoop(spec, plan, { inside: surplusTaps ? edge : inside, edge }, [taps, groups]);
  const store = (t: number) => {
    const row = repeat(groups, (j) =>
      guarded(plan, j, `${result}[${ahead('to', t, '(C * K4)')} + b${j}] = acc${t}_${j};`),
    );
    return surplusTaps && t > 0 ? `if (s + ${t}u < S) {\n${indent(row)}\n}` : row;
  };
  return `${placeBlock(spec)}
${groupNumbers(plan, k4, 'K4')}
${declare(taps, groups)}
${pixels}
let to = ${sliceBase(plan, '((r * S + s) * C + other) * K4')};
${repeat(taps, store)}`;
}

export function planesBody(spec: Conv2dSpec, plan: WeightGradientPlan, result: string): string {
  const { groups, layouts } = plan;
  const { outChannels: k } = spec;
  const c4 = layouts.x.extents[1] / 4;
  const step = (q: string, column: string) => {
    const value = (j: number) => `let v${j} = x[((n * H + row) * W + ${column}) * C4 + b${j}];`;
    const one = (l: number) => `let d${l} = dy[${ahead(`n * DY_IMAGE + p * DY_ROW + ${q}`, l, 'DY_PLANE')}];`;
    return `${repeat(groups, value)}
${repeat(k, one)}
${repeat(k, (l) => repeat(groups, (j) => `acc${l}_${j} += v${j} * d${l};`, ' '))}`;
  };
  const steps = { inside: step, edge: (q: string, column: string) => ifInside(column, step(q, column)) };
  // dWeight has the output channels innermost: each lane of the accumulators becomes a row of them.
  const store = (j: number) => {
    const rows = repeat(4, (lane) => {
      const outputs = repeat(4, (l) => (l < k ? `acc${l}_${j}.${'xyzw'[lane]}` : '0.0'), ', ');
      return `${result}[to + b${j} * 4u + ${lane}u] = vec4<f32>(${outputs});`;
    });
    return groups * plan.groupTiles > c4 && j > 0 ? `if (group + ${j}u < C4) {\n${indent(rows)}\n}` : rows;
  };
  return `${placeBlock(spec)}
${groupNumbers(plan, c4, 'C4')}
${declare(k, groups)}
${pixelLoop(spec, plan, steps, [k, groups])}
let to = ${sliceBase(plan, '(r * S + s) * (4u * C4)')};
${repeat(groups, store)}`;
}
