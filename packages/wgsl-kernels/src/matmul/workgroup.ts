import { type Accumulators, partSums } from '../cascade.ts';
import { blockKernel, indent, type Kernel, reads, readsWrites, repeat } from '../kernel.ts';
import { guaranteed } from '../limits.ts';
import { plus } from './arithmetic.ts';
import { dotsTotal } from './dots.ts';
import type { MatmulPlan } from './form.ts';
import { matmulForms } from './forms.ts';
import { aboutMatmul, declare, masked, matmulConstants, placeParts, storeVector } from './parts.ts';
import type { MatmulSpec, MatmulTile } from './spec.ts';
import { transposedRow } from './transposed-result.ts';

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
  const block = `${blockRows} rows times ${4 * blockColumns4} columns; it holds ${4 * depth4} of k at a time`;
  const left = `left${transposeA ? '[k][vec4 of rows]' : '[row][vec4 of k]'}`;
  const right = `right${transposeB ? '[column][vec4 of k]' : '[k][vec4 of columns]'}`;
  return blockKernel({
    name: 'matmulWorkgroup',
    about: `${aboutMatmul(spec, plan)}One workgroup: ${down} x ${across} invocations, ${block}, in
${left} and ${right}.`,
    bindings: [
      reads('a', 'array<vec4<f32>>'),
      reads('b', 'array<vec4<f32>>'),
      ...(whole && spec.bias ? [reads('bias', 'array<vec4<f32>>')] : []),
      readsWrites(whole ? 'c' : 'partial', 'array<vec4<f32>>'),
    ],
    constants: {
      ...matmulConstants(spec, shared),
      ACROSS: [across, 'invocations along the columns'],
      BLOCK_ROWS: [blockRows, 'rows of a workgroup'],
      BLOCK_COLUMNS4: [blockColumns4, 'vec4s of columns of a workgroup'],
      ROW_BLOCKS: shared.rowBlocks,
      COLUMN_BLOCKS: shared.columnBlocks,
      DEPTH4: [depth4, 'vec4s of k in workgroup memory at a time'],
    },
    declarations: `
var<workgroup> left: array<vec4<f32>, BLOCK_ROWS * DEPTH4>;
var<workgroup> right: array<vec4<f32>, 4u * BLOCK_COLUMNS4 * DEPTH4>;`,
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
      `matmulWorkgroup: workgroupSize ${workgroupSize}, across ${across}: expected at most 256 invocations, and a ` +
        'divisor of them across',
    );
  }
  const down = workgroupSize / across;
  const blockRows = down * plan.rows;
  const blockColumns4 = across * plan.columns4;
  const depth4 = [4, 2, 1].find((one) => 4 * one * (blockRows + 4 * blockColumns4) <= workgroupWords);
  if (!depth4) {
    throw new RangeError(
      `matmulWorkgroup: ${blockRows} rows and ${4 * blockColumns4} columns exceed 16 KiB of workgroup memory; ` +
        'use a smaller tile',
    );
  }
  const rowBlocks = Math.ceil(plan.rowTiles / down);
  const columnBlocks = Math.ceil(plan.columnTiles / across);
  return { ...plan, workgroupSize, down, across, blockRows, blockColumns4, depth4, rowBlocks, columnBlocks };
}

function body(spec: MatmulSpec, plan: SharedPlan): string {
  const { slices, kBlock, form } = plan;
  const [begin, end] = slices > 1 ? ['kBegin', 'kEnd'] : ['0u', 'K'];
  const size = matmulForms[form].accumulators(plan);
  return `let row0 = block % ROW_BLOCKS * BLOCK_ROWS;
let column0 = block / ROW_BLOCKS % COLUMN_BLOCKS * BLOCK_COLUMNS4;
let localRow = local / ACROSS * TILE_ROWS;
let localColumn4 = local % ACROSS * TILE_COLUMNS4;
let row = row0 + localRow;
let column4 = column0 + localColumn4;
${placeParts(spec, plan, 'block / (ROW_BLOCKS * COLUMN_BLOCKS)')}
${declare(size)}
${kBlock === 0 ? '' : `${partSums(size, 'own').declared}\n`}for (var k0 = ${begin}; k0 < ${end}; k0 += 4u * DEPTH4) {
${indent(loads(spec, plan))}
  workgroupBarrier();
${indent(sums(spec, plan, begin, end, size))}
  workgroupBarrier();
}
if ((row < M) & (column4 < C_ROW4)) {
${indent(stores(spec, plan))}
}`;
}

/** Every invocation loads its share of the blocks; beyond the matrices, the last row or vec4 once more. */
function loads({ transposeA, transposeB }: MatmulSpec, plan: SharedPlan): string {
  const { depth4, blockRows, blockColumns4, workgroupSize } = plan;
  const shared = (name: string, count: number, size: string, source: (v: string) => string) =>
    repeat(Math.ceil(count / workgroupSize), (part) => {
      const v = plus('local', part * workgroupSize);
      const text = `${name}[${v}] = ${source(part === 0 ? v : `(${v})`)};`;
      return (part + 1) * workgroupSize > count ? `if (${v} < ${size}) { ${text} }` : text;
    });
  /** Stored along k: line `v / DEPTH4` of the block, vec4 `v % DEPTH4` of k. */
  const alongK = (matrix: string, line0: string, lines: string, row: string) => (v: string) => {
    const line = `min(${line0} + ${v} / DEPTH4, ${lines} - 1u)`;
    return `${matrix}[${matrix}0 + ${line} * ${row} + min(k0 / 4u + ${v} % DEPTH4, ${row} - 1u)]`;
  };
  /** Stored across k: one k in each line, `width` vec4s of it in the block. */
  const acrossK = (matrix: string, vector0: string, width: string, row: string) => (v: string) => {
    const vector = `min(${vector0} + ${v} % ${width}, ${row} - 1u)`;
    return `${matrix}[${matrix}0 + min(k0 + ${v} / ${width}, K - 1u) * ${row} + ${vector}]`;
  };
  const left = transposeA
    ? acrossK('a', 'row0 / 4u', '(BLOCK_ROWS / 4u)', 'A_ROW4')
    : alongK('a', 'row0', 'M', 'A_ROW4');
  const right = transposeB
    ? alongK('b', 'column0 * 4u', 'N', 'B_ROW4')
    : acrossK('b', 'column0', 'BLOCK_COLUMNS4', 'B_ROW4');
  return `${shared('left', blockRows * depth4, 'BLOCK_ROWS * DEPTH4', left)}
${shared('right', 4 * blockColumns4 * depth4, '4u * BLOCK_COLUMNS4 * DEPTH4', right)}`;
}

