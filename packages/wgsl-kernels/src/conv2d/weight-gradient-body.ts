import { type Accumulators, apart } from '../cascade.ts';
import { indent, repeat } from '../kernel.ts';
import { isPlanar } from '../layout.ts';
import { type Conv2dLayouts, type Conv2dSpec, conv2dOutputSize } from './spec.ts';

/**
 * What one invocation accumulates.
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

/** WGSL: the output positions <name>0 to before <name>1 along axis `d` whose `tap` lies inside of the image. */
export function positionsInside(spec: Conv2dSpec, name: string, tap: string, d: 0 | 1): string {
  const stride = spec.stride[d];
  const padding = spec.padding[d];
  const size = [spec.height, spec.width][d];
  const count = conv2dOutputSize(spec)[d];
  const divided = (text: string) => (stride === 1 ? text : `(${text} + ${stride - 1}u) / ${stride}u`);
  return `let ${name}0 = ${padding === 0 ? '0u' : divided(`max(${padding}u, ${tap}) - ${tap}`)};
let ${name}1 = min(${count}u, ${divided(`max(${size + padding}u, ${tap}) - ${tap}`)});`;
}

/**
 * Numbers of this invocation's block, tap and slice, and the output rows whose tap lies inside the image: p0
 * <= p < p1.
 */
function placeBlock(
  spec: Conv2dSpec,
  { groups, groupTiles, otherTiles, tapTiles, taps }: WeightGradientPlan,
): string {
  const perTapTile = groupTiles * otherTiles;
  const perRow = perTapTile * tapTiles;
  const [rows] = spec.kernel;
  return `let group = i % ${groupTiles}u * ${groups}u;
let other = i / ${groupTiles}u % ${otherTiles}u;
let s = i / ${perTapTile}u % ${tapTiles}u * ${taps}u;
let r = i / ${perRow}u % ${rows}u;
let slice = i / ${perRow * rows}u;
${positionsInside(spec, 'p', 'r', 0)}`;
}

/**
 * Steps over one output row. `column` is the position in x of this invocation's first tap, for output column
 * `q`.
 */
interface RowSteps {
  /** Every tap lies inside the image. */
  readonly inside: (q: string, column: string) => string;
  /** Some may not: the step must test `column`, which wraps around below 0. */
  readonly edge: (q: string, column: string) => string;
}

/**
 * Positions of a slice beyond which an image's, or where it is large a row's, are summed by themselves
 * (`cascade.ts`).
 */
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
  const end = `slice * ${imagesPerSlice}u + ${imagesPerSlice}u`;
  const last = slices * imagesPerSlice === spec.batch ? end : `min(${spec.batch}u, ${end})`;
  const [sh, sw] = spec.stride;
  const [ph, pw] = spec.padding;
  const [height, count] = conv2dOutputSize(spec);
  const many = imagesPerSlice * height * count > manyPositions;
  const large = height * count > largeImage;
  const summed = (own: boolean, text: string) => (own ? apart(accumulators, 'own', text) : text);
  const first = Math.min(count, Math.ceil(pw / sw));
  const stop = Math.max(first, Math.min(count, Math.floor((spec.width + pw - spec.kernel[1]) / sw) + 1));
  const at = (q: number) => (q * sw >= pw ? `s + ${q * sw - pw}u` : `s - ${pw - q * sw}u`);
  const edges = (from: number, to: number) =>
    repeat(to - from, (e) => `{\n${indent(steps.edge(`${from + e}u`, at(from + e)))}\n}`);
  const middle = `for (var step = 0u; step < ${stop - first}u; step++) {
${indent(steps.inside(plus('step', first), `step * ${sw}u + ${at(first)}`))}
}`;
  const parts = [edges(0, first), stop > first ? middle : '', edges(stop, count)].filter(Boolean).join('\n');
  const rows = `for (var p = p0; p < p1; p++) {
  let row = p * ${sh}u + r${ph === 0 ? '' : ` - ${ph}u`};
${indent(summed(many && large, parts))}
}`;
  return `let end = ${last};
for (var n = slice * ${imagesPerSlice}u; n < end; n++) {
${indent(summed(many && !large, rows))}
}`;
}

