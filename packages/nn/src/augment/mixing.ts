import { checkOptions, type OptionTable, positive, whole } from '@glassbox/options';
import {
  add,
  mixImages,
  mul,
  oneHot,
  type RandomSource,
  randomMixes,
  reshape,
  roll,
  slice,
  sub,
  type Tensor,
} from '@glassbox/tensor-core/functions';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { DrawingModule } from './random-module.ts';

/** Images of a batch and what they are labelled with. */
export interface Labelled {
  /** The images [N,C,H,W]. */
  readonly images: Tensor;
  /** [N] or [N,…]; null without labels. */
  readonly labels: Tensor | null;
}

/**
 * A change of a batch that changes its labels, too: `fit` takes one as its `transform`, alone or in a `Sequential`. It
 * draws as a `RandomModule` does.
 */
export abstract class MixModule extends DrawingModule {
  /** @throws Error in training mode: the labels change, too. */
  forward(x: Tensor): Tensor {
    if (!this.training) return x;
    const name = this.constructor.name;
    throw new Error(
      `${name}: it changes labels, too: ` +
        `give it to fit as the transform, or call mixed(images, labels) in a loop of your own`,
    );
  }

  /** Images and labels, mixed in training mode and as they are in evaluation mode. */
  mixed(images: Tensor, labels: Tensor | null): Labelled {
    return this.training ? this.changed(images, labels, this.source()) : { images, labels };
  }

  /** Images and labels, changed by what the source draws; it is asked once. */
  protected abstract changed(images: Tensor, labels: Tensor | null, source: RandomSource): Labelled;
}

/** Options of `MixUp` and `CutMix`. */
export interface MixOptions {
  /** Number of classes: needed for labels that are class numbers, which become shares of each class. */
  readonly numClasses?: number;
  /** Shares are drawn from Beta(alpha, alpha): of 1 (the default) uniform, of less mostly near 0 and 1. */
  readonly alpha?: number;
}

const mixNames: OptionTable<MixOptions> = { numClasses: whole(1), alpha: positive };

abstract class Mixing extends MixModule {
  readonly #kind: 'mixup' | 'cutmix';
  readonly #numClasses: number | undefined;
  readonly #alpha: number;

  constructor(init: Init, kind: 'mixup' | 'cutmix', options: MixOptions) {
    super(init);
    checkOptions(new.target.name, options, mixNames);
    this.#kind = kind;
    this.#numClasses = options.numClasses;
    this.#alpha = options.alpha ?? 1;
  }

  override extraRepr(): string {
    return members({ alpha: this.#alpha, numClasses: this.#numClasses });
  }

  protected changed(images: Tensor, labels: Tensor | null, source: RandomSource): Labelled {
    const [n, , h, w] = images.shape;
    const how = { size: [h, w], kind: this.#kind, alpha: this.#alpha } as const;
    const mixes = randomMixes(images.runtime, n, source, how);
    const shares = slice(mixes, 1, 5);
    return { images: mixImages(images, mixes), labels: labels && this.#mixedLabels(labels, shares) };
  }

  /** Labels as shares, mixed as the images are. */
  #mixedLabels(labels: Tensor, shares: Tensor): Tensor {
    const own = labels.dtype === 'f32' ? labels : oneHot(this.#classNumbers(labels), this.#numClasses!);
    const share = reshape(shares, [own.shape[0], ...own.shape.slice(1).map(() => 1)]);
    return add(mul(own, share), mul(roll(own, 1, 0), sub(1, share)));
  }

  #classNumbers(labels: Tensor): Tensor {
    const name = this.constructor.name;
    if (labels.shape.length !== 1) {
      throw new RangeError(
        `${name}: class numbers are [N], not [${labels.shape}]; give shares of classes as f32`,
      );
    }
    if (this.#numClasses === undefined) {
      throw new TypeError(
        `${name}: labels are class numbers; say how many classes there are: new ${name}(init, { numClasses: 2 })`,
      );
    }
    return labels;
  }
}

/**
 * Images shine through each other, and so do their labels (Zhang et al., 2018): each image keeps a share from
 * Beta(alpha, alpha), and the image before it in the batch gives the rest.
 */
export class MixUp extends Mixing {
  constructor(init: Init, options: MixOptions = {}) {
    super(init, 'mixup', options);
  }
}

/**
 * A box of each image is that of the image before it in the batch, and so is a share of its label as large as the box
 * (Yun et al., 2019). The share that is kept is from Beta(alpha, alpha), before a box is cut off at the edge.
 */
export class CutMix extends Mixing {
  constructor(init: Init, options: MixOptions = {}) {
    super(init, 'cutmix', options);
  }
}