/** The products of one block, over its vec4s of k, and once more over what k % 4 leaves. */
function sums(spec: MatmulSpec, plan: SharedPlan, begin: string, end: string, size: Accumulators): string {
  const { k, transposeA = false } = spec;
  const { form, kBlock } = plan;
  const step = { rows: rowsStep, dots: dotsStep, transposedResult: transposedStep }[form];
  const last = `min(k0 + 4u * DEPTH4, ${end})`;
  const { within, added, cleared } = partSums(size, 'own');
  const loop = (count: string, lanes: number) => {
    const text = `for (var d = 0u; d < ${count}; d++) {\n${indent(step(plan, lanes, transposeA))}\n}`;
    if (kBlock === 0) return text;
    // Where a block of k ends, or all of it does: a multiple of the depth.
    return `${within(text)}
if (${last} == ${end} || (${last} - ${begin}) % K_BLOCK == 0u) {
${indent(added)}
${indent(cleared)}
}`;
  };
  if (form === 'dots') return loop(`(${last} - k0 + 3u) / 4u`, 4);
  const rest = k % 4;
  if (rest === 0) return loop(`(${last} - k0) / 4u`, 4);
  return `let whole = (min(${last}, K - ${rest}u) - k0) / 4u;
${loop('whole', 4)}
if (${last} == K) {
  let d = whole;
${indent(step(plan, rest, transposeA))}
}`;
}

function rowsStep({ rows, columns4 }: SharedPlan, lanes: number, transposed: boolean): string {
  const vector = (x: number) => `let v${x} = left[(${plus('localRow', x)}) * DEPTH4 + d];`;
  const loads = transposed ? '' : `${repeat(rows, vector)}\n`;
  const lane = (l: number) => {
    const k = `(d * 4u + ${l}u)`;
    const ofRows = (v: number) =>
      `let v${l}_${v} = left[${k} * (BLOCK_ROWS / 4u) + ${plus('localRow / 4u', v)}];`;
    const vectors = transposed ? `${repeat(rows / 4, ofRows, ' ')}\n` : '';
    const value = (x: number) =>
      transposed ? `v${l}_${Math.floor(x / 4)}.${'xyzw'[x % 4]}` : `v${x}.${'xyzw'[l]}`;
    const weight = (v: number) =>
      `let w${l}_${v} = right[${k} * BLOCK_COLUMNS4 + ${plus('localColumn4', v)}];`;
    const product = (x: number, v: number) => `acc${x}_${v} += ${value(x)} * w${l}_${v};`;
    const products = repeat(rows, (x) => repeat(columns4, (v) => product(x, v), ' '));
    return `${vectors}${repeat(columns4, weight, ' ')}\n${products}`;
  };
  return `${loads}${repeat(lanes, lane)}`;
}

function dotsStep({ rows }: SharedPlan): string {
  return `${repeat(rows, (x) => `let v${x} = left[(${plus('localRow', x)}) * DEPTH4 + d];`)}
${repeat(4, (y) => `let w${y} = right[(${plus('localColumn4 * 4u', y)}) * DEPTH4 + d];`)}
${repeat(rows, (x) => repeat(4, (y) => `acc${x}_${y} += v${x} * w${y};`, ' '))}`;
}

function transposedStep({ rows }: SharedPlan, lanes: number): string {
  const vectors = rows / 4;
  const lane = (l: number) => {
    const k = `(d * 4u + ${l}u)`;
    const weight = (v: number) =>
      `let w${l}_${v} = left[${k} * (BLOCK_ROWS / 4u) + ${plus('localRow / 4u', v)}];`;
    const product = (y: number, v: number) => `acc${y}_${v} += v${y}.${'xyzw'[l]} * w${l}_${v};`;
    return `${repeat(vectors, weight, ' ')}\n${repeat(4, (y) => repeat(vectors, (v) => product(y, v), ' '))}`;
  };
  return `${repeat(4, (y) => `let v${y} = right[(${plus('localColumn4 * 4u', y)}) * DEPTH4 + d];`)}
${repeat(lanes, lane)}`;
}

function stores(spec: MatmulSpec, plan: SharedPlan): string {
  const { rows, columns4, form } = plan;
  if (form === 'rows') {
    return repeat(rows, (x) =>
      repeat(columns4, (v) => storeVector(spec, plan, x, plus('column4', v), `acc${x}_${v}`, v > 0)),
    );
  }
  const value = { dots: dotsTotal, transposedResult: transposedRow }[form];
  return repeat(rows, (x) => storeVector(spec, plan, x, 'column4', masked(spec, value(x)), false));
}
