import { checkOptions, number, type OptionTable, oneOrMore, share } from '@glassbox/options';
import { eraseImages, type RandomSource, randomBoxes, type Tensor } from '@glassbox/tensor-core/functions';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { type NormalizedOptions, normalizedNames, RandomModule, rangeOf } from './random-module.ts';

/** Options of `RandomErasing`: how often, how large, and what is written. */
export interface RandomErasingOptions extends NormalizedOptions {
  /** Share of the images that get a box. Default 0.5. */
  readonly p?: number;
  /** Share of the image that the box covers. Default [0.02, 0.33]. */
  readonly scale?: readonly [number, number];
  /** Height of the box divided by its width. Default [0.3, 3.3]. */
  readonly ratio?: readonly [number, number];
  /** What is written, from 0 (black) to 1 (white), for all channels or each. Default 0. */
  readonly value?: number | readonly number[];
}

const erasingNames: OptionTable<RandomErasingOptions> = {
  ...normalizedNames,
  p: share,
  scale: rangeOf(0, 1, 'from 0 to 1'),
  ratio: rangeOf(1e-3, 1e3, 'from 1/1000 to 1000'),
  value: oneOrMore(number),
};

/** Writes one value into a box of the image with probability p (Zhong et al., 2017), also called cutout. */
export class RandomErasing extends RandomModule {
  readonly #options: RandomErasingOptions;

  constructor(init: Init, options: RandomErasingOptions = {}) {
    super(init);
    checkOptions('RandomErasing', options, erasingNames);
    this.#options = options;
  }

  override extraRepr(): string {
    const { p = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 } = this.#options;
    return members({ p, scale, ratio, value });
  }

  protected changed(x: Tensor, source: RandomSource): Tensor {
    const { p = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], ...written } = this.#options;
    const [n, , h, w] = x.shape;
    const boxes = randomBoxes(x.runtime, n, source, { size: [h, w], p, scale, ratio });
    return eraseImages(x, boxes, written);
  }
}
