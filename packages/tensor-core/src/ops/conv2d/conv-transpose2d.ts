import { checkOptions, type OptionTable, whole } from '@glassbox/options';
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
import { type Conv2dOptions, grown, pair } from './conv2d.ts';

/** How the filters of a transposed convolution lie on the output. */
export interface ConvTranspose2dOptions extends Omit<Conv2dOptions, 'padding'> {
  /** Rows and columns that the output loses on each side. Default 0. */
  readonly padding?: number | readonly [number, number];
  /** Rows and columns added at the output's bottom and right: fewer than the stride or the dilation. Default 0. */
  readonly outputPadding?: number | readonly [number, number];
}

const optionNames: OptionTable<ConvTranspose2dOptions> = {
  stride: sizes,
  padding: margins,
  dilation: sizes,
  groups: whole(1),
  outputPadding: margins,
};

/**
 * Transposed convolution, as torch.nn.functional.conv_transpose2d: the adjoint of `conv2d`. Each input pixel adds its
 * multiple of the filter to the output: y[n, o, h·stride + r·dilation - padding, …] += x[n,i,h,w] · weight[i,o,r,s],
 * o over the output channels of i's group, and columns as rows.
 *
 * @param x [N,Cin,H,W]
 * @param weight [Cin, Cout / groups, R, S]
 * @param bias [Cout], or null
 * @returns [N,Cout,P,Q] with P = (H - 1)·stride - 2·padding + dilation·(R - 1) + 1 + outputPadding
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
  const input = toLayout(grown(x, spec), layouts.x);
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
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  requireFloats('convTranspose2d', [x, weight, bias]);
  if (x.shape.length !== 4 || weight.shape.length !== 4) {
    throw new RangeError(
      `convTranspose2d: expected images [N,Cin,H,W] and filters [Cin,Cout,R,S], got [${x.shape}] and [${weight.shape}]`,
    );
  }
  const [batch, inChannels, height, width] = x.shape;
  const [filterChannels, groupChannels, r, s] = weight.shape;
  const outChannels = groupChannels * groups;
  if (filterChannels !== inChannels) {
    throw new RangeError(
      `convTranspose2d: input has ${inChannels} channels but the filter expects ${filterChannels} ` +
        `(input [${x.shape}], filter [${weight.shape}]); build the layer with inChannels: ${inChannels}`,
    );
  }
  if (inChannels % groups !== 0) {
    throw new RangeError(
      `convTranspose2d: ${inChannels} input channels cannot be split into ${groups} equal groups ` +
        `(input [${x.shape}], filter [${weight.shape}]); groups must divide them`,
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
    throw new RangeError(
      `convTranspose2d: bias is [${bias.shape}], but the filter [${weight.shape}] has ${outChannels} output channels` +
        `${groups > 1 ? ` in ${groups} groups` : ''}`,
    );
  }
  const [strides, dilations, extra] = [pair(stride), pair(dilation), pair(outputPadding)];
  if (extra.some((rows, d) => rows >= Math.max(strides[d], dilations[d]))) {
    throw new RangeError(
      `convTranspose2d: outputPadding is ${extra}, but must be smaller than the stride ${strides} ` +
        `or the dilation ${dilations}`,
    );
  }
  return {
    batch,
    inChannels,
    // Rows of output padding beyond the stride are those of zeros below the input.
    height: height + Math.floor(extra[0] / strides[0]),
    width: width + Math.floor(extra[1] / strides[1]),
    outChannels,
    kernel: [r, s],
    stride: strides,
    padding: pair(padding),
    outputPadding: [extra[0] % strides[0], extra[1] % strides[1]],
    dilation: dilations,
    groups,
  };
}
