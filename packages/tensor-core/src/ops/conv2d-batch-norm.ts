import { batchNormScale, conv2dLayouts } from '@glassbox/wgsl-kernels';
import { needsGrad } from '../autograd.ts';
import { launch } from '../runtime/launch.ts';
import { empty, type Tensor } from '../tensor.ts';
import { type BatchNormOptions, batchNorm, requireChannels } from './batch-norm.ts';
import { batchNormReluMaxPool } from './batch-norm-relu-max-pool.ts';
import { type Conv2dOptions, conv2d, conv2dSpec } from './conv2d.ts';
import { forwardPass } from './conv2d-passes.ts';
import { toLayout } from './layout.ts';
import { maxPool2d, type Pool2dOptions } from './pool2d.ts';

/**
 * `batchNorm(conv2d(x, weight, bias, options), norm)`, with the same bits. Where nobody wants a gradient and batch norm
 * uses its running statistics (inference, validation, a frozen encoder), the convolution normalises before it stores:
 * the image in between never reaches memory.
 *
 * @param options `relu`: between convolution and batch norm
 * @param behind the batch norm; `relu`: behind batch norm; `maxPool`: then max-pooling
 * @throws RangeError as `conv2d` and `batchNorm` do.
 */
export function conv2dBatchNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: Conv2dOptions,
  behind: BatchNormOptions & { readonly maxPool?: Pool2dOptions },
): Tensor {
  const { maxPool, ...norm } = behind;
  const pooled = (y: Tensor) => (maxPool ? maxPool2d(y, maxPool) : y);
  if (norm.training || needsGrad(x, weight, norm.weight, norm.bias, ...(bias ? [bias] : []))) {
    const y = conv2d(x, weight, bias, options);
    return norm.relu && maxPool ? batchNormReluMaxPool(y, norm, maxPool) : pooled(batchNorm(y, norm));
  }
  const spec = conv2dSpec(x, weight, bias, options);
  const layouts = conv2dLayouts(spec);
  requireChannels(layouts.y, norm);
  const { runtime } = x;
  const { eps = 1e-5 } = norm;
  const scale = empty(runtime, norm.weight.layout);
  launch(batchNormScale, [{ channels: spec.outChannels, eps }], {
    weight: norm.weight,
    runningVariance: norm.runningVar,
    scale,
  });
  const y = empty(runtime, layouts.y);
  forwardPass(
    spec,
    { bias: bias !== null, relu: options.relu, batchNorm: { relu: norm.relu } },
    {
      x: toLayout(x, layouts.x),
      weight: toLayout(weight, layouts.weight),
      bias,
      mean: norm.runningMean,
      scale,
      shift: norm.bias,
      y,
    },
  );
  return pooled(y);
}
