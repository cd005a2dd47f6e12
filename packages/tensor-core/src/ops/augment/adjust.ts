import {
  checkOptions,
  checkValue,
  number,
  type OptionTable,
  oneOf,
  oneOrMore,
  positive,
} from '@glassbox/options';
import { type Adjustment, adjustImages as adjustImagesKernel, adjustments } from '@glassbox/wgsl-kernels';
import { noGrad } from '../../autograd.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import type { NormalizeOptions } from '../gather/normalization.ts';
import { aTensor } from '../kinds.ts';
import { mean as meanOf } from '../reduce/reduce.ts';
import { imagesOf, requireShapeOf } from './images.ts';

/** Options of `adjustImages`. */
export interface AdjustImagesOptions extends NormalizeOptions {
  /** For `noise`: a random number for each value, as x. */
  readonly noise?: Tensor;
}

const adjustNames: OptionTable<AdjustImagesOptions> = {
  noise: aTensor,
  mean: oneOrMore(number),
  std: oneOrMore(positive),
};

/**
 * Changes brightness (p·a), contrast (m + (p - m)·a around the image's mean brightness m) or gamma (p^a), or adds noise
 * (p + z·a), and cuts off at black and white: torchvision's `adjust_brightness`, `adjust_contrast`, `adjust_gamma` and
 * `gaussian_noise`, with an amount a for each image.
 * @param x images [N,C,H,W], normalised by `mean` and `std` (default 0.5 each, as of data sets of bytes)
 * @param amounts [N]
 * @throws Error if x requires a gradient: it has none
 */
export function adjustImages(
  adjustment: Adjustment,
  x: Tensor,
  amounts: Tensor,
  options: AdjustImagesOptions = {},
): Tensor {
  checkValue('adjustImages', 'adjustment', adjustment, oneOf(...Object.keys(adjustments)));
  checkOptions('adjustImages', options, adjustNames);
  const { noise, mean = 0.5, std = 0.5 } = options;
  const images = imagesOf('adjustImages', x, options, [amounts, noise]);
  const [n, c] = x.shape;
  requireShapeOf('adjustImages', 'amounts', amounts, [n]);
  if ((adjustment === 'noise') !== (noise !== undefined)) {
    throw new TypeError("adjustImages: 'noise' takes the option noise, and nothing else does");
  }
  if (noise) requireShapeOf('adjustImages', 'noise', noise, x.shape);
  if (adjustment === 'contrast' && c !== 1 && c !== 3) {
    throw new RangeError(`adjustImages: contrast is of images with 1 or 3 channels, not [${x.shape}]`);
  }
  const { layout, runtime } = images;
  const y = empty(runtime, layout);
  const operands = {
    x: images,
    amounts,
    y,
    ...(noise ? { noise: toLayout(noise, layout) } : {}),
    ...(adjustment === 'contrast' ? { means: noGrad(() => meanOf(images, { dim: [2, 3] })) } : {}),
  };
  launch(adjustImagesKernel, [{ adjustment, layout, mean, std }], operands);
  return y;
}
