import { checkOptions, flag, type OptionTable, oneOf, pair, positive, whole } from '@glassbox/options';
import { linearTaps, nearestTaps, type Scale } from '@glassbox/wgsl-kernels';
import type { Tensor } from '../../tensor.ts';
import { requireImages } from './images.ts';
import { resample } from './resample.ts';

/** What `interpolate` makes of images: give `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** Height and width of the result; one number for both. */
  readonly size?: number | readonly [number, number];
  /** How many times as high and wide; the size is rounded down. One number for both. */
  readonly scaleFactor?: number | readonly [number, number];
  /** `nearest` (the default) takes the nearest pixel, `bilinear` a mean of four by their distances. */
  readonly mode?: 'nearest' | 'bilinear';
  /** Of `bilinear`: the middles of the corner pixels stay the corners, not their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

const optionNames: OptionTable<InterpolateOptions> = {
  size: pair(whole(1)),
  scaleFactor: pair(positive),
  mode: oneOf('nearest', 'bilinear'),
  alignCorners: flag,
};

/**
 * Images of another size, [N,C,H,W] to [N,C,P,Q], as torch.nn.functional.interpolate. Gradient: each pixel gets what it
 * gave.
 * @throws RangeError unless one of size and scaleFactor is given.
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  checkInterpolate('interpolate', options);
  requireImages('interpolate', x);
  const { size, scaleFactor, mode = 'nearest', alignCorners = false } = options;
  const scale = (dim: 0 | 1): Scale => {
    if (size !== undefined) return { to: typeof size === 'number' ? size : size[dim] };
    const factor = typeof scaleFactor === 'number' ? scaleFactor : scaleFactor![dim];
    const to = Math.floor(x.shape[2 + dim] * factor);
    if (to >= 1) return { to, step: 1 / factor };
    throw new RangeError(`interpolate: scaleFactor ${factor} leaves nothing of [${x.shape}]`);
  };
  const taps = (dim: 0 | 1) =>
    mode === 'nearest'
      ? nearestTaps(x.shape[2 + dim], scale(dim))
      : linearTaps(x.shape[2 + dim], scale(dim), alignCorners);
  return resample('interpolate', resample('interpolate', x, 2, taps(0)), 3, taps(1));
}

/** Checks options of `interpolate` before there are images. @throws RangeError if they do not go together. */
export function checkInterpolate(who: string, options: InterpolateOptions): void {
  checkOptions(who, options, optionNames);
  const { size, scaleFactor, mode = 'nearest', alignCorners } = options;
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new RangeError(`${who}: give either size or scaleFactor`);
  }
  if (mode === 'nearest' && alignCorners !== undefined) {
    throw new RangeError(`${who}: alignCorners is for mode 'bilinear'; leave it out`);
  }
}
