import {
  defaultTuning,
  indent,
  type Kernel,
  linearKernel,
  reads,
  repeat,
  type Tuning,
  writes,
} from '../kernel.ts';
import { type MatmulLayouts, type MatmulSpec, type MatmulTile, matmulLayouts } from './spec.ts';
import { type Stages, sumSlices } from './stages.ts';

/**
 * Matrix product. Bindings: a, b, [bias], c; where k is long and C small the product is cut along k: a, b, partial, and
 * then partial, [bias], c.
 * @param tile The register tile; by default one that suits the shape.
 * @throws RangeError if a size is not a positive integer.
 */
export function matmul(spec: MatmulSpec, tuning: Tuning = defaultTuning, tile?: MatmulTile): Stages {
  const { m, k, n, batch = 1 } = spec;
  if (![m, k, n, batch].every((size) => Number.isInteger(size) && size > 0)) {
    throw new RangeError(
      `matmul: sizes must be positive integers, got m ${m}, k ${k}, n ${n}, batch ${batch}`,
    );
  }
  const plan = planMatmul(spec, tile);
  const { slices, layouts } = plan;
  const first = productKernel(spec, plan, tuning);
  if (slices === 1) return { kernels: [first], scratchWords: 0 };
  const second = sumSlices(
    {
      name: 'matmulSum',
      words: layouts.c.size,
      slices,
      result: 'c',
      biasVectors: spec.bias ? layouts.bias.size / 4 : 0,
      relu: spec.relu,
      accumulate: spec.accumulate,
    },
    tuning,
  );
  return { kernels: [first, second], scratchWords: slices * layouts.c.size };
}

/**
 * How the inner loop goes.
 * `rows`: B is stored [k,n]. acc<row>_<vec> += A[row,k] * B[k, 4 columns].
 * `dots`: A [m,k] and B [n,k]. acc<row>_<column> += A[row, 4 k] * B[column, 4 k], its lanes added at the end.
 * `turned`: A [k,m] and B [n,k]. The transpose of C is computed, acc<column>_<vec> += B[column,k] * A[k, 4 rows], and turned when stored.
 */
type Form = 'rows' | 'dots' | 'turned';

interface Plan extends MatmulTile {
  readonly form: Form;
  readonly layouts: MatmulLayouts;
  readonly rowTiles: number;
  readonly columnTiles: number;
  /** Number of parts that k is cut into, and the length of one: a multiple of 4. */
  readonly slices: number;
  readonly sliceLength: number;
}

/** Below so many invocations threads run out of work, and k is cut if each part keeps `shortestSlice`. */
const enoughInvocations = 32;
const shortestSlice = 64;

function planMatmul(spec: MatmulSpec, wanted?: MatmulTile): Plan {
  const { m, k, n, batch = 1, transposeA = false, transposeB = false } = spec;
  const form: Form = !transposeB ? 'rows' : transposeA ? 'turned' : 'dots';
  const n4 = Math.ceil(n / 4);
  const tile = wanted ?? defaultTile(form, m, n4, transposeA);
  // A stored [k,m] is read in vec4s of rows; the transpose of C has 4 columns a block.
  const rows = transposeA ? Math.ceil(tile.rows / 4) * 4 : tile.rows;
  const columns4 = form === 'rows' ? tile.columns4 : 1;
  const rowTiles = Math.ceil(m / rows);
  const columnTiles = Math.ceil(n4 / columns4);
  const cuts = Math.min(
    Math.ceil(enoughInvocations / (rowTiles * columnTiles * batch)),
    Math.max(1, Math.floor(k / shortestSlice)),
  );
  const sliceLength = Math.ceil(k / cuts / 4) * 4;
  const slices = Math.ceil(k / sliceLength);
  return { form, layouts: matmulLayouts(spec), rows, columns4, rowTiles, columnTiles, slices, sliceLength };
}

