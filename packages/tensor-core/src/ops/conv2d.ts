import {
  type Conv2dSpec,
  chooseWinograd,
  conv2dBiasGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dLayouts,
  conv2dWeightGradient,
  type Stages,
  sameLayout,
  transposeFilter,
  winogradForward,
  winogradInputGradient,
  winogradWeightGradient,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../autograd.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Storage } from '../runtime/storage.ts';
import { empty, type Tensor } from '../tensor.ts';
import { channelSum, wantChannelSum } from './channel-sum.ts';
import { toLayout } from './layout.ts';
import { requireFloats } from './operands.ts';
import { throughRelu } from './rectified.ts';

export interface Conv2dOptions {
  /** Step between filter positions; one number for both directions. Default 1. */
  readonly stride?: number | readonly [number, number];
  /** Rows and columns of zeros on each side. Default 0. */
  readonly padding?: number | readonly [number, number];
  /** Follow with a ReLU in the same kernel. Default false. */
  readonly relu?: boolean;
}

/**
 * Cross-correlation of images with filters, as torch.nn.functional.conv2d:
 * y[n,k,p,q] = bias[k] + Σ_{c,r,s} x[n, c, p·stride + r - padding, q·stride + s - padding] · weight[k,c,r,s].
 *
 * @param x images [N,C,H,W]
 * @param weight filters [K,C,R,S]
 * @param bias [K], or null
 * @returns [N,K,P,Q]
 * @throws RangeError if the shapes do not fit.
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null, options: Conv2dOptions = {}): Tensor {
  const spec = conv2dSpec(x, weight, bias, options);
  const { runtime } = x;
  const { relu = false } = options;
  const { tuning } = runtime;
  const key = JSON.stringify(spec);
  const layouts = conv2dLayouts(spec);
  const winograd = chooseWinograd(spec, tuning);
  const input = toLayout(x, layouts.x);
  const filters = toLayout(weight, layouts.weight);
  const y = empty(runtime, layouts.y);
  const epilogue = { bias: bias !== null, relu };
  if (winograd.forward) {
    const plan = runtime.kernel(`winogradForward ${key} ${bias !== null} ${relu}`, () =>
      winogradForward(spec, epilogue, tuning),
    );
    const buffers: Record<string, Storage> = { x: input.storage, weight: filters.storage, y: y.storage };
    if (bias) buffers.bias = bias.storage;
    runtime.runPlan(plan, buffers);
  } else {
    const forward = runtime.kernel(`conv2dForward ${key} ${bias !== null} ${relu}`, () =>
      conv2dForward(spec, epilogue, tuning),
    );
    runtime.run(forward, operands(input, filters, bias, y));
  }

  y.rectified = relu;
  if (bias?.requiresGrad) wantChannelSum(y);
  return differentiable('conv2d', y, bias ? [input, filters, bias] : [input, filters], (gradient, wanted) => {
    const dy = relu ? throughRelu(gradient, y) : gradient;
    let dx: Tensor | null = null;
    let dWeight: Tensor | null = null;
    let dBias = channelSum(dy) ?? null;
    if (wanted[0] && winograd.inputGradient) {
      dx = empty(runtime, layouts.x);
      const plan = runtime.kernel(`winogradInputGradient ${key}`, () => winogradInputGradient(spec, tuning));
      runtime.runPlan(plan, { dy: dy.storage, weight: filters.storage, dx: dx.storage });
    } else if (wanted[0]) {
      dx = empty(runtime, layouts.x);
      let turned = filters.storage;
      if (!sameLayout(layouts.inputGradientWeight, layouts.weight)) {
        turned = runtime.allocate(layouts.inputGradientWeight);
        const transpose = runtime.kernel(`transposeFilter ${key}`, () => transposeFilter(spec, tuning));
        runtime.run(transpose, [filters.storage, turned]);
      }
      const kernel = runtime.kernel(`conv2dInputGradient ${key}`, () =>
        conv2dInputGradient(spec, {}, tuning),
      );
      runtime.run(kernel, [dy.storage, turned, dx.storage]);
      if (turned !== filters.storage) runtime.release(turned);
    }
    if (wanted[1] && winograd.weightGradient) {
      dWeight = empty(runtime, layouts.weight);
      const plan = runtime.kernel(`winogradWeightGradient ${key}`, () =>
        winogradWeightGradient(spec, tuning),
      );
      runtime.runPlan(plan, { x: input.storage, dy: dy.storage, dWeight: dWeight.storage });
    } else if (wanted[1]) {
      dWeight = empty(runtime, layouts.weight);
      const stages = runtime.kernel(`conv2dWeightGradient ${key}`, () => conv2dWeightGradient(spec, tuning));
      runStages(runtime, stages, [input.storage, dy.storage], dWeight.storage);
    }
    if (wanted[2] && !dBias) {
      dBias = empty(runtime, layouts.bias);
      const stages = runtime.kernel(`conv2dBiasGradient ${key}`, () => conv2dBiasGradient(spec, tuning));
      runStages(runtime, stages, [dy.storage], dBias.storage);
    }
    return [dx, dWeight, dBias];
  });
}

/** Runs a reduction in one stage or two. */
export function runStages(
  runtime: Runtime,
  { kernels, scratchWords }: Stages,
  inputs: readonly Storage[],
  output: Storage,
): void {
  if (kernels.length === 1) runtime.run(kernels[0], [...inputs, output]);
  else {
    const scratch = runtime.scratch(scratchWords);
    runtime.run(kernels[0], [...inputs, scratch]);
    runtime.run(kernels[1], [scratch, output]);
    runtime.release(scratch);
  }
}

function operands(x: Tensor, weight: Tensor, bias: Tensor | null, y: Tensor): Storage[] {
  return [x, weight, ...(bias ? [bias] : []), y].map(({ storage }) => storage);
}

export function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

/** The sizes of a convolution; throws where they do not fit. */
export function conv2dSpec(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { stride = 1, padding = 0 }: Conv2dOptions,
): Conv2dSpec {
  requireFloats('conv2d', [x, weight, bias]);
  if (x.shape.length !== 4 || weight.shape.length !== 4) {
    throw new RangeError(
      `conv2d: expected images [N,C,H,W] and filters [K,C,R,S], got [${x.shape}] and [${weight.shape}]`,
    );
  }
  const [batch, inChannels, height, width] = x.shape;
  const [outChannels, filterChannels, r, s] = weight.shape;
  if (filterChannels !== inChannels) {
    throw new RangeError(
      `conv2d: input has ${inChannels} channels but the filter expects ${filterChannels} (input [${x.shape}], filter [${weight.shape}]); build the layer with inChannels: ${inChannels}`,
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
    throw new RangeError(
      `conv2d: bias is [${bias.shape}], but the filter [${weight.shape}] has ${outChannels} output channels`,
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
  };
}
