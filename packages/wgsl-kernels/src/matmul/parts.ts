/** WGSL that the forms share: where an invocation's tile lies, the loop over k, and what becomes of the sums. */
import { type Accumulators, partSums } from '../cascade.ts';
import type { Constants } from '../constants.ts';
import { indent, repeat } from '../kernel.ts';
import { plus, times } from './arithmetic.ts';
import type { MatmulPlan } from './form.ts';
import type { MatmulLayouts, MatmulSpec } from './spec.ts';

/** Size in vec4s of one matrix of a batch. */
const matrixSize = ({ strides, shape, extents }: MatmulLayouts['a']) =>
  (shape.length === 3 ? strides[0] : extents[0] * extents[1]) / 4;
/** Length in vec4s of a row. */
export const rowSize = ({ extents }: MatmulLayouts['a']) => extents.at(-1)! / 4;

/** Formula and layouts, for the header; ends with a line break. */
export function aboutMatmul(spec: MatmulSpec, { slices, sliceLength }: MatmulPlan): string {
  const { m, k, n, batch = 1, transposeA, transposeB } = spec;
  const whole = slices === 1;
  const added = whole ? `${spec.bias ? ' + bias[j]' : ''}${spec.accumulate ? ' + c[i,j]' : ''}` : '';
  const relu = whole && spec.relu ? '; negative values become 0' : '';
  const stored = (transposed = false) => (transposed ? ', stored transposed' : '');
  const a = `A: [${m},${k}]${stored(transposeA)}`;
  const b = `B: [${k},${n}]${stored(transposeB)}`;
  return `
c[i,j] = sum_k A[i,k] B[k,j]${added}${relu}
${a}, ${b}, C: [${m},${n}]${batch > 1 ? `, ${batch} of each` : ''}; rows padded with zeros to multiples of 4.
${whole ? '' : `partial: ${slices} matrices like C, each for ${sliceLength} of k\n`}`;
}

/** The numbers that the texts use, by name. Sizes that end in 4 are counted in vec4s. */
export function matmulConstants({ m, k, n, batch = 1 }: MatmulSpec, plan: MatmulPlan): Constants {
  const { layouts, rows, columns4, rowTiles, columnTiles, sliceLength, kBlock } = plan;
  return {
    M: m,
    K: k,
    N: n,
    BATCH: batch,
    A_ROW4: [rowSize(layouts.a), 'vec4s of a row of A as it is stored'],
    B_ROW4: [rowSize(layouts.b), 'vec4s of a row of B as it is stored'],
    C_ROW4: [rowSize(layouts.c), 'vec4s of a row of C'],
    A_MATRIX4: matrixSize(layouts.a),
    B_MATRIX4: matrixSize(layouts.b),
    C_MATRIX4: matrixSize(layouts.c),
    C_SIZE4: [layouts.c.size / 4, 'vec4s of a slice of partial'],
    SLICE: [sliceLength, 'of k'],
    K_BLOCK: [kBlock, 'steps of k that are summed by themselves'],
    TILE_ROWS: [rows, 'rows of C in registers'],
    TILE_COLUMNS4: [columns4, 'vec4s of columns of C in registers'],
    ROW_TILES: rowTiles,
    COLUMN_TILES: columnTiles,
  };
}

/** Where this invocation's tile lies, and its part of k. */
export function placeTile(spec: MatmulSpec, plan: MatmulPlan): string {
  return `let row = i % ROW_TILES * TILE_ROWS;
let column4 = i / ROW_TILES % COLUMN_TILES * TILE_COLUMNS4;
${placeParts(spec, plan, 'i / (ROW_TILES * COLUMN_TILES)')}`;
}

/** Which matrix of the batch and which part of k: `rest` counts both. */
export function placeParts({ batch = 1 }: MatmulSpec, { slices }: MatmulPlan, rest: string): string {
  const start = (matrix: 'A' | 'B' | 'C') => (batch > 1 ? `matrix * ${matrix}_MATRIX4` : '0u');
  return [
    ...(batch > 1 ? [`let matrix = ${rest}${slices > 1 ? ' % BATCH' : ''};`] : []),
    `let a0 = ${start('A')};`,
    `let b0 = ${start('B')};`,
    ...(slices > 1
      ? [
          `let slice = ${rest}${batch > 1 ? ' / BATCH' : ''};`,
          'let kBegin = slice * SLICE;',
          'let kEnd = min(kBegin + SLICE, K);',
          `let c0 = slice * C_SIZE4 + ${start('C')};`,
        ]
      : [`let c0 = ${start('C')};`]),
  ].join('\n');
}

