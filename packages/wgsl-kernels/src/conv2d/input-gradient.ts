import type { Kernel } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';
import type { KernelPlan } from '../plan.ts';
import type { ConvEpilogue } from './epilogue.ts';
import { chooseForm, inputGradientForms } from './forms.ts';
import { inputGradientGemm } from './implicit-gemm/gemm.ts';
import { type ConvTile, workgroupTile } from './implicit-gemm/plan.ts';
import { gemmPlan } from './implicit-gemm/tiles.ts';
import { workgroupKernel } from './implicit-gemm/workgroup.ts';
import type { Conv2dSpec } from './spec.ts';

/**
 * Gradient of a convolution with respect to its input, in the form that `forms.ts` chooses. It is also the forward pass
 * of a transposed convolution (then with bias and ReLU). Buffers: dy, weight, [bias: one per input channel], dx, laid
 * out as `conv2dLayouts` says, and the plan's scratch memory. Input pixels that no output saw become 0 (or the bias).
 * @param tile An implicit GEMM with this tile; by default the form that suits, with the tile that was measured.
 * @throws RangeError as `conv2dOutputSize` does.
 */
export function conv2dInputGradient(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  machine: Machine = machines.gpu,
  tile?: ConvTile,
): KernelPlan {
  if (tile) return gemmPlan(inputGradientGemm(spec, epilogue), machine, tile);
  return chooseForm(inputGradientForms, spec, machine).kernels(spec, epilogue, machine);
}

/**
 * `conv2dInputGradient` whose workgroups share gradients and weights in workgroup memory: for hardware that gains
 * from it, and at least 4 channels on both sides. Bindings: dy, transposed (the weight as `transposeFilter` writes it),
 * [bias], dx. Same bits.
 * @param tile with `across` and `workgroupSize`.
 * @throws RangeError as `conv2dOutputSize` does, or if the tile exceeds WebGPU's default limits.
 */
export function conv2dInputGradientWorkgroup(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  tile: ConvTile = workgroupTile,
): Kernel {
  return workgroupKernel(inputGradientGemm(spec, epilogue), tile);
}
