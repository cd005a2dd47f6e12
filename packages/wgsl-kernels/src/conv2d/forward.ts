import { defaultTuning, type Kernel, type Tuning } from '../kernel.ts';
import type { ConvEpilogue } from './epilogue.ts';
import type { Gather } from './gather-plan.ts';
import { tunedGather } from './gather-tiles.ts';
import { gatherWorkgroupKernel } from './gather-workgroup.ts';
import {
  type Conv2dSpec,
  type ConvTile,
  conv2dFlop,
  conv2dLayouts,
  conv2dOutputSize,
  workgroupTile,
} from './spec.ts';

/**
 * Convolution as an implicit matrix product. Bindings: x, weight, [bias], [mean, scale, beta], y, laid out as
 * `conv2dLayouts` says; per-channel arrays are [K] in rowMajor.
 * @param tile The register tile; by default the one that was measured (`tuning`), or one that suits the shape.
 * @throws RangeError as `conv2dOutputSize` does.
 */
export function conv2dForward(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  tuning: Tuning = defaultTuning,
  tile?: ConvTile,
): Kernel {
  return tunedGather(forwardGather(spec, epilogue), tuning, tile);
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
  return gatherWorkgroupKernel(forwardGather(spec, epilogue), tile);
}

function forwardGather(spec: Conv2dSpec, { bias = false, relu = false, batchNorm }: ConvEpilogue): Gather {
  const { x, y, weight } = conv2dLayouts(spec);
  const [p, q] = conv2dOutputSize(spec);
  const axis = (source: number, target: number, d: 0 | 1) =>
    ({
      direction: 'forward',
      source,
      target,
      taps: spec.kernel[d],
      stride: spec.stride[d],
      padding: spec.padding[d],
    }) as const;
  return {
    name: 'conv2dForward',
    about: `y[n,k,p,q] = ${bias ? 'bias[k] + ' : ''}sum_{c,r,s} x[n, c, p*${spec.stride[0]} + r - ${spec.padding[0]}, q*${spec.stride[1]} + s - ${spec.padding[1]}] * weight[k,c,r,s]`,
    source: { name: 'x', layout: x },
    target: { name: 'y', layout: y },
    weight: { layout: weight, sourceDim: 1 },
    rows: axis(spec.height, p, 0),
    columns: axis(spec.width, q, 1),
    bias,
    relu,
    batchNorm,
    flop: conv2dFlop(spec),
  };
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