/** `for` over k from `begin` to before `end`, where it is long in blocks, `block` steps each. */
export function blocksOfK(
  { kBlock }: MatmulPlan,
  block: string,
  [begin, end, advance]: readonly [string, string, string],
  step: string,
  size: Accumulators,
): string {
  if (kBlock === 0) return `for (var k = ${begin}; k < ${end}; ${advance}) {\n${indent(step)}\n}`;
  const { declared, within, added } = partSums(size, 'own');
  return `var kBlock = ${begin};
while (kBlock < ${end}) {
  let kStop = min(kBlock + ${block}, ${end});
${indent(declared)}
  for (var k = kBlock; k < kStop; ${advance}) {
${indent(within(step), 4)}
  }
${indent(added)}
  kBlock += ${block};
}`;
}

/** Runs `step(lane count)` over this invocation's part of k in fours, and once more for what k % 4 leaves. */
export function loopOverK(
  spec: MatmulSpec,
  plan: MatmulPlan,
  step: (lanes: number) => string,
  size: Accumulators,
): string {
  const rest = spec.k % 4;
  const { slices } = plan;
  const whole = rest === 0 ? 'K' : `K - ${rest}u`;
  const [begin, end] = slices > 1 ? ['kBegin', rest === 0 ? 'kEnd' : `min(kEnd, ${whole})`] : ['0u', whole];
  const loop = blocksOfK(plan, 'K_BLOCK', [begin, end, 'k += 4u'], step(4), size);
  if (rest === 0) return loop;
  const last = indent(`let k = ${whole};\n${step(rest)}`);
  const tail = slices > 1 ? `if (kEnd == K) {\n${last}\n}` : `{\n${last}\n}`;
  return spec.k < 4 ? tail : `${loop}\n${tail}`;
}

export function declare([first, second]: Accumulators): string {
  return repeat(first, (x) => repeat(second, (y) => `var acc${x}_${y} = vec4<f32>();`, ' '));
}

/** `base + offset`, at most `last` if the tile may reach beyond it. */
export function clamped(base: string, offset: number, last: string, reaches: boolean): string {
  const index = plus(base, offset);
  return reaches && offset > 0 ? `min(${index}, ${last})` : index;
}

/** Zeroes the lanes of the last vec4 of columns that are padding: there a clamped column was computed. */
export function masked({ n }: MatmulSpec, value: string): string {
  if (n % 4 === 0) return value;
  const inside = repeat(4, (l) => (l < n % 4 ? 'true' : 'column4 < C_ROW4 - 1u'), ', ');
  return `select(vec4<f32>(), ${value}, vec4<bool>(${inside}))`;
}

/** Finishes and writes one vec4 of row `row + x`, unless it lies outside of C. */
export function storeVector(
  spec: MatmulSpec,
  { slices, layouts, rows, rowTiles, columns4, columnTiles }: MatmulPlan,
  x: number,
  column: string,
  value: string,
  mayOverhang: boolean,
): string {
  const n4 = rowSize(layouts.c);
  const whole = slices === 1;
  const to = `c0 + ${times(x === 0 ? 'row' : `(${plus('row', x)})`, n4, 'C_ROW4')} + ${column}`;
  const bias = whole && spec.bias ? ` + bias[${column}]` : '';
  const before = whole && spec.accumulate ? ` + c[${to}]` : '';
  const sum = `${value}${bias}${before}`;
  const text = `${whole ? 'c' : 'partial'}[${to}] = ${whole && spec.relu ? `max(${sum}, vec4<f32>())` : sum};`;
  const conditions = [
    ...(rowTiles * rows > spec.m && x > 0 ? [`row + ${x}u < M`] : []),
    ...(mayOverhang && columnTiles * columns4 > n4 ? [`${column} < C_ROW4`] : []),
  ];
  return conditions.length > 0 ? `if (${conditions.join(' && ')}) { ${text} }` : text;
}