const plus = (text: string, value: number) => (value === 0 ? text : `(${text} + ${value}u)`);

/** b0, b1, …: numbers of this invocation's vec4s, the surplus ones of the last block clamped to the last. */
function groupNumbers({ groups, groupTiles }: WeightGradientPlan, count: number): string {
  const surplus = groups * groupTiles > count;
  return repeat(groups, (j) => {
    const index = j === 0 ? 'group' : `group + ${j}u`;
    return `let b${j} = ${surplus && j > 0 ? `min(${index}, ${count - 1}u)` : index};`;
  });
}

/** Writes the block's row `words` vec4s into the result, leaving out surplus vec4s. */
function guarded({ groups, groupTiles }: WeightGradientPlan, count: number, j: number, text: string): string {
  return groups * groupTiles > count && j > 0 ? `if (group + ${j}u < ${count}u) { ${text} }` : text;
}

function declare(first: number, second: number): string {
  return repeat(first, (l) => repeat(second, (j) => `var acc${l}_${j} = vec4<f32>();`, ' '));
}

function sliceBase({ slices, layouts }: WeightGradientPlan, text: string): string {
  return slices === 1 ? text : `slice * ${layouts.weight.size / 4}u + ${text}`;
}

export function channelsBody(spec: Conv2dSpec, plan: WeightGradientPlan, result: string): string {
  const { groups, layouts } = plan;
  const { height, width } = spec;
  const [p, q] = conv2dOutputSize(spec);
  const c4 = layouts.x.extents[1] / 4;
  const k4 = layouts.y.extents[1] / 4;
  const step = (at: string, column: string) => {
    const gradient = (j: number) => `let d${j} = dy[((n * ${p}u + p) * ${q}u + ${at}) * ${k4}u + b${j}];`;
    return `let v = x[((n * ${height}u + row) * ${width}u + ${column}) * ${c4}u + other];
${repeat(groups, gradient)}
${repeat(4, (l) => repeat(groups, (j) => `acc${l}_${j} += v.${'xyzw'[l]} * d${j};`, ' '))}`;
  };
  const pixels = pixelLoop(
    spec,
    plan,
    {
      inside: step,
      edge: (at, column) => `if (${column} < ${width}u) {\n${indent(step(at, column))}\n}`,
    },
    [4, groups],
  );
  const store = (l: number) =>
    repeat(groups, (j) => guarded(plan, k4, j, `${result}[to + ${l * k4}u + b${j}] = acc${l}_${j};`));
  return `${placeBlock(spec, plan)}
${groupNumbers(plan, k4)}
${declare(4, groups)}
${pixels}
let to = ${sliceBase(plan, `((r * ${spec.kernel[1]}u + s) * ${4 * c4}u + other * 4u) * ${k4}u`)};
${repeat(4, store)}`;
}

