import { checkValue, type Kind, number, type OptionTable, oneOrMore, positive } from '@glassbox/options';
import type { RandomSource, Tensor } from '@glassbox/tensor-core/functions';
import { anInit } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import type { Init } from '../random/init.ts';

/** A module that draws numbers on the device, others for each batch that it sees in training mode. */
export abstract class DrawingModule extends Module {
  /** Batches in training mode so far: each has its own numbers. */
  readonly calls = this.stepCounter('calls');
  readonly #seed: number;
  readonly #stream: number;

  constructor(init: Init) {
    super();
    checkValue(new.target.name, 'the first argument', init, anInit);
    this.#seed = init.seed;
    this.#stream = init.nextStream();
  }

  /** The numbers of the next batch. */
  protected source(): RandomSource {
    return { seed: this.#seed, stream: this.#stream, step: () => this.calls.value++ };
  }
}

/**
 * A change of images that is another one for each image and step, as in `torchvision.transforms.v2`: in training mode
 * it draws on the device, by Philox from the seed, the step and the image's place in the batch, so that a resumed
 * training draws the same. In evaluation mode images stay as they are.
 */
export abstract class RandomModule extends DrawingModule {
  /** @param x images [N,C,H,W] without a gradient */
  forward(x: Tensor): Tensor {
    if (!this.training) return x;
    return this.changed(x, this.source());
  }

  /** The images, changed by what the source draws; it is asked once. */
  protected abstract changed(x: Tensor, source: RandomSource): Tensor;
}

/** A number, or two: the least and the largest. */
export type NumberOrRange = number | readonly [number, number];

/** A number or two, each within bounds, the smaller first. */
export function numberOrRange(least: number, most: number, what: string): Kind {
  const fits = (value: unknown) => typeof value === 'number' && value >= least && value <= most;
  return {
    what: `a number ${what}, or two of them, the smaller first`,
    fits: (value) =>
      Array.isArray(value) ? value.length === 2 && value.every(fits) && value[0] <= value[1] : fits(value),
  };
}

/** Two numbers within bounds, the smaller first. */
export function rangeOf(least: number, most: number, what: string): Kind {
  const { fits } = numberOrRange(least, most, what);
  return {
    what: `two numbers ${what}, the smaller first`,
    fits: (value) => Array.isArray(value) && fits(value),
  };
}

/** How the images were normalised: spread `data.normalization` here. */
export interface NormalizedOptions {
  /** Was subtracted. Default 0.5, as of data sets of bytes. */
  readonly mean?: number | readonly number[];
  /** Then the difference was divided by it. Default 0.5, as of data sets of bytes. */
  readonly std?: number | readonly number[];
}

export const normalizedNames: OptionTable<NormalizedOptions> = {
  mean: oneOrMore(number),
  std: oneOrMore(positive),
};
