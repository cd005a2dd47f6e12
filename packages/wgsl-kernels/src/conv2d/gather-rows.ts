import { indent, type Kernel, linearKernel, reads, repeat, type Tuning, writes } from '../kernel.ts';
import { isPlanar } from '../layout.ts';
import { plus, times } from '../matmul/arithmetic.ts';
import { staysInside } from './axis.ts';
import { epilogueBindings, finished } from './epilogue.ts';
import { accumulators, describe } from './gather.ts';
import { formOf, type Gather, type Plan, planTiles, rowOfTaps } from './gather-plan.ts';
import type { ConvTile } from './spec.ts';

/** True if walking along rows pays: a convolution from few channels to many, most of whose columns need no test. */
export function suitsRows(gather: Gather): boolean {
  if (!allowsRows(gather)) return false;
  const [first, stop] = innerColumns(gather);
  return 2 * (stop - first) >= gather.columns.target;
}

/**
 * The tile along rows that suits the shape on a CPU with 16 vector registers; undefined if walking along rows does
 * not pay.
 */
export function rowsTile(gather: Gather, { vectorWidth }: Tuning): ConvTile | undefined {
  if (!suitsRows(gather)) return undefined;
  const groups = gather.target.layout.extents[1] / 4;
  // Measured on the wasm device: 85 % of the peak with 2 x 4, and 70 % with 8 x 1.
  const [pixels, channels4] = [
    [8, 1],
    [4, 2],
    [3, 3],
    vectorWidth === 8 ? [gather.source.layout.shape[1] === 1 ? 4 : 3, 4] : [2, 4],
  ][Math.min(groups, 4) - 1];
  return { pixels, channels4, alongRow: 1 };
}

function allowsRows(gather: Gather): boolean {
  const { rows, target } = gather;
  return formOf(gather) === 'planar' && rows.direction === 'forward' && !isPlanar(target.layout.shape[1]);
}

/**
 * The `planar` form of `gather.ts` for CPUs: an invocation walks along a whole row of the target. Which columns need a
 * test whether a tap lies outside of the source is then known while the text is made: at the ends of the row; between
 * them addresses are one number plus constants. With few channels there is so little arithmetic that addresses and
 * tests took most of the time. Sums run in the order of the other form: over taps, then channels.
 * @throws RangeError if the source has 4 channels or more, or the target fewer.
 */
