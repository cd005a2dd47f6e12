import { checkOptions, checkValue, flag, type OptionTable, oneOf, required } from '@glassbox/options';
import { conv2dStep, pad, type Step, step, type Tensor, tensor } from '@glassbox/tensor-core/functions';
import { filterLayout } from '@glassbox/wgsl-kernels';
import { anInit, count, margins, sizes } from '../module/kinds.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { OpLayer } from './op-layer.ts';
import { type Pair, pair, requireChannels, requireGroups } from './shapes.ts';

/** Sizes of a convolution, under PyTorch's names; one number stands for both directions. */
export interface Conv2dLayerOptions {
  /** Filter height and width, R and S. */
  readonly kernelSize: Pair;
  /** Rows and columns between filter positions. Default 1. */
  readonly stride?: Pair;
  /**
   * Rows and columns on each side. `same` keeps the images' size (with a stride of 1 only; where dilation·(R - 1) is
   * odd, one row or column more below or on the right, as in PyTorch); `valid` is 0. Default 0.
   */
  readonly padding?: Pair | 'same' | 'valid';
  /** Rows and columns of the images from one tap of a filter to the next. Default 1. */
  readonly dilation?: Pair;
  /** With what is padded: `zeros` (the default), `reflect`, `replicate` or `circular` as in `pad`. */
  readonly paddingMode?: 'zeros' | 'reflect' | 'replicate' | 'circular';
  /** Groups of channels that are convolved apart; `inChannels` is a depthwise convolution. Default 1. */
  readonly groups?: number;
  /** Add a learnt number to each output channel. Default true. */
  readonly bias?: boolean;
}

const optionNames: OptionTable<Conv2dLayerOptions> = {
  kernelSize: required(sizes),
  stride: sizes,
  padding: {
    what: `${margins.what}, or 'same' or 'valid'`,
    fits: (value) => margins.fits(value) || value === 'same' || value === 'valid',
  },
  dilation: sizes,
  paddingMode: oneOf('zeros', 'reflect', 'replicate', 'circular'),
  groups: count,
  bias: flag,
};

/** Convolution with learnt filters: [N,inChannels,H,W] to [N,outChannels,P,Q]. */
export class Conv2d extends OpLayer {
  /** Channels of the input. */
  readonly inChannels: number;
  /** Channels of the output: the number of filters. */
  readonly outChannels: number;
  /** Learnt filters [outChannels, inChannels / groups, R, S]. */
  readonly weight: Tensor;
  /** A learnt number for each output channel [outChannels]; null without. */
  readonly bias: Tensor | null;
  /** Rows and columns between filter positions. */
  readonly stride: readonly [number, number];
  /** Rows and columns of zeros on each side, which the convolution itself adds. */
  readonly padding: readonly [number, number];
  /** Rows and columns of the images from one tap of a filter to the next. */
  readonly dilation: readonly [number, number];
  /** With what is padded. */
  readonly paddingMode: NonNullable<Conv2dLayerOptions['paddingMode']>;
  /** What is padded before the convolution: [left, right, top, bottom]; null if nothing is. */
  readonly #around: readonly [number, number, number, number] | null;
  /** Groups of channels that are convolved apart. */
  readonly groups: number;

  /** @throws RangeError if the channels cannot be split into so many equal groups. */
  constructor(init: Init, inChannels: number, outChannels: number, options: Conv2dLayerOptions) {
    super();
    checkValue('Conv2d', 'the first argument', init, anInit);
    checkValue('Conv2d', 'inChannels', inChannels, count);
    checkValue('Conv2d', 'outChannels', outChannels, count);
    checkOptions('Conv2d', options, optionNames);
    const [r, s] = pair(options.kernelSize);
    const { groups = 1, dilation = 1 } = options;
    requireGroups('Conv2d', inChannels, outChannels, groups);
    const shape = [outChannels, inChannels / groups, r, s];
    const fanIn = (inChannels / groups) * r * s;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.stride = pair(options.stride ?? 1);
    this.dilation = pair(dilation);
    this.paddingMode = options.paddingMode ?? 'zeros';
    const around = paddingOf(options, this);
    const [left, right, top, bottom] = around;
    const isOp = left === right && top === bottom && this.paddingMode === 'zeros';
    this.padding = isOp ? [top, left] : [0, 0];
    this.#around = isOp || around.every((margin) => margin === 0) ? null : around;
    // A layer that pads by an op of its own is more than one op: what fuses ops calls its `forward`.
    if (this.#around) this.forward = (x) => super.forward(this.#padded(x));
    this.groups = groups;
    const weight = init.kaimingUniform(outChannels * fanIn, fanIn);
    this.weight = this.parameter(
      'weight',
      tensor(init.runtime, weight, shape, { layout: filterLayout(shape) }),
    );
    this.bias =
      options.bias === false
        ? null
        : this.parameter(
            'bias',
            tensor(init.runtime, init.kaimingUniform(outChannels, fanIn), [outChannels]),
          );
  }

  get step(): Step {
    const { weight, bias, stride, padding, dilation, groups } = this;
    return step(conv2dStep, weight, bias, { stride, padding, dilation, groups });
  }

  #padded(x: Tensor): Tensor {
    this.check(x);
    const mode = this.paddingMode === 'zeros' ? 'constant' : this.paddingMode;
    return pad(x, this.#around!, { mode });
  }

  override extraRepr(): string {
    const { inChannels, outChannels, weight, bias, stride, dilation, groups, paddingMode } = this;
    const padding = this.#around ?? this.padding;
    return members(inChannels, outChannels, {
      kernelSize: weight.shape.slice(2),
      stride,
      padding: padding.some((margin) => margin > 0) ? padding : undefined,
      dilation: dilation.some((step) => step > 1) ? dilation : undefined,
      paddingMode: paddingMode === 'zeros' ? undefined : paddingMode,
      groups: groups > 1 ? groups : undefined,
      bias: bias ? undefined : false,
    });
  }

  protected override check(x: Tensor): void {
    requireChannels('Conv2d', x, this.inChannels);
  }
}

/** [left, right, top, bottom] */
function paddingOf(
  { padding = 0, kernelSize }: Conv2dLayerOptions,
  { stride, dilation }: Pick<Conv2d, 'stride' | 'dilation'>,
): readonly [number, number, number, number] {
  if (padding === 'valid') return [0, 0, 0, 0];
  if (padding !== 'same') {
    const [rows, columns] = pair(padding);
    return [columns, columns, rows, rows];
  }
  if (stride.some((step) => step !== 1)) {
    throw new RangeError(
      `Conv2d: padding 'same' needs a stride of 1, not [${stride}]; give the rows and columns of padding as numbers`,
    );
  }
  const [down, right] = pair(kernelSize).map((size, d) => dilation[d] * (size - 1));
  const [left, top] = [Math.floor(right / 2), Math.floor(down / 2)];
  return [left, right - left, top, down - top];
}
