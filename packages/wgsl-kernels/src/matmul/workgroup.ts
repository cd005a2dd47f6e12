import { type Accumulators, partSums } from '../cascade.ts';
import { blockKernel, indent, type Kernel, reads, repeat, writes } from '../kernel.ts';
import { guaranteed } from '../machine.ts';
import { plus } from './arithmetic.ts';
import {
  blockOfK,
  declare,
  dotsTotal,
  type MatmulPlan,
  masked,
  placeParts,
  rowSize,
  storeVector,
  transposedRow,
} from './bodies.ts';
import type { MatmulSpec, MatmulTile } from './spec.ts';

/** A plan whose invocations work together in workgroups of `down` times `across`. */
interface SharedPlan extends MatmulPlan {
  readonly workgroupSize: number;
  /** Invocations along rows and along columns of C. */
  readonly down: number;
  readonly across: number;
  readonly blockRows: number;
  readonly blockColumns4: number;
  /** vec4s of k that lie in workgroup memory at a time. */
  readonly depth4: number;
  readonly rowBlocks: number;
  readonly columnBlocks: number;
}

/**
 * The product for hardware whose workgroup memory is faster than its caches: the invocations of a workgroup load a
 * block of A and one of B together, wait for each other, and add products from them. The three forms, the cutting of
 * k and the order of summation are those of `bodies.ts`, so that the sums have the same bits.
 * @throws RangeError if the tile does not fit WebGPU's default limits.
 */
