import { equal, rowMajor, where as whereKernel, whereShape } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { full } from '../../primitives/fill.ts';
import { requireFloats, requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { sumToSize } from '../reduce/reduce.ts';
import type { Operand } from './binary.ts';

/**
 * a where the condition is not 0, else b, stretched to one shape as PyTorch does. Conditions are what comparisons give:
 * `where(x.gt(0), x, 0)`. What is not chosen has no influence on values and gradients, NaN included.
 * Gradients: dy of the elements that were chosen, 0 of the others; none for the condition.
 * @throws RangeError if the shapes do not broadcast.
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  requireTensor('where', condition);
  const { runtime } = condition;
  const [first, second] = [a, b].map((operand) => {
    const x = typeof operand === 'number' ? full(runtime, [], operand) : operand;
    requireTensor('where', x);
    return x;
  });
  requireFloats('where', [condition, first, second]);
  const y = choose(condition, first, second);
  return differentiable('where', y, [first, second], (dy, [firstWanted, secondWanted]) => {
    const zero = full(runtime, [], 0);
    return [
      firstWanted ? sumToSize(choose(condition, dy, zero), first.shape) : null,
      secondWanted ? sumToSize(choose(condition, zero, dy), second.shape) : null,
    ];
  });
}

function choose(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shape = whereShape(condition.shape, a.shape, b.shape);
  // The layout of an operand that has this shape: convolutions' results stay images.
  const { layout } = [a, b, condition].find((x) => equal(x.shape, shape)) ?? { layout: rowMajor(shape) };
  const y = empty(condition.runtime, layout);
  launch(whereKernel, [condition.layout, a.layout, b.layout, layout], { condition, a, b, y });
  return y;
}
