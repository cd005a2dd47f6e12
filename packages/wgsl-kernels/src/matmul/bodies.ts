import { type Accumulators, partSums } from '../cascade.ts';
import { indent, repeat } from '../kernel.ts';
import { plus, times } from './arithmetic.ts';
import type { MatmulLayouts, MatmulSpec, MatmulTile } from './spec.ts';

/**
 * How the inner loop goes.
 * `rows`: B is stored [k,n]. acc<row>_<vec> += A[row,k] * B[k, 4 columns].
 * `dots`: A [m,k] and B [n,k]. acc<row>_<column> += A[row, 4 k] * B[column, 4 k], its lanes added at the end.
 * `transposed`: A [k,m] and B [n,k]. The transpose of C is computed, acc<column>_<vec> += B[column,k] * A[k, 4
 * rows], and transposed when stored.
 */
export type Form = 'rows' | 'dots' | 'transposed';

export interface MatmulPlan extends MatmulTile {
  readonly form: Form;
  readonly layouts: MatmulLayouts;
  readonly rowTiles: number;
  readonly columnTiles: number;
  /** B lies in panels as wide as a tile (`pack.ts`). */
  readonly packed?: boolean;
  /** Number of parts that k is cut into, and the length of one: a multiple of 4. */
  readonly slices: number;
  readonly sliceLength: number;
}

/** Size in vec4s of one matrix of a batch. */
const matrixSize = ({ strides, shape, extents }: MatmulLayouts['a']) =>
  (shape.length === 3 ? strides[0] : extents[0] * extents[1]) / 4;
/** Length in vec4s of a row. */
export const rowSize = ({ extents }: MatmulLayouts['a']) => extents.at(-1)! / 4;

/** Where this invocation's tile lies, and its part of k. */
export function placeTile(spec: MatmulSpec, plan: MatmulPlan): string {
  const { rows, columns4, rowTiles, columnTiles } = plan;
  return `let row = i % ${rowTiles}u * ${rows}u;
let column4 = i / ${rowTiles}u % ${columnTiles}u * ${columns4}u;
${placeParts(spec, plan, `i / ${rowTiles * columnTiles}u`)}`;
}

/** Which matrix of the batch and which part of k: `rest` counts both. */
export function placeParts({ batch = 1, k }: MatmulSpec, plan: MatmulPlan, rest: string): string {
  const { slices, sliceLength, layouts } = plan;
  const lines: string[] = [];
  if (batch > 1) lines.push(`let matrix = ${rest}${slices > 1 ? ` % ${batch}u` : ''};`);
  const start = (layout: MatmulLayouts['a']) => (batch > 1 ? `matrix * ${matrixSize(layout)}u` : '0u');
  lines.push(`let a0 = ${start(layouts.a)};`, `let b0 = ${start(layouts.b)};`);
  if (slices > 1) {
    lines.push(`let slice = ${rest}${batch > 1 ? ` / ${batch}u` : ''};`);
    lines.push(`let kBegin = slice * ${sliceLength}u;`);
    lines.push(`let kEnd = min(kBegin + ${sliceLength}u, ${k}u);`);
    lines.push(`let c0 = slice * ${layouts.c.size / 4}u + ${start(layouts.c)};`);
  } else lines.push(`let c0 = ${start(layouts.c)};`);
  return lines.join('\n');
}

/**
 * Steps of k whose products are summed by themselves where k is longer than two of them (`cascade.ts`), as BLAS does;
 * 0 for one sum over all. In dots, four lanes share the products.
 */
export function blockOfK({ k }: MatmulSpec, { slices, sliceLength, form }: MatmulPlan): number {
  const block = form === 'dots' ? 2048 : 512;
  return (slices > 1 ? sliceLength : k) > 2 * block ? block : 0;
}

/**
 * `for` over k from `begin` to before `end`, cut into blocks where it is long. Its step adds to `size` accumulators.
 */
function blocksOfK(
  spec: MatmulSpec,
  plan: MatmulPlan,
  [begin, end, advance]: readonly [string, string, string],
  unit: number,
  step: string,
  size: Accumulators,
): string {
  const block = blockOfK(spec, plan) / unit;
  if (block === 0) return `for (var k = ${begin}; k < ${end}; ${advance}) {\n${indent(step)}\n}`;
  const { declared, within, added } = partSums(size, 'own');
  return `var kBlock = ${begin};
while (kBlock < ${end}) {
  let kStop = min(kBlock + ${block}u, ${end});
${indent(declared)}
  for (var k = kBlock; k < kStop; ${advance}) {
${indent(within(step), 4)}
  }
${indent(added)}
  kBlock += ${block}u;
}`;
}

