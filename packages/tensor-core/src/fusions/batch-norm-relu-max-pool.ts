import { batchNormReluMaxPoolForward, maxPool2dGradient, pool2dLayouts } from '@glassbox/wgsl-kernels';
import { differentiable } from '../autograd.ts';
import { type BatchNormOptions, batchNormParts } from '../ops/batch-norm/batch-norm.ts';
import { type Pool2dOptions, poolSpec } from '../ops/pool2d/pool2d.ts';
import { launch } from '../runtime/launch.ts';
import { empty, type Tensor } from '../tensor.ts';

/**
 * `maxPool2d(relu(batchNorm(input, norm)), pool)` of images [N,C,H,W] with 4 channels or more: one pass over the
 * images, which stores the pooled ones only.
 * @returns [N,C,P,Q]
 */
export function batchNormReluMaxPool(input: Tensor, norm: BatchNormOptions, pool: Pool2dOptions): Tensor {
  const spec = poolSpec('maxPool2d', input, pool);
  const { mode, operands, inputs, gradients } = batchNormParts(input, norm);
  const { runtime } = input;
  const layouts = pool2dLayouts(spec);
  const y = empty(runtime, layouts.y);
  const winners = empty(runtime, layouts.y, 'u32');
  launch(batchNormReluMaxPoolForward, [{ ...mode, pool: spec }], { ...operands, y, index: winners });
  const rule = gradients();
  return differentiable('batchNorm + relu + maxPool2d', y, inputs, (gradient, wanted, hints) => {
    // The winners know where the ReLU lets nothing through.
    const dy = empty(runtime, layouts.x);
    launch(maxPool2dGradient, [spec], { dy: gradient, index: winners, dx: dy });
    return rule(dy, wanted, hints);
  });
}
