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
 * Gradient of a convolution with respect to its input, which is also the forward pass of a transposed
 * convolution (then with bias and ReLU). Bindings: dy, weight, [bias: one per input channel], dx; the weight
 * in the layout `conv2dLayouts(spec).inputGradientWeight` (convert with `transposeFilter`). Input pixels that
 * no output saw become 0 (or the bias).
 * @throws RangeError as `conv2dOutputSize` does.
 */
export function conv2dInputGradient(
  spec: Conv2dSpec,
  epilogue: Pick<ConvEpilogue, 'bias' | 'relu'> = {},
  tuning: Tuning = defaultTuning,
  tile?: ConvTile,
): Kernel {
  return tunedGather(inputGradientGather(spec, epilogue), tuning, tile);
}

/**
 * `conv2dInputGradient` whose workgroups share gradients and weights in workgroup memory: for hardware that gains
 * from it, and at least 4 channels on both sides. Same bindings, same bits.
 * @param tile with `across` and `workgroupSize`.
 * @throws RangeError as `conv2dOutputSize` does, or if the tile exceeds WebGPU's default limits.
 */
export function conv2dInputGradientWorkgroup(
  spec: Conv2dSpec,
  epilogue: Pick<ConvEpilogue, 'bias' | 'relu'> = {},
  tile: ConvTile = workgroupTile,
): Kernel {
  return gatherWorkgroupKernel(inputGradientGather(spec, epilogue), tile);
}

function inputGradientGather(
  spec: Conv2dSpec,
  { bias = false, relu = false }: Pick<ConvEpilogue, 'bias' | 'relu'>,
): Gather {
  const { x, y, inputGradientWeight } = conv2dLayouts(spec);
  const [p, q] = conv2dOutputSize(spec);
  const { stride, padding } = spec;
  const axis = (source: number, target: number, d: 0 | 1) =>
    ({
      direction: 'backward',
      source,
      target,
      taps: spec.kernel[d],
      stride: stride[d],
      padding: padding[d],
    }) as const;
  return {
    name: 'conv2dInputGradient',
    about: `
dx[n,c,h,w] = ${bias ? 'bias[c] + ' : ''}sum_{k,r,s} dy[n, k, (h + ${padding[0]} - r)/${stride[0]}, (w + ${padding[1]} - s)/${stride[1]}] * weight[k,c,r,s],
over the taps r, s for which the quotients are integers.`,
    source: { name: 'dy', layout: y },
    target: { name: 'dx', layout: x },
    weight: { layout: inputGradientWeight, sourceDim: 0 },
    rows: axis(p, spec.height, 0),
    columns: axis(q, spec.width, 1),
    bias,
    relu,
    flop: conv2dFlop(spec),
  };
}

/** The definition, in float64, on dense arrays: dy [N,K,P,Q], weight [K,C,R,S]; returns dx [N,C,H,W]. */
export function conv2dInputGradientOracle(
  spec: Conv2dSpec,
  dy: ArrayLike<number>,
  weight: ArrayLike<number>,
): Float64Array {
  const { batch: N, inChannels: C, height: H, width: W, outChannels: K } = spec;
  const [R, S] = spec.kernel;
  const [P, Q] = conv2dOutputSize(spec);
  const dx = new Float64Array(N * C * H * W);
  for (let n = 0; n < N; n++)
    for (let k = 0; k < K; k++)
      for (let p = 0; p < P; p++)
        for (let q = 0; q < Q; q++)
          for (let c = 0; c < C; c++)
            for (let r = 0; r < R; r++)
              for (let s = 0; s < S; s++) {
                const h = p * spec.stride[0] + r - spec.padding[0];
                const w = q * spec.stride[1] + s - spec.padding[1];
                if (h < 0 || h >= H || w < 0 || w >= W) continue;
                dx[((n * C + c) * H + h) * W + w] +=
                  dy[((n * K + k) * P + p) * Q + q] * weight[((k * C + c) * R + r) * S + s];
              }
  return dx;
}