export function tapsBody(spec: Conv2dSpec, plan: WeightGradientPlan, result: string): string {
  const { groups, layouts, taps, tapTiles } = plan;
  const { inChannels: c, height, width } = spec;
  const [p, q] = conv2dOutputSize(spec);
  const rowWords = layouts.x.extents[3];
  const k4 = layouts.weight.extents[0] / 4;
  const planar = isPlanar(spec.outChannels);
  const surplusTaps = taps * tapTiles > spec.kernel[1];
  const line = `(n * ${c * height}u + other * ${height}u + row) * ${rowWords}u`;
  const gradient = (j: number, at: string) => {
    if (!planar) return `let d${j} = dy[((n * ${p}u + p) * ${q}u + ${at}) * ${k4}u + b${j}];`;
    const { strides } = layouts.y;
    const lane = (k: number) =>
      k < spec.outChannels
        ? `dy[n * ${strides[0]}u + p * ${strides[2]}u + ${at} + ${k * strides[1]}u]`
        : '0.0';
    return `let d${j} = vec4<f32>(${repeat(4, lane, ', ')});`;
  };
  const step = (at: string, value: (t: number) => string) => `${repeat(taps, value)}
${repeat(groups, (j) => gradient(j, at))}
${repeat(taps, (t) => repeat(groups, (j) => `acc${t}_${j} += v${t} * d${j};`, ' '))}`;
  const edge = (at: string, column: string) => {
    const value = (t: number) =>
      `let v${t} = x[select(${layouts.x.size}u, ${line} + column + ${t}u, column + ${t}u < ${width}u)];`;
    return `let column = ${column};\n${step(at, value)}`;
  };
  const inside = (at: string, column: string) =>
    step(at, (t) => `let v${t} = x[${line} + ${column} + ${t}u];`);
  // Surplus taps of the last tile may lie beyond the image even where the filter does not.
  const pixels = pixelLoop(spec, plan, { inside: surplusTaps ? edge : inside, edge }, [taps, groups]);
  const store = (t: number) => {
    const rowText = repeat(groups, (j) =>
      guarded(plan, k4, j, `${result}[to + ${t * c * k4}u + b${j}] = acc${t}_${j};`),
    );
    return surplusTaps && t > 0 ? `if (s + ${t}u < ${spec.kernel[1]}u) {\n${indent(rowText)}\n}` : rowText;
  };
  return `${placeBlock(spec, plan)}
${groupNumbers(plan, k4)}
${declare(taps, groups)}
${pixels}
let to = ${sliceBase(plan, `((r * ${spec.kernel[1]}u + s) * ${c}u + other) * ${k4}u`)};
${repeat(taps, store)}`;
}

export function planesBody(spec: Conv2dSpec, plan: WeightGradientPlan, result: string): string {
  const { groups, layouts } = plan;
  const { outChannels: k, height, width } = spec;
  const c4 = layouts.x.extents[1] / 4;
  const { strides } = layouts.y;
  const step = (at: string, column: string) => {
    const value = (j: number) =>
      `let v${j} = x[((n * ${height}u + row) * ${width}u + ${column}) * ${c4}u + b${j}];`;
    const gradient = (l: number) =>
      `let d${l} = dy[n * ${strides[0]}u + p * ${strides[2]}u + ${at} + ${l * strides[1]}u];`;
    return `${repeat(groups, value)}
${repeat(k, gradient)}
${repeat(k, (l) => repeat(groups, (j) => `acc${l}_${j} += v${j} * d${l};`, ' '))}`;
  };
  const pixels = pixelLoop(
    spec,
    plan,
    {
      inside: step,
      edge: (at, column) => `if (${column} < ${width}u) {\n${indent(step(at, column))}\n}`,
    },
    [k, groups],
  );
  // dWeight has the output channels innermost: each lane of the accumulators becomes a row of them.
  const store = (j: number) => {
    const rows = repeat(4, (lane) => {
      const outputs = repeat(4, (l) => (l < k ? `acc${l}_${j}.${'xyzw'[lane]}` : '0.0'), ', ');
      return `${result}[to + b${j} * 4u + ${lane}u] = vec4<f32>(${outputs});`;
    });
    return groups * plan.groupTiles > c4 && j > 0
      ? `if (group + ${j}u < ${c4}u) {\n${indent(rows)}\n}`
      : rows;
  };
  return `${placeBlock(spec, plan)}
${groupNumbers(plan, c4)}
${declare(k, groups)}
${pixels}
let to = ${sliceBase(plan, `(r * ${spec.kernel[1]}u + s) * ${4 * c4}u`)};
${repeat(groups, store)}`;
}
