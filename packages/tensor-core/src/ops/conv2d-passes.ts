import {
  type Conv2dSpec,
  type ConvEpilogue,
  chooseWinograd,
  conv2dBiasGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dLayouts,
  conv2dWeightGradient,
  sameLayout,
  singleKernel,
  transposeFilter,
  winogradForward,
  winogradInputGradient,
  winogradWeightGradient,
} from '@glassbox/wgsl-kernels';
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
  tensors: Readonly<Record<string, Tensor>>,
): void {
  const { runtime } = tensors.x;
  const { tuning } = runtime;
  const plan = runtime.kernel(`conv2dForward ${JSON.stringify([spec, epilogue])}`, () =>
    chooseWinograd(spec, tuning).forward
      ? winogradForward(spec, epilogue, tuning)
      : singleKernel(conv2dForward(spec, epilogue, tuning)),
  );
  runtime.runPlan(plan, storagesOf(tensors));
}

/** dx from dy. */
export function inputGradientPass(
  spec: Conv2dSpec,
  tensors: { readonly dy: Tensor; readonly weight: Tensor },
): Tensor {
  const { runtime } = tensors.dy;
  const { tuning } = runtime;
  const layouts = conv2dLayouts(spec);
  const key = JSON.stringify(spec);
  const dx = empty(runtime, layouts.x);
  if (chooseWinograd(spec, tuning).inputGradient) {
    const plan = runtime.kernel(`winogradInputGradient ${key}`, () => winogradInputGradient(spec, tuning));
    runtime.runPlan(plan, storagesOf({ ...tensors, dx }));
    return dx;
  }
  let turned = tensors.weight.storage;
  const turns = !sameLayout(layouts.inputGradientWeight, layouts.weight);
  if (turns) {
    turned = runtime.allocate(layouts.inputGradientWeight);
    const transpose = runtime.kernel(`transposeFilter ${key}`, () => transposeFilter(spec, tuning));
    runtime.run(transpose, [tensors.weight.storage, turned]);
  }
  const kernel = runtime.kernel(`conv2dInputGradient ${key}`, () => conv2dInputGradient(spec, {}, tuning));
  runtime.run(kernel, [tensors.dy.storage, turned, dx.storage]);
  if (turns) runtime.release(turned);
  return dx;
}

/** dWeight from x and dy. */
export function weightGradientPass(
  spec: Conv2dSpec,
  tensors: { readonly x: Tensor; readonly dy: Tensor },
): Tensor {
  const { runtime } = tensors.x;
  const { tuning } = runtime;
  const key = JSON.stringify(spec);
  const dWeight = empty(runtime, conv2dLayouts(spec).weight);
  const plan = runtime.kernel(`conv2dWeightGradient ${key}`, () =>
    chooseWinograd(spec, tuning).weightGradient
      ? winogradWeightGradient(spec, tuning)
      : conv2dWeightGradient(spec, tuning),
  );
  runtime.runPlan(plan, storagesOf({ ...tensors, dWeight }));
  return dWeight;
}

/** dBias from dy. */
export function biasGradientPass(spec: Conv2dSpec, dy: Tensor): Tensor {
  const { runtime } = dy;
  const dBias = empty(runtime, conv2dLayouts(spec).bias);
  const plan = runtime.kernel(`conv2dBiasGradient ${JSON.stringify(spec)}`, () =>
    conv2dBiasGradient(spec, runtime.tuning),
  );
  runtime.runPlan(plan, storagesOf({ dy, dBias }));
  return dBias;
}

function storagesOf(tensors: Readonly<Record<string, Tensor>>): Record<string, Storage> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { storage }]) => [name, storage]));
}