export function gatherRowsKernel(gather: Gather, { workgroupSize }: Tuning, tile: ConvTile): Kernel {
  const { source, target, weight, bias } = gather;
  if (!allowsRows(gather)) {
    throw new RangeError(
      `${gather.name}: tiles along rows are for convolutions from fewer than 4 channels to 4 or more; leave out alongRow`,
    );
  }
  const plan = planTiles(gather, tile);
  const [n] = target.layout.shape;
  return linearKernel({
    name: gather.name,
    about: `${gather.about.trim()}
${describe(gather, plan)}
It computes them one after the other along a row of the target.`,
    bindings: [
      reads(source.name, 'array<f32>'),
      reads('weight', 'array<vec4<f32>>'),
      ...(bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      ...(gather.batchNorm ? epilogueBindings.map((name) => reads(name, 'array<vec4<f32>>')) : []),
      writes(target.name, 'array<vec4<f32>>'),
    ],
    invocations: n * plan.rows * plan.channelTiles,
    workgroupSize: tile.workgroupSize ?? workgroupSize,
    body: body(gather, plan),
    flop: gather.flop,
    bytes: 4 * (source.layout.size + target.layout.size + weight.layout.size),
  });
}

/** Columns of the target for which every tap lies inside of the source: from `first` to before `stop`. */
function innerColumns({ columns }: Gather): readonly [number, number] {
  const { source, target, taps, stride, padding } = columns;
  const first = Math.min(target, Math.ceil(padding / stride));
  const stop = Math.min(target, Math.floor((source + padding - taps) / stride) + 1);
  return [first, Math.max(first, stop)];
}

function body(gather: Gather, plan: Plan): string {
  const { pixels, rows, channelTiles, channels4 } = plan;
  const { columns, target } = gather;
  const [first, stop] = innerColumns(gather);
  // Chunks of neighbouring pixels: those that touch an end of the row are written out with tests.
  const leading = Math.min(columns.target, Math.ceil(first / pixels) * pixels);
  const chunks = Math.max(0, Math.floor((stop - leading) / pixels));
  const trailing = leading + chunks * pixels;
  const edges = (from: number, to: number) =>
    repeat(Math.ceil((to - from) / pixels), (chunk) => {
      const column = from + chunk * pixels;
      return `{ // columns from ${column}\n${indent(chunkText(gather, plan, column, Math.min(pixels, to - column)))}\n}`;
    });
  const middle = `for (var step = 0u; step < ${chunks}u; step++) {
  let column = ${plus(times('step', pixels), leading)};
${indent(chunkText(gather, plan, 'column', pixels))}
}`;
  const groups = target.layout.extents[1] / 4;
  const place = `let atY = i ${channelTiles > 1 ? `/ ${channelTiles}u ` : ''}% ${rows}u;
let n = i / ${rows * channelTiles}u;
let startY = ${plus(times('atY', gather.rows.stride), -gather.rows.padding)};
let to = i ${channelTiles > 1 ? `/ ${channelTiles}u ` : ''}* ${columns.target * groups}u;`;
  const tile = channelTiles > 1 ? `\nlet b = i % ${channelTiles}u * ${channels4}u;` : '';
  const parts = [edges(0, leading), chunks > 0 ? middle : '', edges(trailing, columns.target)];
  return `${place}${tile}\n${parts.filter(Boolean).join('\n')}`;
}

/** `count` neighbouring pixels from a column on; with its number known, the taps outside are left out of the text. */
function chunkText(gather: Gather, plan: Plan, column: number | string, count: number): string {
  const { source, target, rows, columns } = gather;
  const [, channels, height] = source.layout.shape;
  const groups = target.layout.extents[1] / 4;
  const checkRows = !staysInside(rows, plan.rows);
  const { stride, padding } = columns;
  const position = (m: number, s: number): string => {
    const offset = m * stride + s - padding;
    return typeof column === 'number' ? `${column * stride + offset}u` : plus(times(column, stride), offset);
  };
  const inside = (m: number, s: number) => {
    if (typeof column === 'string') return true;
    const at = (column + m) * stride + s - padding;
    return at >= 0 && at < columns.source;
  };
  const tap = (s: number, a: number) => {
    const present = Array.from({ length: count }, (_, m) => m).filter((m) => inside(m, s));
    if (present.length === 0) return '';
    const base = plus('line', a * source.layout.strides[1]);
    const loads = present.map((m) => `let v${s}_${a}_${m} = ${source.name}[${base} + ${position(m, s)}];`);
    const weights = repeat(
      plan.channels4,
      (j) => `let w${s}_${a}_${j} = weight[${plus('w', (s * channels + a) * groups)} + b${j}];`,
      ' ',
    );
    const sums = present.map((m) =>
      repeat(plan.channels4, (j) => `acc${m}_${j} += v${s}_${a}_${m} * w${s}_${a}_${j};`, ' '),
    );
    return [...loads, weights, ...sums].join('\n');
  };
  const taps = Array.from({ length: columns.taps }, (_, s) =>
    Array.from({ length: channels }, (_, a) => tap(s, a)),
  );
  const row = `let line = (n * ${channels * height}u + startY + r) * ${source.layout.extents[3]}u;
let w = r * ${columns.taps * channels * groups}u;
${taps.flat().filter(Boolean).join('\n')}`;
  const part = rowOfTaps(gather, { ...plan, pixels: count }, row);
  const guarded = checkRows ? `if (startY + r < ${rows.source}u) {\n${indent(part)}\n}` : part;
  const value = (m: number, j: number) =>
    finished(gather, `acc${m}_${j}`, (name) => `${name}[b${j}]`, 'vec4<f32>()');
  const at = (m: number) =>
    typeof column === 'number'
      ? plus('to', (column + m) * groups)
      : plus(`to + ${times(column, groups)}`, m * groups);
  const overhangs = plan.channelTiles > 1 && plan.channelTiles * plan.channels4 !== groups;
  const store = (m: number, j: number) => {
    const text = `${target.name}[${at(m)} + b${j}] = ${value(m, j)};`;
    return overhangs && j > 0 ? `if (b + ${j}u < ${groups}u) { ${text} }` : text;
  };
  return `${accumulators(gather, { ...plan, pixels: count })}
for (var r = 0u; r < ${rows.taps}u; r++) {
${indent(guarded)}
}
${repeat(count, (m) => repeat(plan.channels4, (j) => store(m, j)))}`;
}
