import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import type { Machine } from '../machine.ts';
import type { MatmulPlan } from './form.ts';
import { matmulConstants, rowSize } from './parts.ts';
import type { MatmulSpec } from './spec.ts';

/** B of fewer bytes stays in a core's caches as it is. */
const enoughBytes = 128 * 1024;
/** So many row tiles must read a packed panel to pay for it. */
const enoughRows = 64;
const enoughDepth = 64;
/** Rows of B that an invocation copies: whole cache lines where it writes. */
const rowsEach = 8;

/**
 * True if B is worth packing on this machine: a CPU whose caches have a few places for each address modulo 4 KiB. A
 * row tile walks down a strip of B, and rows that lie a power of two apart all want the same places; packed, the
 * strip lies in one piece.
 */
export function packs(
  { m, k, n, batch = 1, transposeA = false }: MatmulSpec,
  { form, slices }: MatmulPlan,
  { jumps }: Machine,
): boolean {
  const possible = jumps === 'costly' && form === 'rows' && !transposeA && batch === 1 && slices === 1;
  return possible && m >= enoughRows && k >= enoughDepth && 4 * k * n >= enoughBytes;
}

/** Words of packed B. */
export function packedWords({ k }: MatmulSpec, { columnTiles, columns4 }: MatmulPlan): number {
  return 4 * k * columnTiles * columns4;
}

/**
 * Copies B into panels as wide as a register tile: packed[panel][k][vec4 of the panel]. What lies beyond the last
 * column is
 * 0. Bindings: b, packed.
 */
export function packKernel(spec: MatmulSpec, plan: MatmulPlan, { workgroupSize }: Machine): Kernel {
  const { k, n } = spec;
  const { columnTiles, columns4, layouts, turned } = plan;
  const from = turned?.b ?? 'b';
  const blocks = Math.ceil(k / rowsEach);
  const overhangs = columnTiles * columns4 > rowSize(layouts.b);
  const copy = (v: number) => {
    const column = `panel * TILE_COLUMNS4 + ${v}u`;
    const to = `packed[(panel * K + k) * TILE_COLUMNS4 + ${v}u]`;
    const text = `${to} = ${from}[k * B_ROW4 + ${column}];`;
    const inside = `${column} < B_ROW4`;
    return overhangs && v > 0 ? `if (${inside}) { ${text} } else { ${to} = vec4<f32>(); }` : text;
  };
  return linearKernel({
    name: 'matmulPack',
    about: `
packed[panel][k][v] = B[k][panel*${columns4} + v], in vec4s.
B: [${k},${n}], rows padded with zeros to multiples of 4; packed: [${columnTiles},${k},${4 * columns4}]
One invocation: ${rowsEach} rows of one panel.`,
    bindings: [reads(from, 'array<vec4<f32>>'), readsWrites('packed', 'array<vec4<f32>>')],
    invocations: blocks * columnTiles,
    workgroupSize,
    constants: { ...matmulConstants(spec, plan), ROWS_EACH: rowsEach },
    body: `
let panel = i % COLUMN_TILES;
let first = i / COLUMN_TILES * ROWS_EACH;
let end = ${k % rowsEach === 0 ? 'first + ROWS_EACH' : 'min(first + ROWS_EACH, K)'};
for (var k = first; k < end; k++) {
  ${repeat(columns4, copy, '\n  ')}
}`,
    flop: 0,
    bytes: 4 * (layouts.b.size + packedWords(spec, plan)),
  });
}
