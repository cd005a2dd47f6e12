import { checkValue, number, oneOrMore, pair as pairOf, whole } from '@glassbox/options';
import {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  checkInterpolate,
  type InterpolateOptions,
  interpolate,
  type OutputSize,
  type PadOptions,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  type Tensor,
} from '@glassbox/tensor-core/functions';
import { Module } from '../module/module.ts';
import { members } from '../module/tree.ts';

/** Images of another size: [N,C,H,W] to [N,C,P,Q], as torch.nn.Upsample. */
export class Upsample extends Module {
  readonly #options: InterpolateOptions;

  /** @throws RangeError unless one of size and scaleFactor is given. */
  constructor(options: InterpolateOptions) {
    super();
    checkInterpolate('Upsample', options);
    this.#options = options;
  }

  override extraRepr(): string {
    const { mode = 'nearest', ...options } = this.#options;
    return members({ ...options, mode });
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this.#options);
  }
}

const outputSizes = pairOf(whole(1));

/** Pooling to a size whatever the size of the images. */
abstract class AdaptivePool2d extends Module {
  /** Height and width of the result. */
  readonly outputSize: OutputSize;

  constructor(outputSize: OutputSize) {
    super();
    checkValue(new.target.name, 'outputSize', outputSize, outputSizes);
    this.outputSize = outputSize;
  }

  override extraRepr(): string {
    return members({ outputSize: this.outputSize });
  }
}

/** Means over windows that cover the image: [N,C,H,W] to [N,C,P,Q]. With 1: the mean of each channel. */
export class AdaptiveAvgPool2d extends AdaptivePool2d {
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
}

/** The largest value of windows that cover the image: [N,C,H,W] to [N,C,P,Q]. */
export class AdaptiveMaxPool2d extends AdaptivePool2d {
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize);
  }
}

/** Pixels around images: one number for all sides, or [left, right, top, bottom]. */
export type ImagePadding = number | readonly [number, number, number, number];

const paddings = {
  what: 'a whole number, or four of them [left, right, top, bottom]',
  fits: (value: unknown) =>
    oneOrMore(whole(Number.MIN_SAFE_INTEGER)).fits(value) && (!Array.isArray(value) || value.length === 4),
};

abstract class Pad2d extends Module {
  /** Pixels on the left, on the right, above and below. */
  readonly padding: readonly [number, number, number, number];
  /** With what it fills. */
  protected abstract readonly options: PadOptions;

  constructor(padding: ImagePadding) {
    super();
    checkValue(new.target.name, 'padding', padding, paddings);
    this.padding = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  }

  override extraRepr(): string {
    return members({ padding: this.padding, value: this.options.value });
  }

  forward(x: Tensor): Tensor {
    return pad(x, this.padding, this.options);
  }
}

/** Zeros around images; negative numbers cut off. */
export class ZeroPad2d extends Pad2d {
  protected readonly options: PadOptions = {};
}

/** A number around images; negative paddings cut off. */
export class ConstantPad2d extends Pad2d {
  protected readonly options: PadOptions;

  constructor(padding: ImagePadding, value: number) {
    super(padding);
    checkValue('ConstantPad2d', 'value', value, number);
    this.options = { value };
  }
}

/** A mirror image around images, which does not repeat the border. */
export class ReflectionPad2d extends Pad2d {
  protected readonly options: PadOptions = { mode: 'reflect' };
}

/** The border again and again around images. */
export class ReplicationPad2d extends Pad2d {
  protected readonly options: PadOptions = { mode: 'replicate' };
}

/** The other end of the image around images. */
export class CircularPad2d extends Pad2d {
  protected readonly options: PadOptions = { mode: 'circular' };
}

/** Channels become pixels: [N,C·r²,H,W] to [N,C,H·r,W·r]. */
export class PixelShuffle extends Module {
  /** How many times as high and wide the result is: r. */
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    checkValue('PixelShuffle', 'upscaleFactor', upscaleFactor, whole(1));
    this.upscaleFactor = upscaleFactor;
  }

  override extraRepr(): string {
    return members({ upscaleFactor: this.upscaleFactor });
  }

  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }
}

/** Pixels become channels: [N,C,H·r,W·r] to [N,C·r²,H,W]. */
export class PixelUnshuffle extends Module {
  /** How many times as high and wide the images are: r. */
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    checkValue('PixelUnshuffle', 'downscaleFactor', downscaleFactor, whole(1));
    this.downscaleFactor = downscaleFactor;
  }

  override extraRepr(): string {
    return members({ downscaleFactor: this.downscaleFactor });
  }

  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }
}