function defaultTile(form: Form, m: number, n4: number, transposeA: boolean): MatmulTile {
  if (form === 'dots') return { rows: Math.min(m, 3), columns4: 1 };
  if (form === 'turned') return { rows: 8, columns4: 1 };
  const waste = (size: number) => Math.ceil(n4 / size) * size;
  const columns4 = [2, 3, 1].reduce((best, size) => (waste(size) < waste(best) ? size : best));
  const rows = columns4 === 1 ? 8 : 4;
  return { rows: transposeA ? rows : Math.min(rows, m), columns4 };
}

function productKernel(spec: MatmulSpec, plan: Plan, { workgroupSize }: Tuning): Kernel {
  const { m, k, n, batch = 1, transposeA, transposeB } = spec;
  const { form, layouts, rowTiles, columnTiles, slices, rows, columns4 } = plan;
  const whole = slices === 1;
  const epilogue = whole
    ? `${spec.bias ? ' + bias[j]' : ''}${spec.accumulate ? ' + c[i,j]' : ''}${spec.relu ? '; negative values become 0' : ''}`
    : '';
  const block = {
    rows: `${rows} rows times ${columns4} vec4 of columns, in acc<row>_<vec4>`,
    dots: `${rows} rows times 4 columns, in acc<row>_<column> whose lanes are partial sums`,
    turned: `4 columns times ${rows / 4} vec4 of rows, in acc<column>_<vec4>`,
  }[form];
  return linearKernel({
    name: 'matmul',
    about: `
c[i,j] = sum_k A[i,k] B[k,j]${epilogue}
A: [${m},${k}]${transposeA ? `, stored transposed` : ''}, B: [${k},${n}]${transposeB ? ', stored transposed' : ''}, C: [${m},${n}]${batch > 1 ? `, ${batch} of each` : ''}; rows padded with zeros to multiples of 4.
${whole ? '' : `partial: ${slices} matrices like C, each for ${plan.sliceLength} of k\n`}One invocation: ${block}.`,
    bindings: [
      reads('a', 'array<vec4<f32>>'),
      reads('b', 'array<vec4<f32>>'),
      ...(whole && spec.bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      writes(whole ? 'c' : 'partial', 'array<vec4<f32>>'),
    ],
    invocations: rowTiles * columnTiles * batch * slices,
    workgroupSize,
    body: [
      placeTile(spec, plan),
      { rows: rowsBody, dots: dotsBody, turned: turnedBody }[form](spec, plan),
    ].join('\n'),
    flop: 2 * batch * m * k * n,
    bytes: 4 * (layouts.a.size + layouts.b.size + slices * layouts.c.size),
  });
}

/** Size in vec4s of one matrix of a batch. */
const matrixSize = ({ strides, shape, extents }: MatmulLayouts['a']) =>
  (shape.length === 3 ? strides[0] : extents[0] * extents[1]) / 4;
/** Length in vec4s of a row. */
const rowSize = ({ extents }: MatmulLayouts['a']) => extents.at(-1)! / 4;

/** Where this invocation's tile lies, and its part of k. */
function placeTile({ batch = 1, k }: MatmulSpec, plan: Plan): string {
  const { rows, columns4, rowTiles, columnTiles, slices, sliceLength, layouts } = plan;
  const lines = [`let row = i % ${rowTiles}u * ${rows}u;`];
  lines.push(`let column4 = i / ${rowTiles}u % ${columnTiles}u * ${columns4}u;`);
  const rest = `i / ${rowTiles * columnTiles}u`;
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

/** Runs `step(k, lane count)` over this invocation's part of k in fours, and once more for what k % 4 leaves. */
function loopOverK({ k }: MatmulSpec, { slices }: Plan, step: (lanes: number) => string): string {
  const whole = k - (k % 4);
  const [begin, end] =
    slices > 1 ? ['kBegin', k % 4 === 0 ? 'kEnd' : `min(kEnd, ${whole}u)`] : ['0u', `${whole}u`];
  const loop = `for (var k = ${begin}; k < ${end}; k += 4u) {\n${indent(step(4))}\n}`;
  const rest = `let k = ${whole}u;\n${step(k % 4)}`;
  if (k % 4 === 0) return loop;
  const tail = slices > 1 ? `if (kEnd == ${k}u) {\n${indent(rest)}\n}` : `{\n${indent(rest)}\n}`;
  return whole === 0 ? tail : `${loop}\n${tail}`;
}

function declare(first: number, second: number): string {
  return repeat(first, (x) => repeat(second, (y) => `var acc${x}_${y} = vec4<f32>();`, ' '));
}

/** `base + offset`, clamped to `last` if the tile may reach beyond it. */
function clamped(base: string, offset: number, last: number, reaches: boolean): string {
  const index = offset === 0 ? base : `${base} + ${offset}u`;
  return reaches && offset > 0 ? `min(${index}, ${last}u)` : index;
}

function rowsBody(spec: MatmulSpec, plan: Plan): string {
  const { m, transposeA } = spec;
  const { rows, columns4, rowTiles, columnTiles, layouts } = plan;
  const a = rowSize(layouts.a);
  const b = rowSize(layouts.b);
  const columns = repeat(columns4, (v) => {
    return `let j${v} = ${clamped('column4', v, b - 1, columnTiles * columns4 > b)};`;
  });
  const aRows = transposeA
    ? repeat(rows / 4, (v) => `let i${v} = a0 + ${clamped('row / 4u', v, a - 1, rowTiles * rows > 4 * a)};`)
    : repeat(rows, (x) => `let i${x} = a0 + (${clamped('row', x, m - 1, rowTiles * rows > m)}) * ${a}u;`);
  const step = (lanes: number) => {
    const loads = transposeA ? '' : `${repeat(rows, (x) => `let v${x} = a[i${x} + k / 4u];`)}\n`;
    const lane = (l: number) => {
      const vectors = transposeA
        ? `${repeat(rows / 4, (v) => `let v${l}_${v} = a[(k + ${l}u) * ${a}u + i${v}];`, ' ')}\n`
        : '';
      const value = (x: number) =>
        transposeA ? `v${l}_${Math.floor(x / 4)}.${'xyzw'[x % 4]}` : `v${x}.${'xyzw'[l]}`;
      const weights = repeat(columns4, (v) => `let w${l}_${v} = b[b0 + (k + ${l}u) * ${b}u + j${v}];`, ' ');
      return `${vectors}${weights}\n${repeat(rows, (x) => repeat(columns4, (v) => `acc${x}_${v} += ${value(x)} * w${l}_${v};`, ' '))}`;
    };
    return `${loads}${repeat(lanes, lane)}`;
  };
  const stores = repeat(rows, (x) =>
    repeat(columns4, (v) => storeVector(spec, plan, x, `column4 + ${v}u`, `acc${x}_${v}`, v > 0)),
  );
  return `${columns}\n${aRows}\n${declare(rows, columns4)}\n${loopOverK(spec, plan, step)}\n${stores}`;
}

function dotsBody(spec: MatmulSpec, plan: Plan): string {
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
  const loop =
    slices > 1 ? 'var k = kBegin / 4u; k < (kEnd + 3u) / 4u; k++' : `var k = 0u; k < ${size}u; k++`;
  // The lanes of four accumulators are added by turning the 4 by 4 block.
  const total = (x: number) =>
    repeat(4, (l) => `vec4<f32>(${repeat(4, (y) => `acc${x}_${y}.${'xyzw'[l]}`, ', ')})`, ' + ');
  return `${aRows}
${bRows}
${declare(rows, 4)}
for (${loop}) {
  ${repeat(rows, (x) => `let v${x} = a[i${x} + k];`, ' ')}
  ${repeat(4, (y) => `let w${y} = b[j${y} + k];`, ' ')}
${indent(repeat(rows, (x) => repeat(4, (y) => `acc${x}_${y} += v${x} * w${y};`, ' ')))}
}
${repeat(rows, (x) => storeVector(spec, plan, x, 'column4', masked(spec, total(x)), false))}`;
}

function turnedBody(spec: MatmulSpec, plan: Plan): string {
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
      const weights = repeat(vectors, (v) => `let w${l}_${v} = a[(k + ${l}u) * ${a}u + i${v}];`, ' ');
      const products = repeat(4, (y) =>
        repeat(vectors, (v) => `acc${y}_${v} += v${y}.${'xyzw'[l]} * w${l}_${v};`, ' '),
      );
      return `${weights}\n${products}`;
    };
    return `${repeat(4, (y) => `let v${y} = b[j${y} + k / 4u];`)}\n${repeat(lanes, lane)}`;
  };
  const stores = repeat(rows, (x) => {
    const lanes = repeat(4, (y) => `acc${y}_${Math.floor(x / 4)}.${'xyzw'[x % 4]}`, ', ');
    return storeVector(spec, plan, x, 'column4', masked(spec, `vec4<f32>(${lanes})`), false);
  });
  return `${aRows}\n${bRows}\n${declare(4, vectors)}\n${loopOverK(spec, plan, step)}\n${stores}`;
}

