import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { roundUp4 } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { aboveZero } from './forward.ts';

/** For how many channels the scale is computed. */
export interface BatchNormScaleSpec {
  /** Number of channels, C. */
  readonly channels: number;
  /** Added to the variance; PyTorch's default is 1e-5. */
  readonly eps: number;
}

/**
 * What evaluation mode multiplies each channel by: scale = weight/√(runningVariance + eps), for a convolution that
 * normalises before it stores (`ConvEpilogue.batchNorm`).
 * Bindings: weight, runningVariance, scale, all [C] in rowMajor.
 */
export function batchNormScale(
  { channels, eps }: BatchNormScaleSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  const groups = roundUp4(channels) / 4;
  const vector = 'array<vec4<f32>>';
  return linearKernel({
    name: 'batchNormScale',
    about: `
scale = weight·1/√(runningVariance + ${eps}).
weight, runningVariance, scale: [${channels}]
One invocation handles four channels.`,
    bindings: [reads('weight', vector), reads('runningVariance', vector), readsWrites('scale', vector)],
    invocations: groups,
    workgroupSize,
    body: `scale[i] = weight[i] * (vec4<f32>(1.0) / sqrt(runningVariance[i] + vec4<f32>(${aboveZero(eps)})));`,
    flop: 4 * channels,
    bytes: 4 * 12 * groups,
  });
}

/** The float64 twin of `batchNormScale`. */
export function batchNormScaleOracle(
  weight: ArrayLike<number>,
  variance: ArrayLike<number>,
  eps: number,
): Float64Array {
  return Float64Array.from(weight, (g, c) => g / Math.sqrt(variance[c] + eps));
}
