import { type SoftmaxOp, softmaxForward, softmaxGradient } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireElements, requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { contiguous } from '../copy/layout.ts';

/** exp(x) / Σ exp(x) along the last dimension. */
export const softmax = (x: Tensor): Tensor => run('softmax', x);
/** x - log Σ exp(x) along the last dimension. */
export const logSoftmax = (x: Tensor): Tensor => run('logSoftmax', x);

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
