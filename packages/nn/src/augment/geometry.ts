import {
  checkOptions,
  type Kind,
  list,
  number,
  type OptionTable,
  oneOf,
  oneOrMore,
  pair,
  required,
  share,
  whole,
} from '@glassbox/options';
import {
  affineImages,
  type RandomSource,
  randomMatrices,
  type Tensor,
} from '@glassbox/tensor-core/functions';
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

/** Options of the two flips. */
export interface FlipOptions {
  /** Share of the images that are mirrored. Default 0.5. */
  readonly p?: number;
}

const flipNames: OptionTable<FlipOptions> = { p: share };

abstract class RandomFlip extends RandomModule {
  /** Share of the images that are mirrored. */
  readonly p: number;

  constructor(init: Init, options: FlipOptions = {}) {
    super(init);
    checkOptions(new.target.name, options, flipNames);
    this.p = options.p ?? 0.5;
  }

  override extraRepr(): string {
    return members({ p: this.p });
  }
}

function mirrored(x: Tensor, source: RandomSource, flip: readonly [number, number]): Tensor {
  return affineImages(x, randomMatrices(x.runtime, x.shape[0], source, { flip }));
}

/** Mirrors an image left to right with probability p. (Not for images where the side means something.) */
export class RandomHorizontalFlip extends RandomFlip {
  protected changed(x: Tensor, source: RandomSource): Tensor {
    return mirrored(x, source, [this.p, 0]);
  }
}

/** Mirrors an image top to bottom with probability p. */
export class RandomVerticalFlip extends RandomFlip {
  protected changed(x: Tensor, source: RandomSource): Tensor {
    return mirrored(x, source, [0, this.p]);
  }
}

/** What is seen where there is no image. */
interface OutsideOptions extends NormalizedOptions {
  /** From 0 (black) to 1 (white), for all channels or each. Default 0. */
  readonly fill?: number | readonly number[];
  /** `edge`: the nearest pixel of the image is seen instead of `fill`. Default `constant`. */
  readonly paddingMode?: 'constant' | 'edge';
}

const outsideNames = {
  ...normalizedNames,
  fill: oneOrMore(number),
  paddingMode: oneOf('constant', 'edge'),
};

/** Options of `RandomCrop`: the window, and what lies around the image. */
export interface RandomCropOptions extends OutsideOptions {
  /** Height and width of the window. */
  readonly size: number | readonly [number, number];
  /** Pixels that are added around the image before, or rows and columns of them. Default 0. */
  readonly padding?: number | readonly [number, number];
}

const cropNames: OptionTable<RandomCropOptions> = {
  ...outsideNames,
  size: required(pair(whole(1))),
  padding: pair(whole(0)),
};

/** A window of each image, each at its own place; with padding it may reach over the edge. */
export class RandomCrop extends RandomModule {
  readonly #options: RandomCropOptions;

  constructor(init: Init, options: RandomCropOptions) {
    super(init);
    checkOptions('RandomCrop', options, cropNames);
    this.#options = options;
  }

  override extraRepr(): string {
    return members({ size: this.#options.size, padding: this.#options.padding ?? 0 });
  }

  protected changed(x: Tensor, source: RandomSource): Tensor {
    const { size, padding = 0, ...outside } = this.#options;
    const [h, w] = both(size);
    const [rows, columns] = both(padding);
    const places = [x.shape[3] + 2 * columns - w + 1, x.shape[2] + 2 * rows - h + 1] as const;
    if (places[0] < 1 || places[1] < 1) {
      throw new RangeError(
        `RandomCrop: a window of ${h}x${w} pixels does not fit into images [${x.shape}] with padding ` +
          `${rows} and ${columns}; use a smaller size or more padding`,
      );
    }
    const matrices = randomMatrices(x.runtime, x.shape[0], source, { places });
    return affineImages(x, matrices, { size: [h, w], ...outside });
  }
}

/** Options of `RandomAffine`: ranges to draw from, and how pixels are read. */
export interface RandomAffineOptions extends OutsideOptions {
  /** Turns by up to so many degrees in both directions, or by a range of degrees clockwise. */
  readonly degrees: NumberOrRange;
  /** Largest shifts, as shares of the width and of the height. Default none. */
  readonly translate?: readonly [number, number];
  /** Enlarges by a factor of this range. Default none. */
  readonly scale?: readonly [number, number];
  /**
   * Slants along x by up to so many degrees in both directions, or by a range; four numbers give the ranges along x
   * and y. Default none.
   */
  readonly shear?: NumberOrRange | readonly [number, number, number, number];
  /** How a place between pixels is read: `nearest` (the default, as in torchvision) or, smoother, `bilinear`. */
  readonly interpolation?: 'nearest' | 'bilinear';
}

const degreesKind = numberOrRange(-360, 360, 'of degrees from -360 to 360');
const slantKind = numberOrRange(-89, 89, 'of degrees from -89 to 89');
const slants: Kind = {
  what: `${slantKind.what}; or four, of x and of y`,
  fits: (value) =>
    Array.isArray(value) && value.length === 4
      ? slantKind.fits(value.slice(0, 2)) && slantKind.fits(value.slice(2))
      : slantKind.fits(value),
};
const affineNames: OptionTable<RandomAffineOptions> = {
  ...outsideNames,
  degrees: required(degreesKind),
  translate: { ...list(share, 2), what: 'two numbers from 0 to 1: shares of width and height' },
  scale: rangeOf(1e-3, 1e3, 'from 1/1000 to 1000'),
  shear: slants,
  interpolation: oneOf('nearest', 'bilinear'),
};

/** Turns, shifts, enlarges and slants each image about its middle. */
export class RandomAffine extends RandomModule {
  readonly #options: RandomAffineOptions;

  constructor(init: Init, options: RandomAffineOptions) {
    super(init);
    checkOptions('RandomAffine', options, affineNames);
    this.#options = options;
  }

  override extraRepr(): string {
    const { degrees, translate, scale, shear, interpolation = 'nearest' } = this.#options;
    return members({
      degrees,
      ...(translate ? { translate } : {}),
      ...(scale ? { scale } : {}),
      ...(shear ? { shear } : {}),
      interpolation,
    });
  }

  protected changed(x: Tensor, source: RandomSource): Tensor {
    const { degrees, translate, scale, shear, ...seen } = this.#options;
    const [n, , h, w] = x.shape;
    const slant = shear === undefined || typeof shear === 'number' ? aroundZero(shear ?? 0) : shear;
    const matrices = randomMatrices(x.runtime, n, source, {
      degrees: aroundZero(degrees),
      ...(translate ? { translate: [translate[0] * w, translate[1] * h] } : {}),
      ...(scale ? { scale } : {}),
      ...(shear === undefined ? {} : { shear: [slant[0], slant[1], slant[2] ?? 0, slant[3] ?? 0] }),
    });
    return affineImages(x, matrices, seen);
  }
}

function both(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

function aroundZero(value: NumberOrRange): readonly [number, number] {
  return typeof value === 'number' ? [-Math.abs(value), Math.abs(value)] : value;
}
