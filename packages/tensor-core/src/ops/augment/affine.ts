import {
  atLeast0,
  checkOptions,
  checkValue,
  type Kind,
  list,
  number,
  type OptionTable,
  oneOf,
  oneOrMore,
  pair,
  positive,
  share,
  whole,
} from '@glassbox/options';
import {
  affineImages as affineImagesKernel,
  imageLayout,
  numbersPerMatrix,
  type RandomMatricesSpec,
  randomMatrices as randomMatricesKernel,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { launch } from '../../runtime/launch.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { empty, type Tensor } from '../../tensor.ts';
import type { NormalizeOptions } from '../gather/normalization.ts';
import { type RandomSource, randomUniform } from '../random/random.ts';
import { imagesOf, isRange, normalised, requireShapeOf } from './images.ts';

/** Options of `randomMatrices`: without any of them each matrix leaves its image as it is. */
export type RandomMatricesOptions = Omit<RandomMatricesSpec, 'batch'>;

const slants: Kind = {
  what: 'four numbers from -89 to 89: least and largest along x, then along y',
  fits: (value) => {
    if (!list(number, 4).fits(value)) return false;
    const [a, b, c, d] = value as readonly number[];
    return -89 <= a && a <= b && b <= 89 && -89 <= c && c <= d && d <= 89;
  },
};
const pixels: Kind = { what: '', fits: (value) => atLeast0.fits(value) && (value as number) <= 1e6 };

const matricesNames: OptionTable<RandomMatricesOptions> = {
  flip: { ...list(share, 2), what: 'two numbers from 0 to 1' },
  degrees: isRange(-1e4, 1e4, 'of degrees from -10,000 to 10,000'),
  translate: { ...list(pixels, 2), what: 'two numbers of pixels from 0 to 1,000,000' },
  scale: isRange(1e-6, 1e6, 'from 1/1,000,000 to 1,000,000'),
  shear: slants,
  places: { ...list(whole(1, 2 ** 20), 2), what: 'two whole numbers from 1 to 2^20' },
};

/**
 * Random matrices for `affineImages`, one for each image of a batch: mirror images, turns, shifts, changes of size and
 * slants as torchvision's RandomAffine draws them, or windows as RandomCrop.
 * @returns [batch,2,3], in pixels from the middle of the images
 */
export function randomMatrices(
  runtime: Runtime,
  batch: number,
  source: RandomSource,
  options: RandomMatricesOptions = {},
): Tensor {
  checkValue('randomMatrices', 'batch', batch, whole(1));
  checkOptions('randomMatrices', options, matricesNames);
  const u = randomUniform(runtime, [batch, numbersPerMatrix], source);
  const matrices = empty(runtime, rowMajor([batch, 2, 3]));
  launch(randomMatricesKernel, [{ batch, ...options }], { u, matrices });
  return matrices;
}

/** Options of `affineImages`. */
export interface AffineImagesOptions extends NormalizeOptions {
  /** Height and width of the result. Default: as the images. */
  readonly size?: number | readonly [number, number];
  /** How a place between pixels is read: `nearest` (the default, as in torchvision) or, smoother, `bilinear`. */
  readonly interpolation?: 'nearest' | 'bilinear';
  /** What is seen outside of an image, from 0 (black) to 1 (white), for all channels or each. Default 0. */
  readonly fill?: number | readonly number[];
  /** `edge`: the nearest pixel of the image is seen instead of `fill`. Default `constant`. */
  readonly paddingMode?: 'constant' | 'edge';
}

const affineNames: OptionTable<AffineImagesOptions> = {
  size: pair(whole(1)),
  interpolation: oneOf('nearest', 'bilinear'),
  fill: oneOrMore(number),
  paddingMode: oneOf('constant', 'edge'),
  mean: oneOrMore(number),
  std: oneOrMore(positive),
};

/**
 * Images seen through matrices: the pixel at place p of the result, measured from its middle, is the image's at
 * M (p, 1), measured from its middle, in pixels (x to the right, y downwards). In PyTorch,
 * `grid_sample(x, affine_grid(theta, …), align_corners=False)`, where theta's lengths are halves of the image's.
 * @param x images [N,C,H,W], normalised by `mean` and `std` (default 0.5 each, as of data sets of bytes)
 * @param matrices [N,2,3]
 * @throws Error if x requires a gradient: it has none
 */
export function affineImages(x: Tensor, matrices: Tensor, options: AffineImagesOptions = {}): Tensor {
  checkOptions('affineImages', options, affineNames);
  const images = imagesOf('affineImages', x, options, [matrices]);
  const [n, c, h, w] = x.shape;
  requireShapeOf('affineImages', 'matrices', matrices, [n, 2, 3]);
  const { interpolation = 'nearest', paddingMode = 'constant', fill = 0, size = [h, w] } = options;
  const shape = [n, c, ...(typeof size === 'number' ? [size, size] : size)];
  const y = empty(x.runtime, imageLayout(shape));
  const seen = paddingMode === 'edge' ? 'edge' : normalised('affineImages', fill, c, options);
  const spec = { x: images.layout, y: y.layout, interpolation, fill: seen } as const;
  launch(affineImagesKernel, [spec], { x: images, matrices, y });
  return y;
}
