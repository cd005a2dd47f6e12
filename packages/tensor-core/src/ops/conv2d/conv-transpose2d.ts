import { checkOptions, type OptionTable } from '@glassbox/options';
import {
  type ConvEpilogue,
  type ConvTranspose2dSpec,
  convTranspose2dBiasGradient,
  convTranspose2dForward,
  convTranspose2dInputGradient,
  convTranspose2dLayouts,
  convTranspose2dWeightGradient,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import { margins, sizes } from '../kinds.ts';
import type { OpParts } from '../parts.ts';
import { type Conv2dOptions, pair } from './conv2d.ts';

/** How the filters of a transposed convolution lie on the output. */
export interface ConvTranspose2dOptions extends Pick<Conv2dOptions, 'stride' | 'padding'> {
  /** Rows and columns added at the output's bottom and right. Default 0. */
  readonly outputPadding?: number | readonly [number, number];
}

const optionNames: OptionTable<ConvTranspose2dOptions> = {
  stride: sizes,
  padding: margins,
  outputPadding: margins,
};

/**
 * Transposed convolution, as torch.nn.functional.conv_transpose2d: the adjoint of `conv2d`. Each input pixel adds its
 * multiple of the filter to the output: y[n, o, h·stride + r - padding, w·stride + s - padding] += x[n,i,h,w] ·
 * weight[i,o,r,s].
 *
 * @param x [N,Cin,H,W]
 * @param weight [Cin,Cout,R,S]
 * @param bias [Cout], or null
 * @returns [N,Cout,P,Q] with P = (H - 1)·stride - 2·padding + R + outputPadding
 * @throws RangeError if the shapes do not fit.
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvTranspose2dOptions = {},
): Tensor {
  const { inputs, forward, gradients } = convTranspose2dParts(x, weight, bias, options);
  return differentiable('convTranspose2d', forward(), inputs, gradients);
}

/** What `convTranspose2d` is made of, for the fusions that it is part of. */
export function convTranspose2dParts(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvTranspose2dOptions = {},
): OpParts<Omit<ConvEpilogue, 'batchNorm'>> {
  const spec = transposedSpec(x, weight, bias, options);
  const { runtime } = x;
  const layouts = convTranspose2dLayouts(spec);
  const input = toLayout(x, layouts.x);
  const filters = toLayout(weight, layouts.weight);
  return {
    inputs: bias ? [input, filters, bias] : [input, filters],
    // The kernels speak of the adjoint convolution: its dy is x here, its dx is y, and the other way round.
    forward: (end = {}) => {
      const y = empty(runtime, layouts.y);
      const epilogue = { bias: bias !== null, ...end };
      launch(convTranspose2dForward, [spec, epilogue], { dy: input, weight: filters, bias, dx: y });
      return y;
    },
    gradients: (dy, wanted, { facts }) => {
      let dx: Tensor | null = null;
      let dWeight: Tensor | null = null;
      let dBias = facts.channelSum ?? null;
      if (wanted[0]) {
        dx = empty(runtime, layouts.x);
        launch(convTranspose2dInputGradient, [spec], { x: dy, weight: filters, y: dx });
      }
      if (wanted[1]) {
        dWeight = empty(runtime, layouts.weight);
        launch(convTranspose2dWeightGradient, [spec], { x: dy, dy: input, dWeight });
      }
      if (wanted[2] && !dBias) {
        dBias = empty(runtime, layouts.bias);
        launch(convTranspose2dBiasGradient, [spec], { dy, dBias });
      }
      return [dx, dWeight, dBias];
    },
  };
}

function transposedSpec(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvTranspose2dOptions,
): ConvTranspose2dSpec {
  checkOptions('convTranspose2d', options, optionNames);
  const { stride = 1, padding = 0, outputPadding = 0 } = options;
  requireFloats('convTranspose2d', [x, weight, bias]);
  if (x.shape.length !== 4 || weight.shape.length !== 4) {
    throw new RangeError(
      `convTranspose2d: expected images [N,Cin,H,W] and filters [Cin,Cout,R,S], got [${x.shape}] and [${weight.shape}]`,
    );
  }
  const [batch, inChannels, height, width] = x.shape;
  const [filterChannels, outChannels, r, s] = weight.shape;
  if (filterChannels !== inChannels) {
    throw new RangeError(
      `convTranspose2d: input has ${inChannels} channels but the filter expects ${filterChannels} ` +
        `(input [${x.shape}], filter [${weight.shape}]); build the layer with inChannels: ${inChannels}`,
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
    throw new RangeError(
      `convTranspose2d: bias is [${bias.shape}], but the filter [${weight.shape}] has ${outChannels} output channels`,
    );
  }
  return {
    batch,
    inChannels,
    height,
    width,
    outChannels,
    kernel: [r, s],
    stride: pair(stride),
    padding: pair(padding),
    outputPadding: pair(outputPadding),
  };
}
