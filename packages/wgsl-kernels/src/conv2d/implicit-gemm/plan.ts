import { type Accumulators, apart } from '../../cascade.ts';
import type { Constants } from '../../constants.ts';
import { isPlanar } from '../../layout.ts';
import { type AxisText, classCount, far, stepCount } from './axis.ts';
import { type ImplicitGemm, innerLoopOf, targetVectors } from './gemm.ts';

/**
 * What one invocation computes. On CPUs with 16 vector registers pixels times channels4 should be 8 to 10: fewer do not
 * hide the latency of a multiply-add, more leave no register for the weights.
 */
export interface ConvTile {
  /** Where the pixels lie: neighbours in the image (`pixels.ts`) unless given. */
  readonly form?: TileForm;
  /** Pixels that an invocation computes. */
  readonly pixels: number;
  /** `vec4`s of output channels. */
  readonly channels4: number;
  /** Invocations per workgroup, if not the device's usual number. */
  readonly workgroupSize?: number;
  /**
   * Of the form `workgroup`: so many invocations of a workgroup lie along the channels, the others along pixels. At
   * least `pixels`, and a divisor of `workgroupSize`.
   */
  readonly across?: number;
}

/**
 * `images`: one position in neighbouring images (`images.ts`). `rows`: a whole row of the target (`rows.ts`).
 * `workgroup`: source pixels and weights are shared in workgroup memory (`workgroup.ts`).
 */
export type TileForm = 'images' | 'rows' | 'workgroup';

/** 32 pixels times 32 channels a workgroup: what kernels with workgroup memory use unless told otherwise. */
export const workgroupTile: ConvTile = {
  form: 'workgroup',
  pixels: 4,
  channels4: 1,
  across: 8,
  workgroupSize: 64,
};

/** The WGSL along both axes. */
export interface AxisTexts {
  readonly y: AxisText;
  readonly x: AxisText;
}

/** How the target's pixels and channels are divided among invocations. */
export interface Plan extends ConvTile {
  /** Target positions of one residue class: rows and columns (padding columns of a planar target are positions too). */
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
  /** An invocation computes its pixels of every class; then `classes` is 1. */
  readonly allClasses: boolean;
  readonly channelTiles: number;
  /** Pixels of one class in the whole batch, and tiles of them. */
  readonly total: number;
  readonly tiles: number;
  /** Pixel tiles that are finished for all channels and classes before the next begin: their source stays in cache. */
  readonly run: number;
  readonly runs: number;
}

const runBytes = 64 * 1024;

export function planTiles(gemm: ImplicitGemm, tile: ConvTile): Plan {
  const { source, target } = gemm;
  const { pixels } = tile;
  const [n, b] = target.layout.shape;
  const channels4 = Math.min(tile.channels4, targetVectors(gemm));
  const rows = stepCount(gemm.rows, gemm.rows.target);
  const columns = stepCount(gemm.columns, isPlanar(b) ? target.layout.extents[3] : gemm.columns.target);
  const residues = classCount(gemm.rows) * classCount(gemm.columns);
  const allClasses = innerLoopOf(gemm) === 'dot' && residues > 1;
  const classes = allClasses ? 1 : residues;
  const channelTiles = Math.ceil(targetVectors(gemm) / channels4);
  const total = n * rows * columns;
  const tiles = tile.form === 'images' ? Math.ceil(n / pixels) * rows * columns : Math.ceil(total / pixels);
  const images = Math.max(1, (runBytes * n) / (4 * source.layout.size));
  const wanted = Math.max(8, (images * rows * columns) / pixels);
  const run =
    channelTiles * classes === 1 ? tiles : Math.ceil(tiles / Math.max(1, Math.round(tiles / wanted)));
  const runs = Math.ceil(tiles / run);
  return { pixels, channels4, rows, columns, classes, allClasses, channelTiles, total, tiles, run, runs };
}

