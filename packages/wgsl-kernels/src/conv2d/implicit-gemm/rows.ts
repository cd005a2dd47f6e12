import { ahead } from '../../constants.ts';
import { indent, type Kernel, linearKernel, repeat } from '../../kernel.ts';
import { isPlanar } from '../../layout.ts';
import type { Machine } from '../../machine.ts';
import { plus, times } from '../../matmul/arithmetic.ts';
import { staysInside } from './axis.ts';
import { type ImplicitGemm, innerLoopOf, targetVectors } from './gemm.ts';
import { accumulators, describe, operandsOf } from './parts.ts';
import { type ConvTile, gemmConstants, type Plan, planTiles, rowOfTaps } from './plan.ts';
import { storeVectors } from './store.ts';

/** True if walking along rows pays: a convolution from few channels to many, most of whose columns need no test. */
export function suitsRows(gemm: ImplicitGemm): boolean {
  if (!allowsRows(gemm)) return false;
  const [first, stop] = innerColumns(gemm);
  return 2 * (stop - first) >= gemm.columns.target;
}

/**
 * The tile along rows that suits the shape on a CPU with 16 vector registers; undefined if walking along rows does
 * not pay.
 */
export function rowsTile(gemm: ImplicitGemm, { lockstep, vectorWidth }: Machine): ConvTile | undefined {
  if (lockstep || !suitsRows(gemm)) return undefined;
  const channels4 = Math.min(targetVectors(gemm), 4);
  // Measured on the wasm device: 85 % of the peak with 2 x 4, and 70 % with 8 x 1.
  const four = vectorWidth === 8 ? [4, 3, 3][gemm.source.layout.shape[1] - 1] : 2;
  return { form: 'rows', pixels: [8, 4, 3, four][channels4 - 1], channels4 };
}

function allowsRows(gemm: ImplicitGemm): boolean {
  const { rows, target } = gemm;
  return innerLoopOf(gemm) === 'planar' && rows.direction === 'forward' && !isPlanar(target.layout.shape[1]);
}

/**
 * The implicit GEMM from fewer than 4 channels for CPUs. To `pixels.ts` it adds that an invocation walks along a whole
 * row of the target. Which columns need a test whether a tap lies outside of the source is then known while the text is
 * made: at the ends of the row; between them addresses are one number plus constants. With few channels there is so
 * little arithmetic that addresses and tests took most of the time. Sums run in the same order: over taps, then
 * channels.
 * @throws RangeError if the source has 4 channels or more, or the target fewer.
 */
export function rowsKernel(gemm: ImplicitGemm, { workgroupSize }: Machine, tile: ConvTile): Kernel {
  if (!allowsRows(gemm)) {
    throw new RangeError(
      `${gemm.name}: tiles along rows are for convolutions from fewer than 4 channels to 4 or more; ` +
        "leave out form: 'rows'",
    );
  }
  const plan = planTiles(gemm, tile);
  return linearKernel({
    name: gemm.name,
    about: `${describe(gemm, plan)}\nIt computes them one after the other along a row of the target.`,
    ...operandsOf(gemm),
    invocations: gemm.target.layout.shape[0] * plan.rows * plan.channelTiles,
    workgroupSize: tile.workgroupSize ?? workgroupSize,
    constants: gemmConstants(gemm, plan),
    body: body(gemm, plan),
  });
}

/** Columns of the target for which every tap lies inside of the source: from `first` to before `stop`. */
function innerColumns({ columns }: ImplicitGemm): readonly [number, number] {
  const { source, target, taps, stride, padding, dilation } = columns;
  const first = Math.min(target, Math.ceil(padding / stride));
  const last = Math.floor((source - 1 + padding - (taps - 1) * dilation) / stride);
  const stop = Math.min(target, last + 1);
  return [first, Math.max(first, stop)];
}

