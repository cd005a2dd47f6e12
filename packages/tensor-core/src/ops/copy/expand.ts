import { checkValue, list, whole } from '@glassbox/options';
import { equal, expand as expandKernel, rowMajor } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats, requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { sumToSize } from '../reduce/reduce.ts';

const anyShape = list(whole(-1));

/**
 * Stretches dimensions of size 1, and adds dimensions in front, to a shape; -1 keeps a size. The elements are copied.
 * Gradient: the sum over what was stretched.
 * @throws RangeError if the shape does not broadcast to it.
 */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  requireTensor('expand', x);
  requireFloats('expand', [x]);
  checkValue('expand', 'shape', shape, anyShape);
  const missing = shape.length - x.shape.length;
  const to = shape.map((size, d) => (size === -1 && d >= missing ? x.shape[d - missing] : size));
  const fits = missing >= 0 && x.shape.every((size, d) => size === 1 || size === to[d + missing]);
  if (!fits || to.includes(-1)) {
    throw new RangeError(
      `expand: [${x.shape}] cannot be stretched to [${shape}]; ` +
        'only sizes of 1 change, and new dimensions come first, with sizes of their own',
    );
  }
  if (equal(to, x.shape)) return x;
  const y = empty(x.runtime, rowMajor(to));
  launch(expandKernel, [x.layout, y.layout, 1], { x, y });
  return differentiable('expand', y, [x], (dy) => [sumToSize(dy, x.shape)]);
}
