/**
 * Winograd's form of a 3x3 convolution with stride 1: F(2x2, 3x3) of Lavin and Gray, "Fast algorithms for convolutional
 * neural networks" (2016), https://arxiv.org/abs/1509.09308.
 *
 * In one dimension: two neighbouring outputs of a filter of three taps g0 g1 g2 depend on four inputs d0 … d3,
 *
 *   y0 = d0 g0 + d1 g1 + d2 g2        y1 = d1 g0 + d2 g1 + d3 g2,
 *
 * which are six products. Four are enough:
 *
 *   m0 = (d0 - d2) g0                    m1 = (d1 + d2) (g0 + g1 + g2) / 2
 *   m3 = (d1 - d3) g2                    m2 = (d2 - d1) (g0 - g1 + g2) / 2
 *   y0 = m0 + m1 + m2                    y1 = m1 - m2 - m3
 *
 * or, with * for the product element by element, y = A^T [(G g) * (B^T d)] with the matrices
 *
 *         1  0 -1  0             1    0    0
 *   B^T = 0  1  1  0       G =  1/2  1/2  1/2      A^T = 1  1  1  0
 *         0 -1  1  0            1/2 -1/2  1/2            0  1 -1 -1
 *         0  1  0 -1             0    0    1
 *
 * In two dimensions the same is done along columns and along rows: Y = A^T [(G g G^T) * (B^T d B)] A gives 2x2
 * outputs from 4x4 inputs with 16 products in place of 36. A convolution sums over channels; the sum may be taken
 * before A^T … A, and the filter transformed once for all tiles. So for each of the 16 elements (row a, column b of
 * the transformed tile) there is a matrix product of all tiles' transformed inputs [tiles, C] with the transformed
 * filter [C, K]: 16 C K multiply-adds for each tile of 4 pixels, where the direct form needs 36 C K. Transforms cost
 * additions only, in proportion to C and to K, so that the gain grows with the channels.
 *
 * The weight gradient is the same trick with another split of six products: see `weight-gradient.ts`.
 */
import type { Constants } from '../../constants.ts';
import { repeat } from '../../kernel.ts';
import type { Layout } from '../../layout.ts';
import { plus } from '../../matmul/arithmetic.ts';

/** The 2x2 tiles that cover an output image; the last row and column of them may reach over its edge. */
export interface TileGrid {
  readonly rows: number;
  readonly columns: number;
  /** Tiles of the whole batch. */
  readonly total: number;
}

/** @param layout [N,C,H,W] of the image that is computed. */
export function tileGrid({ shape: [n, , height, width] }: Layout): TileGrid {
  const rows = Math.ceil(height / 2);
  const columns = Math.ceil(width / 2);
  return { rows, columns, total: n * rows * columns };
}

/** The grid's numbers, for `placeTile`. */
export function gridConstants({ rows, columns, total }: TileGrid): Constants {
  return { TILES_Y: rows, TILES_X: columns, TILES: [total, 'of the batch'] };
}

/** Declares n, tileY and tileX of the tile with this number; numbers beyond the last mean the last. */
export function placeTile(number: string): string {
  return `let tile = min(${number}, TILES - 1u);
let n = tile / (TILES_Y * TILES_X);
let tileY = tile / TILES_X % TILES_Y;
let tileX = tile % TILES_X;`;
}

/** B^T applied to four values: the differences and sums that m0 … m3 multiply. */
export function inputRows(d: readonly string[]): string[] {
  return [`${d[0]} - ${d[2]}`, `${d[1]} + ${d[2]}`, `${d[2]} - ${d[1]}`, `${d[1]} - ${d[3]}`];
}

/** A^T applied to four values. */
export function outputRows(m: readonly string[]): string[] {
  return [`${m[0]} + ${m[1]} + ${m[2]}`, `${m[1]} - ${m[2]} - ${m[3]}`];
}

/** The numbers of a channels-last image that is read in tiles of 4x4, for `inputPixels`. */
export function inputConstants(source: Layout, padding: readonly [number, number]): Constants {
  const [, , height, width] = source.shape;
  return {
    IN_H: height,
    IN_W: width,
    IN_C4: [source.extents[1] / 4, 'vec4s of channels'],
    IN_ZEROS: [source.size / 4, 'where the zeros after the image begin'],
    PADDING_Y: padding[0],
    PADDING_X: padding[1],
  };
}

/**
 * Where in a channels-last image the 4x4 inputs of a tile begin, as WGSL over n, tileY and tileX: the vec4 of the
 * first channels of one pixel, or the zeros after the image for a pixel outside of it.
 */
export function inputPixels(source: Layout, padding: readonly [number, number], grid: TileGrid) {
  const [, , height, width] = source.shape;
  const mayMiss = (tiles: number, size: number, pad: number) => pad > 0 || 2 * tiles + 2 > size;
  const checkY = mayMiss(grid.rows, height, padding[0]);
  const checkX = mayMiss(grid.columns, width, padding[1]);
  /** @param row A u32 expression, 0 … 3. */
  return (row: string, column: number): string => {
    const y = `2u * tileY + ${row} - PADDING_Y`;
    const x = `${plus('2u * tileX', column)} - PADDING_X`;
    const index = `((n * IN_H + ${y}) * IN_W + ${x}) * IN_C4`;
    const inside = [...(checkY ? [`(${y} < IN_H)`] : []), ...(checkX ? [`(${x} < IN_W)`] : [])];
    return inside.length === 0 ? index : `select(IN_ZEROS, ${index}, ${inside.join(' & ')})`;
  };
}

/** `names(d, 2)` is d0, d1: the rows or columns of a small matrix. */
export function names(prefix: string, count = 4): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** Declares `prefix0 …` with these values. */
export function declareAll(prefix: string, values: readonly string[]): string {
  return repeat(values.length, (index) => `let ${prefix}${index} = ${values[index]};`, ' ');
}

/**
 * Floating-point operations of the products of all tiles and of the transforms of 4x4 and 2x2 values around them, in
 * all three kernels: fewer than the direct form's `conv2dFlop`.
 */
export function winogradFlop({ total }: TileGrid, inChannels: number, outChannels: number): number {
  return total * (2 * 16 * inChannels * outChannels + 32 * inChannels + 24 * outChannels);
}
