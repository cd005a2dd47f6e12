import { indent, repeat } from '../kernel.ts';
import { isPlanar } from '../layout.ts';
import { type Conv2dLayouts, type Conv2dSpec, conv2dOutputSize } from './spec.ts';

/**
 * What one invocation accumulates.
 * `channels`: one tap, 4 input channels (one vec4 of x) times `groups` vec4 of output channels.
 * `taps`: x is planar: `taps` neighbouring taps of a filter row, one input channel, times `groups` vec4 of output channels.
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

/** Numbers of this invocation's block, tap and slice, and the output rows whose tap lies inside the image. */
function placeBlock(
  spec: Conv2dSpec,
  { groups, groupTiles, otherTiles, tapTiles, taps }: WeightGradientPlan,
): string {
  const perTapTile = groupTiles * otherTiles;
  const perRow = perTapTile * tapTiles;
  const [r] = spec.kernel;
  return `let group = i % ${groupTiles}u * ${groups}u;
let other = i / ${groupTiles}u % ${otherTiles}u;
let s = i / ${perTapTile}u % ${tapTiles}u * ${taps}u;
let r = i / ${perRow}u % ${r}u;
let slice = i / ${perRow * r}u;
${insideRange(spec, 0)}`;
}

/** Declares p0, p1 (or q0, q1): the output positions whose tap r (or s) lies inside the image are p0 <= p < p1. */
function insideRange(spec: Conv2dSpec, d: 0 | 1): string {
  const position = 'pq'[d];
  const tap = 'rs'[d];
  const size = [spec.height, spec.width][d];
  const count = conv2dOutputSize(spec)[d];
  const stride = spec.stride[d];
  const padding = spec.padding[d];
  const divided = (text: string) => (stride === 1 ? text : `(${text} + ${stride - 1}u) / ${stride}u`);
  const last = divided(`max(${size + padding}u, ${tap}) - ${tap}`);
  return `let ${position}0 = ${padding === 0 ? '0u' : `${divided(`max(${padding}u, ${tap}) - ${tap}`)}`};
let ${position}1 = min(${count}u, ${last});`;
}

/** Loops over the slice's images and output rows around `row`; n and p are in scope. */
function imageLoop(spec: Conv2dSpec, { imagesPerSlice, slices }: WeightGradientPlan, row: string): string {
  const end = `slice * ${imagesPerSlice}u + ${imagesPerSlice}u`;
  const last = slices * imagesPerSlice === spec.batch ? end : `min(${spec.batch}u, ${end})`;
  return `let end = ${last};
for (var n = slice * ${imagesPerSlice}u; n < end; n++) {
  for (var p = p0; p < p1; p++) {
${indent(row, 4)}
  }
}`;
}

