import {
  type Conv2dSpec,
  type ConvEpilogue,
  conv2dBiasGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dLayouts,
  conv2dWeightGradient,
} from '@glassbox/wgsl-kernels';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';

/**
 * The passes of a convolution. Tensors lie as `conv2dLayouts` says. Which form of kernel computes a pass is a function
 * of shape and device alone (`wgsl-kernels/src/conv2d/forms.ts`), so the bits are too.
 */

/** y from x. `tensors`: x, weight, y and what the epilogue reads (bias; mean, scale, shift), by these names. */
export function forwardPass(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue,
  tensors: Readonly<Record<string, Tensor | null>>,
): void {
  launch(conv2dForward, [spec, epilogue], tensors);
}

/** dx from dy. */
export function inputGradientPass(
  spec: Conv2dSpec,
  { dy, weight }: { readonly dy: Tensor; readonly weight: Tensor },
): Tensor {
  const dx = empty(dy.runtime, conv2dLayouts(spec).x);
  launch(conv2dInputGradient, [spec, {}], { dy, weight, dx });
  return dx;
}

/** dWeight from x and dy. */
export function weightGradientPass(
  spec: Conv2dSpec,
  { x, dy }: { readonly x: Tensor; readonly dy: Tensor },
): Tensor {
  const dWeight = empty(x.runtime, conv2dLayouts(spec).weight);
  launch(conv2dWeightGradient, [spec], { x, dy, dWeight });
  return dWeight;
}

/** dBias from dy. */
export function biasGradientPass(spec: Conv2dSpec, dy: Tensor): Tensor {
  const dBias = empty(dy.runtime, conv2dLayouts(spec).bias);
  launch(conv2dBiasGradient, [spec], { dy, dBias });
  return dBias;
}
