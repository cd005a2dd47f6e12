import { checkOptions, checkValue, flag, type OptionTable, required } from '@glassbox/options';
import { convTranspose2dStep, type Step, step, type Tensor, tensor } from '@glassbox/tensor-core/functions';
import { convTranspose2dWeightLayout } from '@glassbox/wgsl-kernels';
import { anInit, count, margins, sizes } from '../module/kinds.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import type { Conv2dLayerOptions } from './conv2d.ts';
import { OpLayer } from './op-layer.ts';
import { type Pair, pair, requireChannels, requireGroups } from './shapes.ts';

/** Sizes of a transposed convolution, under PyTorch's names. */
export interface ConvTranspose2dLayerOptions
  extends Pick<Conv2dLayerOptions, 'kernelSize' | 'stride' | 'groups' | 'bias'> {
  /** Rows and columns that the output loses on each side. Default 0. */
  readonly padding?: Pair;
  /** Rows and columns of the output from one tap of a filter to the next. Default 1. */
  readonly dilation?: Pair;
  /**
   * Rows and columns added at the bottom and right of the output: fewer than the stride or the dilation. Default 0.
   */
  readonly outputPadding?: Pair;
}

const optionNames: OptionTable<ConvTranspose2dLayerOptions> = {
  kernelSize: required(sizes),
  stride: sizes,
  padding: margins,
  outputPadding: margins,
  dilation: sizes,
  groups: count,
  bias: flag,
};

/**
 * Transposed convolution: [N,inChannels,H,W] to [N,outChannels,P,Q], P = (H - 1)·stride - 2·padding +
 * dilation·(R - 1) + 1 + outputPadding.
 */
export class ConvTranspose2d extends OpLayer {
  /** Channels of the input. */
  readonly inChannels: number;
  /** Channels of the output. */
  readonly outChannels: number;
  /** Learnt filters [inChannels, outChannels / groups, R, S]. */
  readonly weight: Tensor;
  /** A learnt number for each output channel [outChannels]; null without. */
  readonly bias: Tensor | null;
  /** Rows and columns of the output between neighbours of the input. */
  readonly stride: readonly [number, number];
  /** Rows and columns that the output loses on each side. */
  readonly padding: readonly [number, number];
  /** Rows and columns added at the bottom and right of the output. */
  readonly outputPadding: readonly [number, number];
  /** Rows and columns of the output from one tap of a filter to the next. */
  readonly dilation: readonly [number, number];
  /** Groups of channels that are convolved apart. */
  readonly groups: number;

  /** @throws RangeError if the channels cannot be split into so many equal groups. */
  constructor(init: Init, inChannels: number, outChannels: number, options: ConvTranspose2dLayerOptions) {
    super();
    checkValue('ConvTranspose2d', 'the first argument', init, anInit);
    checkValue('ConvTranspose2d', 'inChannels', inChannels, count);
    checkValue('ConvTranspose2d', 'outChannels', outChannels, count);
    checkOptions('ConvTranspose2d', options, optionNames);
    const [r, s] = pair(options.kernelSize);
    const { groups = 1, dilation = 1 } = options;
    requireGroups('ConvTranspose2d', inChannels, outChannels, groups);
    const shape = [inChannels, outChannels / groups, r, s];
    // PyTorch takes the fan from the weight's second dimension, which here is the number of outputs of a group.
    const fanIn = (outChannels / groups) * r * s;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.stride = pair(options.stride ?? 1);
    this.padding = pair(options.padding ?? 0);
    this.outputPadding = pair(options.outputPadding ?? 0);
    this.dilation = pair(dilation);
    this.groups = groups;
    const weight = init.kaimingUniform(inChannels * fanIn, fanIn);
    this.weight = this.parameter(
      'weight',
      tensor(init.runtime, weight, shape, { layout: convTranspose2dWeightLayout(shape) }),
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
    const { weight, bias, stride, padding, outputPadding, dilation, groups } = this;
    const options = { stride, padding, outputPadding, dilation, groups };
    return step(convTranspose2dStep, weight, bias, options);
  }

  override extraRepr(): string {
    const { inChannels, outChannels, weight, bias, stride, padding, outputPadding } = this;
    const { dilation, groups } = this;
    const unless0 = (sizes: readonly number[]) => (sizes.some((size) => size > 0) ? sizes : undefined);
    return members(inChannels, outChannels, {
      kernelSize: weight.shape.slice(2),
      stride,
      padding: unless0(padding),
      dilation: dilation.some((step) => step > 1) ? dilation : undefined,
      outputPadding: unless0(outputPadding),
      groups: groups > 1 ? groups : undefined,
      bias: bias ? undefined : false,
    });
  }

  protected override check(x: Tensor): void {
    requireChannels('ConvTranspose2d', x, this.inChannels);
  }
}