/** The numbers in the texts of these kernels. */
export function gemmConstants(gemm: ImplicitGemm, plan: Plan): Constants {
  const { source, target, weight, rows, columns } = gemm;
  const vectors = targetVectors(gemm);
  const planar = isPlanar(source.layout.shape[1]);
  const scalarWeight = readsScalarWeights(gemm);
  return {
    IMAGES: target.layout.shape[0],
    SOURCE_H: rows.source,
    SOURCE_W: columns.source,
    SOURCE_C: source.layout.shape[1],
    SOURCE_C4: [source.layout.extents[1] / 4, 'vec4s of channels'],
    SOURCE_ROW: [source.layout.extents[3], 'words of a row, padding included'],
    SOURCE_PLANE: [source.layout.strides[1], 'words of a channel'],
    SOURCE_IMAGE: source.layout.strides[0] / 4,
    ZEROS: [source.layout.size / (planar ? 1 : 4), 'where the zeros after the source begin'],
    TARGET_H: rows.target,
    TARGET_W: columns.target,
    TARGET_C: target.layout.shape[1],
    TARGET_C4: [vectors, 'vec4s of channels'],
    TARGET_ROW: [target.layout.extents[3], 'words of a row, padding included'],
    TARGET_PLANE: [target.layout.strides[1], 'words of a channel'],
    TARGET_IMAGE: target.layout.strides[0] / 4,
    R: rows.taps,
    S: columns.taps,
    STRIDE_Y: rows.stride,
    STRIDE_X: columns.stride,
    PADDING_Y: rows.padding,
    PADDING_X: columns.padding,
    DILATION_Y: rows.dilation,
    DILATION_X: columns.dilation,
    FAR: [far, 'a position that no image reaches'],
    TAP: [tapSize(gemm) / (scalarWeight ? 1 : 4), 'from the weights of one tap to those of the next'],
    PANEL: [
      rows.taps * columns.taps * source.layout.extents[1],
      'from a vec4 of channels to the next, in packed',
    ],
    WEIGHT_ROW: [
      weight.layout.strides[weight.sourceDim],
      'from the weights of one source channel to the next',
    ],
    STEPS_Y: [plan.rows, 'target rows of one residue class'],
    STEPS_X: [plan.columns, 'target columns of one residue class'],
    PIXELS: [plan.pixels, 'in a tile'],
    VECTORS: [plan.channels4, 'vec4s of target channels in a tile'],
    LAST_PIXEL: plan.total - 1,
    TILES: [plan.tiles, 'tiles of pixels'],
    RUN: [plan.run, 'tiles of pixels that are finished for all channels before the next begin'],
    CHANNEL_TILES: plan.channelTiles,
    CLASSES: [plan.classes, 'residue classes'],
    BLOCK: [channelBlock, 'vec4s of source channels that are summed by themselves'],
  };
}

/** Distance in words between filter taps: padded source channels times padded target channels. */
function tapSize({ weight }: ImplicitGemm): number {
  return weight.layout.extents[0] * weight.layout.extents[1];
}

/** True if the weights of neighbouring source channels do not lie together where a dot product needs them. */
export function readsScalarWeights(gemm: ImplicitGemm): boolean {
  const { layout, sourceDim } = gemm.weight;
  return innerLoopOf(gemm) === 'dot' && layout.strides[sourceDim] !== 1;
}

/** Products of one target value beyond which they are summed in parts (`cascade.ts`). */
const manyProducts = 2048;
/** Products of a row of taps beyond which parts of it are summed by themselves too. */
const manyInRow = 512;
/** vec4s of source channels in such a part: a multiple of what workgroup memory holds at a time. */
export const channelBlock = 48;

/** Which parts of a long sum are summed by themselves: rows of taps, and in them each tap or block of channels. */
export function partsOf({ source, rows, columns }: ImplicitGemm): {
  readonly ofRow: boolean;
  readonly ofTap: boolean;
} {
  const inRow = columns.taps * source.layout.shape[1];
  const ofRow = rows.taps * inRow > manyProducts;
  return { ofRow, ofTap: ofRow && inRow > manyInRow };
}

/** The accumulators that the text of a kernel adds to. */
export function accumulatorsOf(gemm: ImplicitGemm, plan: Plan): Accumulators {
  return [plan.pixels, columnsOf(gemm, plan)];
}

/** WGSL of a row of taps, summed by itself where the sum is long. */
export function rowOfTaps(gemm: ImplicitGemm, plan: Plan, text: string): string {
  return partsOf(gemm).ofRow ? apart(accumulatorsOf(gemm, plan), 'line', text) : text;
}

/** Number of accumulators per pixel: vec4s of channels, or single channels in the loop `dot`. */
export function columnsOf(gemm: ImplicitGemm, plan: Plan): number {
  return innerLoopOf(gemm) === 'dot' ? gemm.target.layout.shape[1] : plan.channels4;
}

/** True if the last channel tile reaches beyond the channels: its surplus vec4s are computed twice and not stored. */
export function overhangs(gemm: ImplicitGemm, { channelTiles, channels4 }: Plan): boolean {
  return channelTiles > 1 && channelTiles * channels4 !== targetVectors(gemm);
}