/** Zeroes the lanes of the last vec4 of columns that are padding: there a clamped column was computed. */
function masked({ n }: MatmulSpec, value: string): string {
  if (n % 4 === 0) return value;
  const inside = repeat(4, (l) => (l < n % 4 ? 'true' : `column4 < ${Math.ceil(n / 4) - 1}u`), ', ');
  return `select(vec4<f32>(), ${value}, vec4<bool>(${inside}))`;
}

/** Finishes and writes one vec4 of row `row + x`, unless it lies outside of C. */
function storeVector(
  spec: MatmulSpec,
  { slices, layouts, rows, rowTiles, columns4, columnTiles }: Plan,
  x: number,
  column: string,
  value: string,
  mayOverhang: boolean,
): string {
  const n4 = rowSize(layouts.c);
  const whole = slices === 1;
  const to = `c0 + (row + ${x}u) * ${n4}u + ${column}`;
  const sum = `${value}${whole && spec.bias ? ` + bias[${column}]` : ''}${whole && spec.accumulate ? ` + c[${to}]` : ''}`;
  const text = `${whole ? 'c' : 'partial'}[${to}] = ${whole && spec.relu ? `max(${sum}, vec4<f32>())` : sum};`;
  const conditions = [
    ...(rowTiles * rows > spec.m && x > 0 ? [`row + ${x}u < ${spec.m}u`] : []),
    ...(mayOverhang && columnTiles * columns4 > n4 ? [`${column} < ${n4}u`] : []),
  ];
  return conditions.length > 0 ? `if (${conditions.join(' && ')}) { ${text} }` : text;
}

/** The definition, in float64, on dense arrays shaped as `matmulLayouts` says; returns C. */
export function matmulOracle(
  spec: MatmulSpec,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  bias?: ArrayLike<number>,
  before?: ArrayLike<number>,
): Float64Array {
  const { m, k, n, batch = 1 } = spec;
  const c = new Float64Array(batch * m * n);
  for (let z = 0; z < batch; z++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum =
          (spec.bias && bias ? bias[j] : 0) + (spec.accumulate && before ? before[(z * m + i) * n + j] : 0);
        for (let l = 0; l < k; l++) {
          const left = a[z * m * k + (spec.transposeA ? l * m + i : i * k + l)];
          const right = b[z * k * n + (spec.transposeB ? j * k + l : l * n + j)];
          sum += left * right;
        }
        c[(z * m + i) * n + j] = spec.relu ? Math.max(0, sum) : sum;
      }
  return c;
}
