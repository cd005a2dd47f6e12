import {
  checkOptions,
  checkValue,
  list,
  type OptionTable,
  oneOf,
  positive,
  required,
  whole,
} from '@glassbox/options';
import {
  mixImages as mixImagesKernel,
  numbersInMix,
  numbersPerMix,
  type RandomMixesSpec,
  randomMixes as randomMixesKernel,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { launch } from '../../runtime/launch.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { type RandomSource, randomUniform } from '../random/random.ts';
import { imagesOf, requireShapeOf } from './images.ts';

/** Options of `randomMixes`. */
export type RandomMixesOptions = Omit<RandomMixesSpec, 'batch'>;

const mixesNames: OptionTable<RandomMixesOptions> = {
  size: required({ ...list(whole(1), 2), what: 'two whole numbers above 0: height and width' }),
  kind: required(oneOf('mixup', 'cutmix')),
  alpha: required(positive),
};

/**
 * Draws for `mixImages` how each image of a batch is mixed with another one, by MixUp or CutMix, with shares from
 * Beta(alpha, alpha): an image of a batch has a share of its own.
 * @returns for each image top, left, height and width of a box, its share in the box, and its share of the label:
 *   [batch,6]
 */
export function randomMixes(
  runtime: Runtime,
  batch: number,
  source: RandomSource,
  options: RandomMixesOptions,
): Tensor {
  checkValue('randomMixes', 'batch', batch, whole(1));
  checkOptions('randomMixes', options, mixesNames);
  const u = randomUniform(runtime, [batch, numbersPerMix], source);
  const mixes = empty(runtime, rowMajor([batch, numbersInMix]));
  launch(randomMixesKernel, [{ batch, ...options }], { u, mixes });
  return mixes;
}

/**
 * Mixes each image with the one before it in the batch, the first with the last: within its box it keeps its share,
 * elsewhere it stays.
 * @param x images [N,C,H,W]
 * @param mixes from `randomMixes`, [N,6]
 * @throws Error if x requires a gradient: it has none
 */
export function mixImages(x: Tensor, mixes: Tensor): Tensor {
  const images = imagesOf('mixImages', x, {}, [mixes]);
  requireShapeOf('mixImages', 'mixes', mixes, [x.shape[0], numbersInMix]);
  const y = empty(images.runtime, images.layout);
  launch(mixImagesKernel, [{ layout: images.layout }], { x: images, mixes, y });
  return y;
}
