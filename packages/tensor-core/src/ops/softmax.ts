import { type SoftmaxOp, softmaxForward, softmaxGradient } from '@glassbox/wgsl-kernels';
import { differentiable } from '../autograd.ts';
import { empty, type Tensor } from '../tensor.ts';
import { contiguous, layoutKey } from './layout.ts';
import { requireElements, requireFloats } from './operands.ts';

/** exp(x) / Σ exp(x) along the last dimension. */
export const softmax = (x: Tensor): Tensor => run('softmax', x);
/** x - log Σ exp(x) along the last dimension. */
export const logSoftmax = (x: Tensor): Tensor => run('logSoftmax', x);

function run(op: SoftmaxOp, input: Tensor): Tensor {
  requireFloats(op, [input]);
  requireElements(op, input);
  const x = contiguous(input);
  const { runtime, layout } = x;
  const { tuning } = runtime;
  const y = empty(runtime, layout);
  const forward = runtime.kernel(`${op} ${layoutKey(layout)}`, () => softmaxForward(op, layout, tuning));
  runtime.run(forward, [x.storage, y.storage]);
  return differentiable(op, y, [x], (dy) => {
    const dx = empty(runtime, layout);
    const kernel = runtime.kernel(`${op} gradient ${layoutKey(layout)}`, () =>
      softmaxGradient(op, layout, tuning),
    );
    runtime.run(kernel, [dy.storage, y.storage, dx.storage]);
    return [dx];
  });
}
