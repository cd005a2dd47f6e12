import { type Accumulators, apart } from '../cascade.ts';
import type { Tuning } from '../kernel.ts';
import { isPlanar, type Layout } from '../layout.ts';
import { type Axis, type AxisText, classCount, stepCount } from './axis.ts';
import type { ConvEpilogue } from './epilogue.ts';
import type { ConvTile } from './spec.ts';

/** A sum over filter taps and source channels for every pixel of a target image: see `gather.ts`. */
export interface Gather {
  readonly name: string;
  readonly about: string;
  readonly source: { readonly name: string; readonly layout: Layout };
  readonly target: { readonly name: string; readonly layout: Layout };
  /** Which logical dimension of the filter [K,C,R,S] runs over source channels: 1 forward, 0 backward. */
  readonly weight: { readonly layout: Layout; readonly sourceDim: 0 | 1 };
  readonly rows: Axis;
  readonly columns: Axis;
  readonly bias: boolean;
  readonly relu: boolean;
  readonly batchNorm?: ConvEpilogue['batchNorm'];
  readonly flop: number;
}

/** The WGSL along both axes. */
export interface AxisTexts {
  readonly y: AxisText;
  readonly x: AxisText;
}

export type Form = 'splat' | 'planar' | 'dot';

/** How the target's pixels and channels are divided among invocations. */
export interface Plan extends ConvTile {
  readonly form: Form;
  /**
   * Target positions of one residue class: rows and columns (padding columns of a planar target are positions
   * too).
   */
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
  /** An invocation computes its pixels of every class; then `classes` is 1. */
  readonly allClasses: boolean;
  readonly channelTiles: number;
  /** Pixels of one class in the whole batch, and tiles of them. */
  readonly total: number;
  readonly tiles: number;
  /**
   * So many pixel tiles are finished for all channels and classes before the next ones begin: their source
   * stays in cache.
   */
  readonly run: number;
  readonly runs: number;
}

const runBytes = 64 * 1024;

export function formOf({ source, target }: Gather): Form {
  if (isPlanar(source.layout.shape[1])) return 'planar';
  return isPlanar(target.layout.shape[1]) ? 'dot' : 'splat';
}

export function defaultTile(gather: Gather, { loads }: Tuning): ConvTile {
  const form = formOf(gather);
  const channels = gather.target.layout.shape[1];
  const groups = isPlanar(channels) ? 1 : gather.target.layout.extents[1] / 4;
  if (form === 'dot') return { pixels: 4, channels4: 1 };
  if (form === 'planar') {
    return { pixels: [8, 4, 3, 2][Math.min(groups, 4) - 1], channels4: Math.min(groups, 4) };
  }
  if (loads === 'dear') return { pixels: 8, channels4: Math.min(groups, 4) };
  // Measured on the wasm device, as shares of the peak; channels beyond the last are computed in vain.
  const tiles = [
    { pixels: 2, channels4: 4, share: 0.94 },
    { pixels: 5, channels4: 2, share: 0.93 },
    { pixels: 3, channels4: 3, share: 0.8 },
    { pixels: 8, channels4: 1, share: 0.6 },
  ];
  const gain = ({ channels4, share }: (typeof tiles)[0]) =>
    (share * groups) / (Math.ceil(groups / channels4) * channels4);
  const { pixels, channels4 } = tiles.reduce((best, one) => (gain(one) > gain(best) ? one : best));
  return { pixels, channels4 };
}

export function planTiles(gather: Gather, tile: ConvTile): Plan {
  const { source, target } = gather;
  const { pixels } = tile;
  const [n, b] = target.layout.shape;
  const channels4 = isPlanar(b) ? 1 : Math.min(tile.channels4, target.layout.extents[1] / 4);
  const rows = stepCount(gather.rows, gather.rows.target);
  const columns = stepCount(gather.columns, isPlanar(b) ? target.layout.extents[3] : gather.columns.target);
  const form = formOf(gather);
  const allClasses = form === 'dot' && classCount(gather.rows) * classCount(gather.columns) > 1;
  const classes = allClasses ? 1 : classCount(gather.rows) * classCount(gather.columns);
  const channelTiles = isPlanar(b) ? 1 : Math.ceil(target.layout.extents[1] / 4 / channels4);
  const total = n * rows * columns;
  const tiles = tile.overImages ? Math.ceil(n / pixels) * rows * columns : Math.ceil(total / pixels);
  const images = Math.max(1, (runBytes * n) / (4 * source.layout.size));
  const wanted = Math.max(8, (images * rows * columns) / pixels);
  const run =
    channelTiles * classes === 1 ? tiles : Math.ceil(tiles / Math.max(1, Math.round(tiles / wanted)));
  const runs = Math.ceil(tiles / run);
  return {
    form,
    pixels,
    channels4,
    rows,
    columns,
    classes,
    allClasses,
    channelTiles,
    total,
    tiles,
    run,
    runs,
  };
}

/** Products of one target value beyond which they are summed in parts (`cascade.ts`). */
const manyProducts = 2048;
/** Products of a row of taps beyond which parts of it are summed by themselves too. */
const manyInRow = 512;
/** vec4s of source channels in such a part: a multiple of what workgroup memory holds at a time. */
export const channelBlock = 48;

/**
 * Which parts of a long sum are summed by themselves: each row of taps, and within it each tap or block of channels.
 */
export function partsOf({ source, rows, columns }: Gather): {
  readonly ofRow: boolean;
  readonly ofTap: boolean;
} {
  const inRow = columns.taps * source.layout.shape[1];
  const ofRow = rows.taps * inRow > manyProducts;
  return { ofRow, ofTap: ofRow && inRow > manyInRow };
}

/** The accumulators that the text of a kernel adds to. */
export function accumulatorsOf(gather: Gather, plan: Plan): Accumulators {
  return [plan.pixels, columnsOf(gather, plan)];
}

/** WGSL of a row of taps, summed by itself where the sum is long. */
export function rowOfTaps(gather: Gather, plan: Plan, text: string): string {
  return partsOf(gather).ofRow ? apart(accumulatorsOf(gather, plan), 'line', text) : text;
}

/** Number of accumulators per pixel: vec4s of channels, or single channels in the dot form. */
export function columnsOf({ target }: Gather, plan: Plan): number {
  return plan.form === 'dot' ? target.layout.shape[1] : plan.channels4;
}

/**
 * True if the last channel tile reaches beyond the channels: its surplus vec4s are computed twice and not
 * stored.
 */
export function overhangs({ target }: Gather, plan: Plan): boolean {
  return plan.channelTiles * plan.channels4 * 4 !== target.layout.extents[1] && plan.channelTiles > 1;
}