/**
 * Runs `step(k, lane count)` over this invocation's part of k in fours, and once more for what k % 4 leaves.
 */
function loopOverK(
  spec: MatmulSpec,
  plan: MatmulPlan,
  step: (lanes: number) => string,
  size: Accumulators,
): string {
  const { k } = spec;
  const { slices } = plan;
  const whole = k - (k % 4);
  const [begin, end] =
    slices > 1 ? ['kBegin', k % 4 === 0 ? 'kEnd' : `min(kEnd, ${whole}u)`] : ['0u', `${whole}u`];
  const loop = blocksOfK(spec, plan, [begin, end, 'k += 4u'], 1, step(4), size);
  const rest = `let k = ${whole}u;\n${step(k % 4)}`;
  if (k % 4 === 0) return loop;
  const tail = slices > 1 ? `if (kEnd == ${k}u) {\n${indent(rest)}\n}` : `{\n${indent(rest)}\n}`;
  return whole === 0 ? tail : `${loop}\n${tail}`;
}

export function declare(first: number, second: number): string {
  return repeat(first, (x) => repeat(second, (y) => `var acc${x}_${y} = vec4<f32>();`, ' '));
}

/** `base + offset`, clamped to `last` if the tile may reach beyond it. */
function clamped(base: string, offset: number, last: number, reaches: boolean): string {
  const index = offset === 0 ? base : `${base} + ${offset}u`;
  return reaches && offset > 0 ? `min(${index}, ${last}u)` : index;
}

export function rowsBody(spec: MatmulSpec, plan: MatmulPlan): string {
  const { m, transposeA } = spec;
  const { rows, columns4, rowTiles, columnTiles, layouts, packed } = plan;
  const a = rowSize(layouts.a);
  const b = rowSize(layouts.b);
  const columns = packed
    ? `let panel = column4 * ${spec.k}u;`
    : repeat(columns4, (v) => {
        return `let j${v} = ${clamped('column4', v, b - 1, columnTiles * columns4 > b)};`;
      });
  const aRows = transposeA
    ? repeat(rows / 4, (v) => `let i${v} = a0 + ${clamped('row / 4u', v, a - 1, rowTiles * rows > 4 * a)};`)
    : repeat(rows, (x) => `let i${x} = a0 + (${clamped('row', x, m - 1, rowTiles * rows > m)}) * ${a}u;`);
  const step = (lanes: number) => {
    const loads = transposeA ? '' : `${repeat(rows, (x) => `let v${x} = a[i${x} + k / 4u];`)}\n`;
    const lane = (l: number) => {
      const vectors = transposeA
        ? `${repeat(rows / 4, (v) => `let v${l}_${v} = a[${times(l === 0 ? 'k' : `(${plus('k', l)})`, a)} + i${v}];`, ' ')}\n`
        : '';
      const value = (x: number) =>
        transposeA ? `v${l}_${Math.floor(x / 4)}.${'xyzw'[x % 4]}` : `v${x}.${'xyzw'[l]}`;
      const weights = repeat(
        columns4,
        (v) =>
          packed
            ? `let w${l}_${v} = packed[panel + ${plus(times('k', columns4), l * columns4 + v)}];`
            : `let w${l}_${v} = b[b0 + ${times(l === 0 ? 'k' : `(${plus('k', l)})`, b)} + j${v}];`,
        ' ',
      );
      return `${vectors}${weights}\n${repeat(rows, (x) => repeat(columns4, (v) => `acc${x}_${v} += ${value(x)} * w${l}_${v};`, ' '))}`;
    };
    return `${loads}${repeat(lanes, lane)}`;
  };
  const stores = repeat(rows, (x) =>
    repeat(columns4, (v) => storeVector(spec, plan, x, plus('column4', v), `acc${x}_${v}`, v > 0)),
  );
  return `${columns}\n${aRows}\n${declare(rows, columns4)}\n${loopOverK(spec, plan, step, [rows, columns4])}\n${stores}`;
}

