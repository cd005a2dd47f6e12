import {
  type BatchNormMode,
  batchNormReluMaxPoolForward,
  isPlanar,
  maxPool2dGradient,
  pool2dLayouts,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../autograd.ts';
import { launch } from '../runtime/launch.ts';
import { empty, type Tensor } from '../tensor.ts';
import {
  type BatchNormOptions,
  batchNorm,
  batchNormGradients,
  batchStatistics,
  requireChannels,
  runningStatistics,
} from './batch-norm.ts';
import { toLayout } from './layout.ts';
import { maxPool2d, type Pool2dOptions, poolSpec } from './pool2d.ts';

/**
 * `maxPool2d(relu(batchNorm(input, norm)), pool)` of images [N,C,H,W], with the same bits. With 4 channels or more it
 * is one pass over the images, which stores the pooled ones only.
 * @returns [N,C,P,Q]
 * @throws RangeError as `batchNorm` and `maxPool2d` do.
 */
export function batchNormReluMaxPool(input: Tensor, norm: BatchNormOptions, pool: Pool2dOptions): Tensor {
  const spec = poolSpec('batchNormReluMaxPool', input, pool);
  if (isPlanar(spec.channels)) return maxPool2d(batchNorm(input, { ...norm, relu: true }), pool);
  requireChannels(input, norm);
  const { weight, bias, training, eps = 1e-5 } = norm;
  const layouts = pool2dLayouts(spec);
  const x = toLayout(input, layouts.x);
  const { runtime } = x;
  const mode: BatchNormMode = training ? { statistics: 'batch' } : { statistics: 'running', eps };
  const statistics = training ? batchStatistics(x, norm) : runningStatistics(norm);
  const y = empty(runtime, layouts.y);
  const winners = empty(runtime, layouts.y, 'u32');
  launch(batchNormReluMaxPoolForward, [{ ...mode, pool: spec }], {
    x,
    ...statistics,
    weight,
    bias,
    y,
    index: winners,
  });
  return differentiable('batchNormReluMaxPool', y, [x, weight, bias], (gradient, wanted) => {
    // The winners know where the ReLU lets nothing through.
    const dy = empty(runtime, layouts.x);
    launch(maxPool2dGradient, [spec], { dy: gradient, index: winners, dx: dy });
    return batchNormGradients({ ...mode, x: layouts.x }, { dy, x, statistics, weight, bias }, wanted);
  });
}
