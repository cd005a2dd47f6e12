import { unaryGradient } from '@glassbox/wgsl-kernels';
import { launch } from '../runtime/launch.ts';
import { empty, type Tensor } from '../tensor.ts';

/**
 * ReLU's gradient is dy where y > 0, else 0. An op that reads y anyway (batch norm) can apply that mask to the gradient
 * that it hands back, which saves a pass over memory. It then says so here, and the ReLU passes the gradient on as it
 * is.
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
  const dx = empty(y.runtime, y.layout);
  launch(unaryGradient, ['relu', y.layout], { dy, y, dx });
  return dx;
}
