import { cumsum as cumsumKernel } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireDimension, requireElements, requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { contiguous } from '../copy/layout.ts';

/**
 * Sums of all elements up to each position of a dimension, as torch.cumsum. Gradient: the sum of dy from each position
 * on.
 */
export function cumsum(x: Tensor, dimension: number): Tensor {
  requireFloats('cumsum', [x]);
  requireElements('cumsum', x);
  const dim = requireDimension('cumsum', x, dimension);
  const from = contiguous(x);
  const run = (input: Tensor, reverse: boolean) => {
    const y = empty(input.runtime, from.layout);
    launch(cumsumKernel, [{ layout: from.layout, dimension: dim, reverse }], { x: input, y });
    return y;
  };
  return differentiable('cumsum', run(from, false), [from], (dy) => [run(dy, true)]);
}
