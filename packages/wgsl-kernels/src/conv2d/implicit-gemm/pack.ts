import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../../kernel.ts';
import type { Machine } from '../../machine.ts';
import { plus } from '../../matmul/arithmetic.ts';
import { type ImplicitGemm, innerLoopOf, targetVectors } from './gemm.ts';
import { type ConvTile, overhangs, planTiles } from './plan.ts';

/** A filter of fewer bytes stays in a core's second-level cache as it is. */
const enoughBytes = 1024 * 1024;
/** So many target pixels must be computed from it to pay for a copy. */
const enoughPixels = 512;
/** Rows of the filter that an invocation copies: whole cache lines where it writes. */
const rowsEach = 8;

/**
 * True if the filter is worth packing, as B of a matrix product is (`matmul/pack.ts`): a tile of channels walks down a
 * strip of it, whose rows lie so far apart that they push each other out of a CPU's caches.
 */
export function packsFilter(gemm: ImplicitGemm, { jumps }: Machine, tile: ConvTile): boolean {
  if (jumps !== 'costly' || innerLoopOf(gemm) !== 'splat' || tile.form === 'workgroup') return false;
  const plan = planTiles(gemm, tile);
  const large = 4 * gemm.weight.layout.size >= enoughBytes && plan.total >= enoughPixels;
  return large && plan.channelTiles > 1 && !overhangs(gemm, plan);
}

/**
 * Copies the filter into panels as wide as the tile: packed[panel][tap][source channel][vec4 of the panel]. Bindings:
 * weight or transposed, packed.
 */
export function packFilter(gemm: ImplicitGemm, { workgroupSize }: Machine, tile: ConvTile): Kernel {
  const { weight } = gemm;
  const { channels4, channelTiles } = planTiles(gemm, tile);
  const vectors = targetVectors(gemm);
  const rows = weight.layout.size / (4 * vectors);
  const copy = (j: number) => `packed[${plus('to', j)}] = ${weight.name}[${plus('at', j)}];`;
  return linearKernel({
    name: 'conv2dFilterPack',
    about: `
packed[panel][row][v] = ${weight.name}[row][panel*${channels4} + v], in vec4s; a row is a tap and a source channel.
${weight.name}: [${rows},${4 * vectors}], packed: [${channelTiles},${rows},${4 * channels4}]
One invocation: ${rowsEach} rows of one panel.`,
    bindings: [reads(weight.name, 'array<vec4<f32>>'), readsWrites('packed', 'array<vec4<f32>>')],
    invocations: Math.ceil(rows / rowsEach) * channelTiles,
    workgroupSize,
    constants: {
      ROWS: [rows, 'taps times source channels'],
      EACH: rowsEach,
      TARGET_C4: [vectors, 'vec4s of target channels'],
      VECTORS: [channels4, 'of them in a panel'],
      PANELS: channelTiles,
    },
    body: `
let panel = i % PANELS;
let first = i / PANELS * EACH;
let end = ${rows % rowsEach === 0 ? 'first + EACH' : 'min(first + EACH, ROWS)'};
for (var row = first; row < end; row++) {
  let at = row * TARGET_C4 + panel * VECTORS;
  let to = (panel * ROWS + row) * VECTORS;
  ${repeat(channels4, copy, '\n  ')}
}`,
    flop: 0,
    bytes: 8 * weight.layout.size,
  });
}
