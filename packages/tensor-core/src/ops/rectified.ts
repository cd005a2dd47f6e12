import { unaryGradient } from '@glassbox/wgsl-kernels';
import { empty, type Tensor } from '../tensor.ts';
import { layoutKey } from './layout.ts';

/**
 * ReLU's gradient is dy where y > 0, else 0. An op that reads y anyway (batch norm) can apply that mask to the gradient
 * that it hands back, which saves a pass over memory. It then says so here, and the ReLU passes the gradient on as it is.
 */
const masked = new WeakSet<Tensor>();

/** Says that `dy` is 0 wherever the ReLU output that it belongs to is 0. */
export function markMasked(dy: Tensor): Tensor {
  masked.add(dy);
  return dy;
}

/** The gradient before a ReLU from the gradient after it, and the ReLU's output y. */
export function throughRelu(dy: Tensor, y: Tensor): Tensor {
  if (masked.has(dy)) return dy;
  const { runtime, layout } = y;
  const dx = empty(runtime, layout);
  const kernel = runtime.kernel(`relu gradient ${layoutKey(layout)}`, () =>
    unaryGradient('relu', layout, runtime.tuning),
  );
  // y > 0 exactly where the ReLU's input is, so either may stand for the other.
  runtime.run(kernel, [dy.storage, y.storage, dx.storage]);
  return dx;
}
