import { batchNormScale, type ConvEpilogue } from '@glassbox/wgsl-kernels';
import { needsGrad } from '../autograd.ts';
import { type BatchNormOptions, requireChannels } from '../ops/batch-norm/batch-norm.ts';
import { type Conv2dOptions, conv2dParts } from '../ops/conv2d/conv2d.ts';
import { launch } from '../runtime/launch.ts';
import { empty, type Tensor } from '../tensor.ts';

type Filters = readonly [weight: Tensor, bias: Tensor | null, options?: Conv2dOptions];

/**
 * True where nobody wants a gradient and batch norm uses its running statistics: in inference, validation, and a frozen
 * encoder.
 */
export function isInference(x: Tensor, [weight, bias]: Filters, norm: BatchNormOptions): boolean {
  return !norm.training && !needsGrad(x, weight, norm.weight, norm.bias, ...(bias ? [bias] : []));
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
  const scale = empty(runtime, norm.weight.layout);
  launch(batchNormScale, [{ channels: layout.shape[1], eps: norm.eps ?? 1e-5 }], {
    weight: norm.weight,
    runningVariance: norm.runningVar,
    scale,
  });
  return forward(end, { mean: norm.runningMean, scale, shift: norm.bias });
}
