import { batchNormScale, type ConvEpilogue } from '@glassbox/wgsl-kernels';
import { needsGrad } from '../autograd.ts';
import {
  affineOf,
  type BatchNormOptions,
  requireChannels,
  runningStatistics,
} from '../ops/batch-norm/batch-norm.ts';
import { type Conv2dOptions, conv2dParts } from '../ops/conv2d/conv2d.ts';
import { launch } from '../runtime/launch.ts';
import { empty, type Tensor } from '../tensor.ts';

type Filters = readonly [weight: Tensor, bias: Tensor | null, options?: Conv2dOptions];

/**
 * True where nobody wants a gradient and batch norm uses its running statistics: in inference, validation, and a frozen
 * encoder.
 */
export function isInference(x: Tensor, [weight, bias]: Filters, norm: BatchNormOptions): boolean {
  const learnt = [x, weight, bias, norm.weight, norm.bias].filter((each) => each != null);
  return !norm.training && !needsGrad(...learnt);
}

/**
 * Batch norm of a convolution, by running statistics and without a gradient. The convolution normalises before it
 * stores: the image in between never reaches memory.
 * @param end the ReLUs before and after batch norm
 */
export function conv2dBatchNorm(
  x: Tensor,
  filters: Filters,
  norm: BatchNormOptions,
  end: Pick<ConvEpilogue, 'relu' | 'batchNorm'>,
): Tensor {
  const { runtime } = x;
  const { layout, forward } = conv2dParts(x, ...filters);
  requireChannels(layout, norm);
  const channels = layout.shape[1];
  const { weight, bias } = affineOf(x, channels, norm);
  const { runningMean, runningVariance } = runningStatistics(norm);
  const scale = empty(runtime, weight.layout);
  launch(batchNormScale, [{ channels, eps: norm.eps ?? 1e-5 }], { weight, runningVariance, scale });
  return forward(end, { mean: runningMean, scale, shift: bias });
}
