import { checkOptions, checkValue, flag, type OptionTable, required } from '@glassbox/options';
import { convTranspose2dStep, type Step, step, type Tensor, tensor } from '@glassbox/tensor-core';
import { convTranspose2dWeightLayout } from '@glassbox/wgsl-kernels';
import { anInit, count, margins, sizes } from '../module/kinds.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import type { Conv2dLayerOptions } from './conv2d.ts';
import { OpLayer } from './op-layer.ts';
import { type Pair, pair, requireChannels } from './shapes.ts';

/** Sizes of a transposed convolution, under PyTorch's names. */
export interface ConvTranspose2dLayerOptions
  extends Pick<Conv2dLayerOptions, 'kernelSize' | 'stride' | 'bias'> {
  /** Rows and columns that the output loses on each side. */
  readonly padding?: Pair;
  /** Rows and columns added at the bottom and right of the output. */
  readonly outputPadding?: Pair;
}

const optionNames: OptionTable<ConvTranspose2dLayerOptions> = {
  kernelSize: required(sizes),
  stride: sizes,
  padding: margins,
  outputPadding: margins,
  bias: flag,
};

/**
 * Transposed convolution: [N,inChannels,H,W] to [N,outChannels,(H-1)·stride - 2·padding + R + outputPadding, …].
 */
export class ConvTranspose2d extends OpLayer {
  /** Channels of the input. */
  readonly inChannels: number;
  /** Channels of the output. */
  readonly outChannels: number;
  /** Learnt filters [inChannels, outChannels, R, S]. */
  readonly weight: Tensor;
  /** A learnt number for each output channel [outChannels]; null without. */
  readonly bias: Tensor | null;
  /** Rows and columns of the output between neighbours of the input. */
  readonly stride: readonly [number, number];
  /** Rows and columns that the output loses on each side. */
  readonly padding: readonly [number, number];
  /** Rows and columns added at the bottom and right of the output. */
  readonly outputPadding: readonly [number, number];

  constructor(init: Init, inChannels: number, outChannels: number, options: ConvTranspose2dLayerOptions) {
    super();
    checkValue('ConvTranspose2d', 'the first argument', init, anInit);
    checkValue('ConvTranspose2d', 'inChannels', inChannels, count);
    checkValue('ConvTranspose2d', 'outChannels', outChannels, count);
    checkOptions('ConvTranspose2d', options, optionNames);
    const [r, s] = pair(options.kernelSize);
    const shape = [inChannels, outChannels, r, s];
    // PyTorch takes the fan from the weight's second dimension, which here is the number of outputs.
    const fanIn = outChannels * r * s;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.stride = pair(options.stride ?? 1);
    this.padding = pair(options.padding ?? 0);
    this.outputPadding = pair(options.outputPadding ?? 0);
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
    const { weight, bias, stride, padding, outputPadding } = this;
    return step(convTranspose2dStep, weight, bias, { stride, padding, outputPadding });
  }

  override extraRepr(): string {
    const { inChannels, outChannels, weight, bias, stride, padding, outputPadding } = this;
    const unless0 = (sizes: readonly number[]) => (sizes.some((size) => size > 0) ? sizes : undefined);
    return members(inChannels, outChannels, {
      kernelSize: weight.shape.slice(2),
      stride,
      padding: unless0(padding),
      outputPadding: unless0(outputPadding),
      bias: bias ? undefined : false,
    });
  }

  protected override check(x: Tensor): void {
    requireChannels('ConvTranspose2d', x, this.inChannels);
  }
}