/** Position of output pixel p, q's tap in x, before the padding is taken off; wraps around below 0. */
const rowOf = (spec: Conv2dSpec) => offset(`p * ${spec.stride[0]}u + r`, spec.padding[0]);
const columnOf = (spec: Conv2dSpec, q: string) => offset(`${q} * ${spec.stride[1]}u + s`, spec.padding[1]);
const offset = (text: string, padding: number) => (padding === 0 ? text : `${text} - ${padding}u`);

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
  const [p, q] = conv2dOutputSize(spec);
  const c4 = layouts.x.extents[1] / 4;
  const k4 = layouts.y.extents[1] / 4;
  const products = repeat(4, (l) => repeat(groups, (j) => `acc${l}_${j} += v.${'xyzw'[l]} * d${j};`, ' '));
  const row = `var at = ((n * ${spec.height}u + ${rowOf(spec)}) * ${spec.width}u + ${columnOf(spec, 'q0')}) * ${c4}u + other;
var fromDy = (n * ${p}u + p) * ${q * k4}u + q0 * ${k4}u;
for (var q = q0; q < q1; q++) {
  let v = x[at];
  ${repeat(groups, (j) => `let d${j} = dy[fromDy + b${j}];`, ' ')}
${indent(products)}
  at += ${spec.stride[1] * c4}u;
  fromDy += ${k4}u;
}`;
  const store = (l: number) =>
    repeat(groups, (j) => guarded(plan, k4, j, `${result}[to + ${l * k4}u + b${j}] = acc${l}_${j};`));
  return `${placeBlock(spec, plan)}
${insideRange(spec, 1)}
${groupNumbers(plan, k4)}
${declare(4, groups)}
${imageLoop(spec, plan, row)}
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
  const checked = spec.padding[1] > 0 || surplusTaps;
  const value = (t: number) => {
    if (!checked) return `let v${t} = x[line + column + ${t}u];`;
    return `let v${t} = x[select(${layouts.x.size}u, line + column + ${t}u, column + ${t}u < ${width}u)];`;
  };
  const gradient = (j: number) => {
    if (!planar) return `let d${j} = dy[(n * ${p}u + p) * ${q * k4}u + q * ${k4}u + b${j}];`;
    const { strides } = layouts.y;
    const lane = (k: number) =>
      k < spec.outChannels ? `dy[n * ${strides[0]}u + p * ${strides[2]}u + q + ${k * strides[1]}u]` : '0.0';
    return `let d${j} = vec4<f32>(${repeat(4, lane, ', ')});`;
  };
  const row = `let line = (n * ${c * height}u + other * ${height}u + ${rowOf(spec)}) * ${rowWords}u;
for (var q = 0u; q < ${q}u; q++) {
  let column = ${columnOf(spec, 'q')};
${indent(repeat(taps, value))}
${indent(repeat(groups, gradient))}
${indent(repeat(taps, (t) => repeat(groups, (j) => `acc${t}_${j} += v${t} * d${j};`, ' ')))}
}`;
  const store = (t: number) => {
    const rowText = repeat(groups, (j) =>
      guarded(plan, k4, j, `${result}[to + ${t * c * k4}u + b${j}] = acc${t}_${j};`),
    );
    return surplusTaps && t > 0 ? `if (s + ${t}u < ${spec.kernel[1]}u) {\n${indent(rowText)}\n}` : rowText;
  };
  return `${placeBlock(spec, plan)}
${groupNumbers(plan, k4)}
${declare(taps, groups)}
${imageLoop(spec, plan, row)}
let to = ${sliceBase(plan, `((r * ${spec.kernel[1]}u + s) * ${c}u + other) * ${k4}u`)};
${repeat(taps, store)}`;
}

export function planesBody(spec: Conv2dSpec, plan: WeightGradientPlan, result: string): string {
  const { groups, layouts } = plan;
  const { outChannels: k, height, width } = spec;
  const c4 = layouts.x.extents[1] / 4;
  const { strides } = layouts.y;
  const row = `var at = ((n * ${height}u + ${rowOf(spec)}) * ${width}u + ${columnOf(spec, 'q0')}) * ${c4}u;
var fromDy = n * ${strides[0]}u + p * ${strides[2]}u + q0;
for (var q = q0; q < q1; q++) {
  ${repeat(groups, (j) => `let v${j} = x[at + b${j}];`, ' ')}
  ${repeat(k, (l) => `let d${l} = dy[fromDy + ${l * strides[1]}u];`, ' ')}
${indent(repeat(k, (l) => repeat(groups, (j) => `acc${l}_${j} += v${j} * d${l};`, ' ')))}
  at += ${spec.stride[1] * c4}u;
  fromDy++;
}`;
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
${insideRange(spec, 1)}
${groupNumbers(plan, c4)}
${declare(k, groups)}
${imageLoop(spec, plan, row)}
let to = ${sliceBase(plan, `(r * ${spec.kernel[1]}u + s) * ${4 * c4}u`)};
${repeat(groups, store)}`;
}
