import { defaultTuning, type Kernel, type Tuning } from '../kernel.ts';
import type { KernelPlan } from '../plan.ts';
import type { ConvEpilogue } from './epilogue.ts';
import { chooseForm, forwardForms } from './forms.ts';
import { forwardGemm } from './implicit-gemm/gemm.ts';
import { type ConvTile, workgroupTile } from './implicit-gemm/plan.ts';
import { gemmPlan } from './implicit-gemm/tiles.ts';
import { workgroupKernel } from './implicit-gemm/workgroup.ts';
import { type Conv2dSpec, conv2dOutputSize } from './spec.ts';

/**
 * Convolution, in the form that `forms.ts` chooses. Buffers: x, weight, [bias], [mean, scale, beta], y, laid out as
 * `conv2dLayouts` says; per-channel arrays are [K] in rowMajor.
 * @param tile An implicit GEMM with this tile; by default the form that suits, with the tile that was measured.
 * @throws RangeError as `conv2dOutputSize` does.
 */
export function conv2dForward(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  tuning: Tuning = defaultTuning,
  tile?: ConvTile,
): KernelPlan {
  if (tile) return gemmPlan(forwardGemm(spec, epilogue), tuning, tile);
  return chooseForm(forwardForms, spec, tuning).kernels(spec, epilogue, tuning);
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

/**
 * The definition, in float64, on dense arrays: x [N,C,H,W], weight [K,C,R,S], bias [K]; returns y [N,K,P,Q].
 */
export function conv2dForwardOracle(
  spec: Conv2dSpec,
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias?: ArrayLike<number>,
  relu = false,
): Float64Array {
  const { batch: N, inChannels: C, height: H, width: W, outChannels: K } = spec;
  const [R, S] = spec.kernel;
  const [P, Q] = conv2dOutputSize(spec);
  const y = new Float64Array(N * K * P * Q);
  for (let n = 0; n < N; n++)
    for (let k = 0; k < K; k++)
      for (let p = 0; p < P; p++)
        for (let q = 0; q < Q; q++) {
          let sum = bias ? bias[k] : 0;
          for (let c = 0; c < C; c++)
            for (let r = 0; r < R; r++)
              for (let s = 0; s < S; s++) {
                const h = p * spec.stride[0] + r - spec.padding[0];
                const w = q * spec.stride[1] + s - spec.padding[1];
                if (h < 0 || h >= H || w < 0 || w >= W) continue;
                sum += x[((n * C + c) * H + h) * W + w] * weight[((k * C + c) * R + r) * S + s];
              }
          y[((n * K + k) * P + p) * Q + q] = relu ? Math.max(0, sum) : sum;
        }
  return y;
}