export function productWorkgroupKernel(spec: MatmulSpec, plan: MatmulPlan, tile: MatmulTile): Kernel {
  const shared = planShared(plan, tile);
  const { m, k, n, batch = 1, transposeA, transposeB } = spec;
  const { layouts, slices, workgroupSize, down, across, blockRows, blockColumns4, depth4 } = shared;
  const whole = slices === 1;
  const epilogue = whole
    ? `${spec.bias ? ' + bias[j]' : ''}${spec.accumulate ? ' + c[i,j]' : ''}${spec.relu ? '; negative values become 0' : ''}`
    : '';
  return blockKernel({
    name: 'matmulWorkgroup',
    about: `
c[i,j] = sum_k A[i,k] B[k,j]${epilogue}
A: [${m},${k}]${transposeA ? ', stored transposed' : ''}, B: [${k},${n}]${transposeB ? ', stored transposed' : ''}, C: [${m},${n}]${batch > 1 ? `, ${batch} of each` : ''}; rows padded with zeros to multiples of 4.
${whole ? '' : `partial: ${slices} matrices like C, each for ${plan.sliceLength} of k\n`}One workgroup: ${down} x ${across} invocations, ${blockRows} rows times ${4 * blockColumns4} columns; it holds ${4 * depth4} of k at a time, in
left${transposeA ? '[k][vec4 of rows]' : '[row][vec4 of k]'} and right${transposeB ? '[column][vec4 of k]' : '[k][vec4 of columns]'}.`,
    bindings: [
      reads('a', 'array<vec4<f32>>'),
      reads('b', 'array<vec4<f32>>'),
      ...(whole && spec.bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      writes(whole ? 'c' : 'partial', 'array<vec4<f32>>'),
    ],
    declarations: `
var<workgroup> left: array<vec4<f32>, ${blockRows * depth4}>;
var<workgroup> right: array<vec4<f32>, ${4 * blockColumns4 * depth4}>;`,
    blocks: shared.rowBlocks * shared.columnBlocks * batch * slices,
    workgroupSize,
    body: body(spec, shared),
    flop: 2 * batch * m * k * n,
    bytes: 4 * (layouts.a.size + layouts.b.size + slices * layouts.c.size),
  });
}

/** Words of workgroup memory that WebGPU guarantees. */
const workgroupWords = 4096;

function planShared(plan: MatmulPlan, { across = 8, workgroupSize = 64 }: MatmulTile): SharedPlan {
  if (workgroupSize > guaranteed.invocationsPerWorkgroup || workgroupSize % across !== 0) {
    throw new RangeError(
      `matmulWorkgroup: workgroupSize ${workgroupSize}, across ${across}: expected at most 256 invocations, and a divisor of them across`,
    );
  }
  const down = workgroupSize / across;
  const blockRows = down * plan.rows;
  const blockColumns4 = across * plan.columns4;
  const depth4 = [4, 2, 1].find((one) => 4 * one * (blockRows + 4 * blockColumns4) <= workgroupWords);
  if (!depth4) {
    throw new RangeError(
      `matmulWorkgroup: ${blockRows} rows and ${4 * blockColumns4} columns exceed 16 KiB of workgroup memory; use a smaller tile`,
    );
  }
  const rowBlocks = Math.ceil(plan.rowTiles / down);
  const columnBlocks = Math.ceil(plan.columnTiles / across);
  return { ...plan, workgroupSize, down, across, blockRows, blockColumns4, depth4, rowBlocks, columnBlocks };
}

function body(spec: MatmulSpec, plan: SharedPlan): string {
  const { k, m } = spec;
  const { slices, depth4, across, rows, columns4, rowBlocks, columnBlocks, layouts } = plan;
  const [begin, end] = slices > 1 ? ['kBegin', 'kEnd'] : ['0u', `${k}u`];
  const [first, second] =
    plan.form === 'transposed' ? [4, rows / 4] : plan.form === 'dots' ? [rows, 4] : [rows, columns4];
  return `let row0 = block % ${rowBlocks}u * ${plan.blockRows}u;
let column0 = block / ${rowBlocks}u % ${columnBlocks}u * ${plan.blockColumns4}u;
let localRow = local / ${across}u * ${rows}u;
let localColumn4 = local % ${across}u * ${columns4}u;
let row = row0 + localRow;
let column4 = column0 + localColumn4;
${placeParts(spec, plan, `block / ${rowBlocks * columnBlocks}u`)}
${declare(first, second)}
${blockOfK(spec, plan) === 0 ? '' : `${partSums([first, second], 'own').declared}\n`}for (var k0 = ${begin}; k0 < ${end}; k0 += ${4 * depth4}u) {
${indent(loads(spec, plan))}
  workgroupBarrier();
${indent(sums(spec, plan, begin, end, [first, second]))}
  workgroupBarrier();
}
if ((row < ${m}u) & (column4 < ${rowSize(layouts.c)}u)) {
${indent(stores(spec, plan))}
}`;
}

/** Every invocation loads its share of the blocks; beyond the matrices, the last row or vec4 once more. */
function loads({ m, k, n, transposeA, transposeB }: MatmulSpec, plan: SharedPlan): string {
  const { layouts, depth4, blockRows, blockColumns4, workgroupSize } = plan;
  const [a, b] = [rowSize(layouts.a), rowSize(layouts.b)];
  const shared = (name: string, count: number, source: (v: string) => string) =>
    repeat(Math.ceil(count / workgroupSize), (part) => {
      const v = plus('local', part * workgroupSize);
      const text = `${name}[${v}] = ${source(part === 0 ? v : `(${v})`)};`;
      return (part + 1) * workgroupSize > count ? `if (${v} < ${count}u) { ${text} }` : text;
    });
  /** Stored along k: line `v / depth4` of the block, vec4 `v % depth4` of k. */
  const alongK = (matrix: string, line0: string, lines: number, size: number) => (v: string) =>
    `${matrix}[${matrix}0 + min(${line0} + ${v} / ${depth4}u, ${lines - 1}u) * ${size}u + min(k0 / 4u + ${v} % ${depth4}u, ${size - 1}u)]`;
  /** Stored across k: one k in each line, `width` vec4s of it in the block. */
  const acrossK = (matrix: string, vector0: string, width: number, size: number) => (v: string) =>
    `${matrix}[${matrix}0 + min(k0 + ${v} / ${width}u, ${k - 1}u) * ${size}u + min(${vector0} + ${v} % ${width}u, ${size - 1}u)]`;
  const left = transposeA ? acrossK('a', 'row0 / 4u', blockRows / 4, a) : alongK('a', 'row0', m, a);
  const right = transposeB ? alongK('b', 'column0 * 4u', n, b) : acrossK('b', 'column0', blockColumns4, b);
  return `${shared('left', blockRows * depth4, left)}
${shared('right', 4 * blockColumns4 * depth4, right)}`;
}

/** The products of one block, over its vec4s of k, and once more over what k % 4 leaves. */
function sums(spec: MatmulSpec, plan: SharedPlan, begin: string, end: string, size: Accumulators): string {
  const { k, transposeA = false } = spec;
  const { form, depth4 } = plan;
  const step = { rows: rowsStep, dots: dotsStep, transposed: transposedStep }[form];
  const block = blockOfK(spec, plan);
  const last = `min(k0 + ${4 * depth4}u, ${end})`;
  const { within, added, cleared } = partSums(size, 'own');
  const loop = (count: string, lanes: number) => {
    const text = `for (var d = 0u; d < ${count}; d++) {\n${indent(step(plan, lanes, transposeA))}\n}`;
    if (block === 0) return text;
    // Where a block of k ends, or all of it does: a multiple of the depth.
    return `${within(text)}
if (${last} == ${end} || (${last} - ${begin}) % ${block}u == 0u) {
${indent(added)}
${indent(cleared)}
}`;
  };
  if (form === 'dots') return loop(`(${last} - k0 + 3u) / 4u`, 4);
  const rest = k % 4;
  if (rest === 0) return loop(`(${last} - k0) / 4u`, 4);
  const whole = k - rest;
  return `let whole = (min(${last}, ${whole}u) - k0) / 4u;
${loop('whole', 4)}
if (${last} == ${k}u) {
  let d = whole;
${indent(step(plan, rest, transposeA))}
}`;
}

function rowsStep(plan: SharedPlan, lanes: number, transposed: boolean): string {
  const { rows, columns4, depth4, blockRows, blockColumns4 } = plan;
  const loads = transposed
    ? ''
    : `${repeat(rows, (x) => `let v${x} = left[(${plus('localRow', x)}) * ${depth4}u + d];`)}\n`;
  const lane = (l: number) => {
    const vectors = transposed
      ? `${repeat(rows / 4, (v) => `let v${l}_${v} = left[(d * 4u + ${l}u) * ${blockRows / 4}u + ${plus('localRow / 4u', v)}];`, ' ')}\n`
      : '';
    const value = (x: number) =>
      transposed ? `v${l}_${Math.floor(x / 4)}.${'xyzw'[x % 4]}` : `v${x}.${'xyzw'[l]}`;
    const weights = repeat(
      columns4,
      (v) => `let w${l}_${v} = right[(d * 4u + ${l}u) * ${blockColumns4}u + ${plus('localColumn4', v)}];`,
      ' ',
    );
    return `${vectors}${weights}\n${repeat(rows, (x) => repeat(columns4, (v) => `acc${x}_${v} += ${value(x)} * w${l}_${v};`, ' '))}`;
  };
  return `${loads}${repeat(lanes, lane)}`;
}

function dotsStep({ rows, depth4 }: SharedPlan): string {
  return `${repeat(rows, (x) => `let v${x} = left[(${plus('localRow', x)}) * ${depth4}u + d];`)}
${repeat(4, (y) => `let w${y} = right[(${plus('localColumn4 * 4u', y)}) * ${depth4}u + d];`)}
${repeat(rows, (x) => repeat(4, (y) => `acc${x}_${y} += v${x} * w${y};`, ' '))}`;
}

function transposedStep({ rows, depth4, blockRows }: SharedPlan, lanes: number): string {
  const vectors = rows / 4;
  const lane = (l: number) => {
    const weights = repeat(
      vectors,
      (v) => `let w${l}_${v} = left[(d * 4u + ${l}u) * ${blockRows / 4}u + ${plus('localRow / 4u', v)}];`,
      ' ',
    );
    const products = repeat(4, (y) =>
      repeat(vectors, (v) => `acc${y}_${v} += v${y}.${'xyzw'[l]} * w${l}_${v};`, ' '),
    );
    return `${weights}\n${products}`;
  };
  return `${repeat(4, (y) => `let v${y} = right[(${plus('localColumn4 * 4u', y)}) * ${depth4}u + d];`)}\n${repeat(lanes, lane)}`;
}

function stores(spec: MatmulSpec, plan: SharedPlan): string {
  const { rows, columns4, form } = plan;
  if (form === 'rows') {
    return repeat(rows, (x) =>
      repeat(columns4, (v) => storeVector(spec, plan, x, plus('column4', v), `acc${x}_${v}`, v > 0)),
    );
  }
  const value = { dots: dotsTotal, transposed: transposedRow }[form];
  return repeat(rows, (x) => storeVector(spec, plan, x, 'column4', masked(spec, value(x)), false));
}
