import {
  checkOptions,
  checkValue,
  list,
  number,
  type OptionTable,
  oneOrMore,
  positive,
  required,
  share,
  whole,
} from '@glassbox/options';
import {
  eraseImages as eraseImagesKernel,
  numbersPerBox,
  type RandomBoxesSpec,
  randomBoxes as randomBoxesKernel,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { launch } from '../../runtime/launch.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { empty, type Tensor } from '../../tensor.ts';
import type { NormalizeOptions } from '../gather/normalization.ts';
import { type RandomSource, randomUniform } from '../random/random.ts';
import { imagesOf, isRange, normalised, requireShapeOf } from './images.ts';

/** Options of `randomBoxes`. */
export type RandomBoxesOptions = Omit<RandomBoxesSpec, 'batch'>;

const boxesNames: OptionTable<RandomBoxesOptions> = {
  size: required({ ...list(whole(1), 2), what: 'two whole numbers above 0: height and width' }),
  p: required(share),
  scale: required(isRange(0, 1, 'from 0 to 1')),
  ratio: required(isRange(1e-3, 1e3, 'from 1/1000 to 1000')),
};

/**
 * Random boxes for `eraseImages`, one for each image of a batch, as torchvision's RandomErasing draws them.
 * @returns for each image top, left, height and width, [batch,4]; height and width are 0 where an image gets none
 */
export function randomBoxes(
  runtime: Runtime,
  batch: number,
  source: RandomSource,
  options: RandomBoxesOptions,
): Tensor {
  checkValue('randomBoxes', 'batch', batch, whole(1));
  checkOptions('randomBoxes', options, boxesNames);
  const u = randomUniform(runtime, [batch, numbersPerBox], source);
  const boxes = empty(runtime, rowMajor([batch, 4]));
  launch(randomBoxesKernel, [{ batch, ...options }], { u, boxes });
  return boxes;
}

/** Options of `eraseImages`. */
export interface EraseImagesOptions extends NormalizeOptions {
  /** What is written, from 0 (black) to 1 (white), for all channels or each. Default 0. */
  readonly value?: number | readonly number[];
}

const eraseNames: OptionTable<EraseImagesOptions> = {
  value: oneOrMore(number),
  mean: oneOrMore(number),
  std: oneOrMore(positive),
};

/**
 * Writes one value into a box of each image.
 * @param x images [N,C,H,W], normalised by `mean` and `std` (default 0.5 each, as of data sets of bytes)
 * @param boxes top, left, height and width in pixels, [N,4]
 * @throws Error if x requires a gradient: it has none
 */
export function eraseImages(x: Tensor, boxes: Tensor, options: EraseImagesOptions = {}): Tensor {
  checkOptions('eraseImages', options, eraseNames);
  const images = imagesOf('eraseImages', x, options, [boxes]);
  const [n, c] = x.shape;
  requireShapeOf('eraseImages', 'boxes', boxes, [n, 4]);
  const { layout, runtime } = images;
  const y = empty(runtime, layout);
  const value = normalised('eraseImages', options.value ?? 0, c, options);
  launch(eraseImagesKernel, [{ layout, value }], { x: images, boxes, y });
  return y;
}