function body(gemm: ImplicitGemm, plan: Plan): string {
  const { pixels, channelTiles } = plan;
  const { columns } = gemm;
  const [first, stop] = innerColumns(gemm);
  // Chunks of neighbouring pixels: those that touch an end of the row are written out with tests.
  const leading = Math.min(columns.target, Math.ceil(first / pixels) * pixels);
  const chunks = Math.max(0, Math.floor((stop - leading) / pixels));
  const trailing = leading + chunks * pixels;
  const edges = (from: number, to: number) =>
    repeat(Math.ceil((to - from) / pixels), (chunk) => {
      const column = from + chunk * pixels;
      return `{ // columns from ${column}\n${indent(chunkText(gemm, plan, column, Math.min(pixels, to - column)))}\n}`;
    });
  const middle = `for (var step = 0u; step < ${chunks}u; step++) {
  let column = ${plus('step * PIXELS', leading)};
${indent(chunkText(gemm, plan, 'column', pixels))}
}`;
  const row = channelTiles > 1 ? 'i / CHANNEL_TILES' : 'i';
  const place = `let atY = ${row} % STEPS_Y;
let n = i / (STEPS_Y * CHANNEL_TILES);
let startY = atY * STRIDE_Y - PADDING_Y;
let to = ${row} * (TARGET_W * TARGET_C4);`;
  const tile = channelTiles > 1 ? '\nlet b = i % CHANNEL_TILES * VECTORS;' : '';
  const parts = [edges(0, leading), chunks > 0 ? middle : '', edges(trailing, columns.target)];
  return `${place}${tile}\n${parts.filter(Boolean).join('\n')}`;
}

/** `count` neighbouring pixels from a column on; with its number known, the taps outside are left out of the text. */
function chunkText(gemm: ImplicitGemm, plan: Plan, column: number | string, count: number): string {
  const { source, rows, columns, weight } = gemm;
  const [, channels] = source.layout.shape;
  const chunk = { ...plan, pixels: count };
  const { stride, padding, dilation } = columns;
  const position = (m: number, s: number): string => {
    const offset = m * stride + s * dilation - padding;
    return typeof column === 'number' ? `${column * stride + offset}u` : plus('column * STRIDE_X', offset);
  };
  const inside = (m: number, s: number) => {
    if (typeof column === 'string') return true;
    const at = (column + m) * stride + s * dilation - padding;
    return at >= 0 && at < columns.source;
  };
  const tap = (s: number, a: number) => {
    const present = Array.from({ length: count }, (_, m) => m).filter((m) => inside(m, s));
    if (present.length === 0) return '';
    const base = ahead('line', a, 'SOURCE_PLANE');
    const loads = present.map((m) => `let v${s}_${a}_${m} = ${source.name}[${base} + ${position(m, s)}];`);
    const row = ahead('w', s * channels + a, 'TARGET_C4');
    const weights = repeat(
      plan.channels4,
      (j) => `let w${s}_${a}_${j} = ${weight.name}[${row} + b${j}];`,
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
  const sourceRow = `startY + ${times('r', rows.dilation, 'DILATION_Y')}`;
  const row = `let line = (n * (SOURCE_C * SOURCE_H) + ${sourceRow}) * SOURCE_ROW;
let w = r * (S * SOURCE_C * TARGET_C4);
${taps.flat().filter(Boolean).join('\n')}`;
  const part = rowOfTaps(gemm, chunk, row);
  const guarded = staysInside(rows, plan.rows) ? part : `if (${sourceRow} < SOURCE_H) {\n${indent(part)}\n}`;
  const at = (m: number) =>
    typeof column === 'number'
      ? ahead('to', column + m, 'TARGET_C4')
      : ahead('to + column * TARGET_C4', m, 'TARGET_C4');
  return `${accumulators(gemm, chunk)}
for (var r = 0u; r < R; r++) {
${indent(guarded)}
}
${repeat(count, (m) => storeVectors(gemm, plan, at(m), m))}`;
}