export function dotsBody(spec: MatmulSpec, plan: MatmulPlan): string {
  const { m, n } = spec;
  const { rows, rowTiles, layouts, slices } = plan;
  const size = rowSize(layouts.a);
  const aRows = repeat(
    rows,
    (x) => `let i${x} = a0 + (${clamped('row', x, m - 1, rowTiles * rows > m)}) * ${size}u;`,
  );
  const bRows = repeat(
    4,
    (y) => `let j${y} = b0 + (${clamped('column4 * 4u', y, n - 1, n % 4 !== 0)}) * ${size}u;`,
  );
  const [begin, end] = slices > 1 ? ['kBegin / 4u', '(kEnd + 3u) / 4u'] : ['0u', `${size}u`];
  const step = `${repeat(rows, (x) => `let v${x} = a[i${x} + k];`, ' ')}
${repeat(4, (y) => `let w${y} = b[j${y} + k];`, ' ')}
${repeat(rows, (x) => repeat(4, (y) => `acc${x}_${y} += v${x} * w${y};`, ' '))}`;
  return `${aRows}
${bRows}
${declare(rows, 4)}
${blocksOfK(spec, plan, [begin, end, 'k++'], 4, step, [rows, 4])}
${repeat(rows, (x) => storeVector(spec, plan, x, 'column4', masked(spec, dotsTotal(x)), false))}`;
}

/** Row x of C in the dots form: the lanes of four accumulators are added by turning the 4 by 4 block. */
export function dotsTotal(x: number): string {
  return repeat(4, (l) => `vec4<f32>(${repeat(4, (y) => `acc${x}_${y}.${'xyzw'[l]}`, ', ')})`, ' + ');
}

/** Row x of C in the transposed form. */
export function transposedRow(x: number): string {
  const lanes = repeat(4, (y) => `acc${y}_${Math.floor(x / 4)}.${'xyzw'[x % 4]}`, ', ');
  return `vec4<f32>(${lanes})`;
}

export function transposedBody(spec: MatmulSpec, plan: MatmulPlan): string {
  const { n } = spec;
  const { rows, rowTiles, layouts } = plan;
  const a = rowSize(layouts.a);
  const vectors = rows / 4;
  const aRows = repeat(
    vectors,
    (v) => `let i${v} = a0 + ${clamped('row / 4u', v, a - 1, rowTiles * rows > 4 * a)};`,
  );
  const bRows = repeat(
    4,
    (y) => `let j${y} = b0 + (${clamped('column4 * 4u', y, n - 1, n % 4 !== 0)}) * ${rowSize(layouts.b)}u;`,
  );
  const step = (lanes: number) => {
    const lane = (l: number) => {
      const weights = repeat(
        vectors,
        (v) => `let w${l}_${v} = a[${times(l === 0 ? 'k' : `(${plus('k', l)})`, a)} + i${v}];`,
        ' ',
      );
      const products = repeat(4, (y) =>
        repeat(vectors, (v) => `acc${y}_${v} += v${y}.${'xyzw'[l]} * w${l}_${v};`, ' '),
      );
      return `${weights}\n${products}`;
    };
    return `${repeat(4, (y) => `let v${y} = b[j${y} + k / 4u];`)}\n${repeat(lanes, lane)}`;
  };
  const stores = repeat(rows, (x) =>
    storeVector(spec, plan, x, 'column4', masked(spec, transposedRow(x)), false),
  );
  return `${aRows}\n${bRows}\n${declare(4, vectors)}\n${loopOverK(spec, plan, step, [4, vectors])}\n${stores}`;
}

/** Zeroes the lanes of the last vec4 of columns that are padding: there a clamped column was computed. */
export function masked({ n }: MatmulSpec, value: string): string {
  if (n % 4 === 0) return value;
  const inside = repeat(4, (l) => (l < n % 4 ? 'true' : `column4 < ${Math.ceil(n / 4) - 1}u`), ', ');
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
  const to = `c0 + ${times(x === 0 ? 'row' : `(${plus('row', x)})`, n4)} + ${column}`;
  const sum = `${value}${whole && spec.bias ? ` + bias[${column}]` : ''}${whole && spec.accumulate ? ` + c[${to}]` : ''}`;
  const text = `${whole ? 'c' : 'partial'}[${to}] = ${whole && spec.relu ? `max(${sum}, vec4<f32>())` : sum};`;
  const conditions = [
    ...(rowTiles * rows > spec.m && x > 0 ? [`row + ${x}u < ${spec.m}u`] : []),
    ...(mayOverhang && columnTiles * columns4 > n4 ? [`${column} < ${n4}u`] : []),
  ];
  return conditions.length > 0 ? `if (${conditions.join(' && ')}) { ${text} }` : text;
}
