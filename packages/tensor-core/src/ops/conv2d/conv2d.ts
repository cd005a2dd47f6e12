import { checkOptions, type OptionTable, whole } from '@glassbox/options';
import {
  type Conv2dSpec,
  type ConvEpilogue,
  conv2dBiasGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dLayouts,
  conv2dWeightGradient,
  type Layout,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import { marginsOrWord, sizes } from '../kinds.ts';
import type { OpParts } from '../parts.ts';
import { pad } from '../resample/pad.ts';

/** How filters lie on the images. */
export interface Conv2dOptions {
  /** Step between filter positions; one number for both directions. Default 1. */
  readonly stride?: number | readonly [number, number];
  /**
   * Rows and columns of zeros on each side. `same` keeps the images' size (with a stride of 1 only; where
   * dilation·(R - 1) is odd, one row or column more below or on the right); `valid` is 0. Default 0.
   */
  readonly padding?: number | readonly [number, number] | 'same' | 'valid';
  /** Rows and columns of the image from one tap of a filter to the next; one number for both. Default 1. */
  readonly dilation?: number | readonly [number, number];
  /** Groups of channels that are convolved apart: as many as input channels are a depthwise convolution. Default 1. */
  readonly groups?: number;
}

const optionNames: OptionTable<Conv2dOptions> = {
  stride: sizes,
  padding: marginsOrWord,
  dilation: sizes,
  groups: whole(1),
};

/**
 * Cross-correlation of images with filters, as torch.nn.functional.conv2d:
 * y[n,k,p,q] = bias[k] + Σ_{c,r,s} x[n, c, p·stride + r·dilation - padding, …] · weight[k,c,r,s],
 * c over the input channels of k's group, and columns as rows.
 *
 * @param x images [N,C,H,W]
 * @param weight filters [K, C / groups, R, S]
 * @param bias [K], or null
 * @returns [N,K,P,Q] with P = ⌊(H + 2·padding - dilation·(R - 1) - 1) / stride⌋ + 1
 * @throws RangeError if the shapes do not fit.
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null, options: Conv2dOptions = {}): Tensor {
  const { inputs, forward, gradients } = conv2dParts(x, weight, bias, options);
  return differentiable('conv2d', forward(), inputs, gradients);
}

/** What `conv2d` is made of, for the fusions that it is part of. */
export function conv2dParts(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: Conv2dOptions = {},
): OpParts<ConvEpilogue> & { readonly layout: Layout } {
  const spec = conv2dSpec(x, weight, bias, options);
  const { runtime } = x;
  const layouts = conv2dLayouts(spec);
  const input = toLayout(grown(x, spec), layouts.x);
  const filters = toLayout(weight, layouts.weight);
  return {
    layout: layouts.y,
    inputs: bias ? [input, filters, bias] : [input, filters],
    forward: (end = {}, operands = {}) => {
      const y = empty(runtime, layouts.y);
      const epilogue = { bias: bias !== null, ...end };
      launch(conv2dForward, [spec, epilogue], { x: input, weight: filters, bias, ...operands, y });
      return y;
    },
    gradients: (dy, wanted, { facts }) => {
      let dx: Tensor | null = null;
      let dWeight: Tensor | null = null;
      let dBias = facts.channelSum ?? null;
      if (wanted[0]) {
        dx = empty(runtime, layouts.x);
        launch(conv2dInputGradient, [spec, {}], { dy, weight: filters, dx });
      }
      if (wanted[1]) {
        dWeight = empty(runtime, layouts.weight);
        launch(conv2dWeightGradient, [spec], { x: input, dy, dWeight });
      }
      if (wanted[2] && !dBias) {
        dBias = empty(runtime, layouts.bias);
        launch(conv2dBiasGradient, [spec], { dy, dBias });
      }
      return [dx, dWeight, dBias];
    },
  };
}

/** Images with so many rows and columns of zeros below and on the right that they have the spec's size. */
export function grown(x: Tensor, { height, width }: Pick<Conv2dSpec, 'height' | 'width'>): Tensor {
  const [, , rows, columns] = x.shape;
  return rows === height && columns === width ? x : pad(x, [0, width - columns, 0, height - rows]);
}

export function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

/** The sizes of a convolution; throws where they do not fit. */
function conv2dSpec(x: Tensor, weight: Tensor, bias: Tensor | null, options: Conv2dOptions): Conv2dSpec {
  checkOptions('conv2d', options, optionNames);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  requireFloats('conv2d', [x, weight, bias]);
  if (x.shape.length !== 4 || weight.shape.length !== 4) {
    throw new RangeError(
      `conv2d: expected images [N,C,H,W] and filters [K,C,R,S], got [${x.shape}] and [${weight.shape}]`,
    );
  }
  const [batch, inChannels, height, width] = x.shape;
  const [outChannels, filterChannels, r, s] = weight.shape;
  if (filterChannels * groups !== inChannels) {
    const expected = `${filterChannels}${groups > 1 ? ` in each of ${groups} groups` : ''}`;
    throw new RangeError(
      `conv2d: input has ${inChannels} channels but the filter expects ${expected} (input [${x.shape}], ` +
        `filter [${weight.shape}]); build the layer with inChannels: ${inChannels}`,
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
    throw new RangeError(
      `conv2d: bias is [${bias.shape}], but the filter [${weight.shape}] has ${outChannels} output channels`,
    );
  }
  const dilations = pair(dilation);
  const known = { batch, inChannels, outChannels, kernel: [r, s], stride: pair(stride), groups } as const;
  if (padding !== 'same') {
    const margin = pair(padding === 'valid' ? 0 : padding);
    return { ...known, height, width, padding: margin, dilation: dilations };
  }
  if (known.stride.some((step) => step !== 1)) {
    throw new RangeError(
      `conv2d: padding 'same' needs a stride of 1, not [${known.stride}]; ` +
        'give the rows and columns of padding as numbers',
    );
  }
  const [down, right] = [dilations[0] * (r - 1), dilations[1] * (s - 1)];
  return {
    ...known,
    // The odd row or column.
    height: height + (down % 2),
    width: width + (right % 2),
    padding: [Math.floor(down / 2), Math.floor(right / 2)],
    dilation: dilations,
  };
}
