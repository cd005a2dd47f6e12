import type { Kernel } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';
import type { KernelPlan } from '../plan.ts';
import type { ConvEpilogue } from './epilogue.ts';
import { chooseForm, forwardForms } from './forms.ts';
import { forwardGemm } from './implicit-gemm/gemm.ts';
import { type ConvTile, workgroupTile } from './implicit-gemm/plan.ts';
import { gemmPlan } from './implicit-gemm/tiles.ts';
import { workgroupKernel } from './implicit-gemm/workgroup.ts';
import type { Conv2dSpec } from './spec.ts';

/**
 * Convolution, in the form that `forms.ts` chooses. Buffers: x, weight, [bias], [mean, scale, shift], y, laid out as
 * `conv2dLayouts` says; per-channel arrays are [K] in rowMajor.
 * @param tile An implicit GEMM with this tile; by default the form that suits, with the tile that was measured.
 * @throws RangeError as `conv2dOutputSize` does.
 */
export function conv2dForward(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  machine: Machine = machines.gpu,
  tile?: ConvTile,
): KernelPlan {
  if (tile) return gemmPlan(forwardGemm(spec, epilogue), machine, tile);
  return chooseForm(forwardForms, spec, machine).kernels(spec, epilogue, machine);
}

/**
 * `conv2dForward` whose workgroups share source pixels and weights in workgroup memory: for hardware that gains from
 * it, and at least 4 channels on both sides. Same bindings, same bits.
 * @param tile with `across` and `workgroupSize`.
 * @throws RangeError as `conv2dOutputSize` does, or if the tile exceeds WebGPU's default limits.
 */
export function conv2dForwardWorkgroup(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  tile: ConvTile = workgroupTile,
): Kernel {
  return workgroupKernel(forwardGemm(spec, epilogue), tile);
}
