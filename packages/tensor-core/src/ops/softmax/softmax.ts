import { type SoftmaxOp, softmaxForward, softmaxGradient } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import {
  requireDimension,
  requireElements,
  requireFloats,
  requireTensor,
} from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { contiguous, transpose } from '../copy/layout.ts';

/** exp(x) / Σ exp(x) along a dimension, the last unless given. @throws RangeError if there is no such dimension. */
export const softmax = (x: Tensor, dim = -1): Tensor => along('softmax', x, dim);
/** x - log Σ exp(x) along a dimension, the last unless given. @throws RangeError if there is no such dimension. */
export const logSoftmax = (x: Tensor, dim = -1): Tensor => along('logSoftmax', x, dim);

/** The kernels go along the last dimension: another one changes places with it. */
function along(op: SoftmaxOp, x: Tensor, dim: number): Tensor {
  requireTensor(op, x);
  const last = x.shape.length - 1;
  const at = requireDimension(op, x, dim);
  return at === last ? run(op, x) : transpose(run(op, transpose(x, at, last)), at, last);
}

function run(op: SoftmaxOp, input: Tensor): Tensor {
  requireFloats(op, [input]);
  requireElements(op, input);
  const x = contiguous(input);
  const { runtime, layout } = x;
  const y = empty(runtime, layout);
  launch(softmaxForward, [op, layout], { x, y });
  return differentiable(op, y, [x], (dy) => {
    const dx = empty(runtime, layout);
    launch(softmaxGradient, [op, layout], { dy, y, dx });
    return [dx];
  });
}
