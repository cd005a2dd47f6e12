import { defaultTuning, type Tuning } from '../kernel.ts';
import type { KernelPlan } from '../plan.ts';
import { chooseForm, weightGradientForms } from './forms.ts';
import { type Conv2dSpec, conv2dOutputSize } from './spec.ts';
import { blocksPlan, type WeightGradientTile } from './weight-gradient/blocks.ts';

export type { WeightGradientTile };

/**
 * Gradient of a convolution with respect to its weights,
 *
 *   dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*stride + r - padding, q*stride + s - padding],
 *
 * in the form that `forms.ts` chooses. Buffers: x, dy, dWeight (`filterLayout`), and the plan's scratch memory.
 * @param tile The form `blocks` with this tile; by default what suits the shape, with the tile that was measured.
 * @throws RangeError as `conv2dOutputSize` does.
 */
export function conv2dWeightGradient(
  spec: Conv2dSpec,
  tuning: Tuning = defaultTuning,
  tile?: WeightGradientTile,
): KernelPlan {
  if (tile) return blocksPlan(spec, tuning, tile);
  return chooseForm(weightGradientForms, spec, tuning).kernels(spec, {}, tuning);
}

/** The definition, in float64, on dense arrays: x [N,C,H,W], dy [N,K,P,Q]; returns dWeight [K,C,R,S]. */
export function conv2dWeightGradientOracle(
  spec: Conv2dSpec,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Float64Array {
  const { batch: N, inChannels: C, height: H, width: W, outChannels: K } = spec;
  const [R, S] = spec.kernel;
  const [P, Q] = conv2dOutputSize(spec);
  const dWeight = new Float64Array(K * C * R * S);
  for (let k = 0; k < K; k++)
    for (let c = 0; c < C; c++)
      for (let r = 0; r < R; r++)
        for (let s = 0; s < S; s++)
          for (let n = 0; n < N; n++)
            for (let p = 0; p < P; p++)
              for (let q = 0; q < Q; q++) {
                const h = p * spec.stride[0] + r - spec.padding[0];
                const w = q * spec.stride[1] + s - spec.padding[1];
                if (h < 0 || h >= H || w < 0 || w >= W) continue;
                dWeight[((k * C + c) * R + r) * S + s] +=
                  x[((n * C + c) * H + h) * W + w] * dy[((n * K + k) * P + p) * Q + q];
              }
  return dWeight;
}
