import {
  type Conv2dSpec,
  type ConvEpilogue,
  chooseWinograd,
  conv2dBiasGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dLayouts,
  conv2dWeightGradient,
  type KernelPlan,
  sameLayout,
  singleKernel,
  type Tuning,
  transposeFilter,
  winogradForward,
  winogradInputGradient,
  winogradWeightGradient,
} from '@glassbox/wgsl-kernels';
import { launch } from '../runtime/launch.ts';
import type { Storage } from '../runtime/storage.ts';
import { empty, type Tensor } from '../tensor.ts';

/**
 * The passes of a convolution, each by the kernels that suit its shape and the device: direct ones, or Winograd's form.
 * Tensors lie as `conv2dLayouts` says. Which kernels is a function of shape and device alone, so the bits are too.
 */

/** y from x. `tensors`: x, weight, y and what the epilogue reads (bias; mean, scale, beta), by these names. */
export function forwardPass(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue,
  tensors: Readonly<Record<string, Tensor | null>>,
): void {
  launch(forwardPlan, [spec, epilogue], tensors);
}

function forwardPlan(spec: Conv2dSpec, epilogue: ConvEpilogue, tuning: Tuning): KernelPlan {
  return chooseWinograd(spec, tuning).forward
    ? winogradForward(spec, epilogue, tuning)
    : singleKernel(conv2dForward(spec, epilogue, tuning));
}

/** dx from dy. */
export function inputGradientPass(
  spec: Conv2dSpec,
  { dy, weight }: { readonly dy: Tensor; readonly weight: Tensor },
): Tensor {
  const { runtime } = dy;
  const dx = empty(runtime, conv2dLayouts(spec).x);
  if (chooseWinograd(spec, runtime.tuning).inputGradient) {
    launch(winogradInputGradient, [spec], { dy, weight, dx });
    return dx;
  }
  const transposed = transposedFilter(spec, weight);
  launch(conv2dInputGradient, [spec, {}], { dy, weight: transposed ?? weight, dx });
  if (transposed) runtime.release(transposed);
  return dx;
}

/** The filter as the input gradient reads it, for the caller to release; null if that is how it lies already. */
export function transposedFilter(spec: Conv2dSpec, weight: Tensor): Storage | null {
  const layouts = conv2dLayouts(spec);
  if (sameLayout(layouts.inputGradientWeight, layouts.weight)) return null;
  const transposed = weight.runtime.allocate(layouts.inputGradientWeight);
  launch(transposeFilter, [spec], { weight, transposed });
  return transposed;
}

/** dWeight from x and dy. */
export function weightGradientPass(
  spec: Conv2dSpec,
  { x, dy }: { readonly x: Tensor; readonly dy: Tensor },
): Tensor {
  const dWeight = empty(x.runtime, conv2dLayouts(spec).weight);
  launch(weightGradientPlan, [spec], { x, dy, dWeight });
  return dWeight;
}

function weightGradientPlan(spec: Conv2dSpec, tuning: Tuning): KernelPlan {
  return chooseWinograd(spec, tuning).weightGradient
    ? winogradWeightGradient(spec, tuning)
    : conv2dWeightGradient(spec, tuning);
}

/** dBias from dy. */
export function biasGradientPass(spec: Conv2dSpec, dy: Tensor): Tensor {
  const dBias = empty(dy.runtime, conv2dLayouts(spec).bias);
  launch(conv2dBiasGradient, [spec], { dy, dBias });
  return dBias;
}
