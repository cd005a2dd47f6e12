import { atLeast0, checkOptions, type OptionTable, required } from '@glassbox/options';
import {
  adjustImages,
  full,
  type RandomSource,
  randomNormal,
  randomUniform,
  type Tensor,
} from '@glassbox/tensor-core/functions';
import { Module } from '../module/module.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import {
  type NormalizedOptions,
  type NumberOrRange,
  normalizedNames,
  numberOrRange,
  RandomModule,
  rangeOf,
} from './random-module.ts';

const largest = 1e6;

/** An amount for each image from a range. */
class RandomAdjustment extends RandomModule {
  readonly #adjustment: 'brightness' | 'contrast' | 'gamma';
  readonly #range: readonly [number, number];
  readonly #normalization: NormalizedOptions;

  constructor(
    init: Init,
    adjustment: 'brightness' | 'contrast' | 'gamma',
    range: readonly [number, number],
    { mean, std }: NormalizedOptions,
  ) {
    super(init);
    this.#adjustment = adjustment;
    this.#range = range;
    this.#normalization = {
      ...(mean === undefined ? {} : { mean }),
      ...(std === undefined ? {} : { std }),
    };
  }

  override extraRepr(): string {
    return members({ [this.#adjustment]: this.#range });
  }

  protected changed(x: Tensor, source: RandomSource): Tensor {
    const [low, high] = this.#range;
    const amounts = randomUniform(x.runtime, [x.shape[0]], source, { low, high });
    return adjustImages(this.#adjustment, x, amounts, this.#normalization);
  }
}

/** Options of `ColorJitter`: what changes, and by how much. */
export interface ColorJitterOptions extends NormalizedOptions {
  /** Factors from 1 - b (or 0) to 1 + b, or from a range. Default none. */
  readonly brightness?: NumberOrRange;
  /** The same, around the image's mean brightness. Default none. */
  readonly contrast?: NumberOrRange;
}

const jitterNames: OptionTable<ColorJitterOptions> = {
  ...normalizedNames,
  brightness: numberOrRange(0, largest, 'of 0 or more'),
  contrast: numberOrRange(0, largest, 'of 0 or more'),
};

/** Changes brightness, then contrast. (torchvision draws the order of the two; hue and saturation are not here.) */
export class ColorJitter extends Module {
  readonly #parts: readonly Module[];

  constructor(init: Init, options: ColorJitterOptions = {}) {
    super();
    checkOptions('ColorJitter', options, jitterNames);
    this.#parts = (['brightness', 'contrast'] as const).flatMap((adjustment) => {
      const given = options[adjustment];
      if (given === undefined) return [];
      const range = typeof given === 'number' ? ([Math.max(0, 1 - given), 1 + given] as const) : given;
      return [this.child(adjustment, new RandomAdjustment(init, adjustment, range, options))];
    });
  }

  forward(x: Tensor): Tensor {
    return this.#parts.reduce((images, part) => part.forward(images), x);
  }
}

/** Options of `RandomGamma`. */
export interface RandomGammaOptions extends NormalizedOptions {
  /** The exponent is drawn from this range: below 1 dark parts get brighter. */
  readonly gamma: readonly [number, number];
}

const gammaNames: OptionTable<RandomGammaOptions> = {
  ...normalizedNames,
  gamma: required(rangeOf(0.01, 100, 'from 1/100 to 100')),
};

/** Raises the values of an image, from 0 (black) to 1 (white), to a power. */
export class RandomGamma extends RandomAdjustment {
  constructor(init: Init, options: RandomGammaOptions) {
    checkOptions('RandomGamma', options, gammaNames);
    super(init, 'gamma', options.gamma, options);
  }
}

/** Options of `GaussianNoise`. */
export interface GaussianNoiseOptions extends NormalizedOptions {
  /** Standard deviation of the noise, where white is 1. Default 0.1. */
  readonly sigma?: number;
}

const noiseNames: OptionTable<GaussianNoiseOptions> = {
  ...normalizedNames,
  sigma: atLeast0,
};

/** Adds normally distributed noise to each value, and cuts off at black and white. */
export class GaussianNoise extends RandomModule {
  /** Standard deviation of the noise, where white is 1. */
  readonly sigma: number;
  readonly #normalization: NormalizedOptions;

  constructor(init: Init, options: GaussianNoiseOptions = {}) {
    super(init);
    checkOptions('GaussianNoise', options, noiseNames);
    const { sigma = 0.1, ...normalization } = options;
    this.sigma = sigma;
    this.#normalization = normalization;
  }

  override extraRepr(): string {
    return members({ sigma: this.sigma });
  }

  protected changed(x: Tensor, source: RandomSource): Tensor {
    const noise = randomNormal(x.runtime, x.shape, source);
    const amounts = full(x.runtime, [x.shape[0]], this.sigma);
    return adjustImages('noise', x, amounts, { ...this.#normalization, noise });
  }
}
