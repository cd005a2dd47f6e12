import { reluOp, unaryGradient } from '@glassbox/wgsl-kernels';
import { differentiable } from '../autograd.ts';
import type { BackwardFunction } from '../graph.ts';
import type { OpParts } from '../ops/parts.ts';
import { launch } from '../runtime/launch.ts';
import { empty, type Tensor } from '../tensor.ts';

/**
 * An op whose kernel replaces negative results by 0 before it stores them. Backward, dy counts where y is above 0: what
 * is known to be masked so already goes to the op's own rule as it is.
 * @param name of the fusion
 */
export function thenRelu(name: string, { inputs, forward, gradients }: OpParts<{ relu?: boolean }>): Tensor {
  const y = forward({ relu: true });
  const rule: BackwardFunction<Tensor> = (dy, wanted, hints) =>
    hints.facts.masked
      ? gradients(dy, wanted, hints)
      : gradients(beforeRelu(dy, y), wanted, { ...hints, facts: {} });
  return differentiable(name, y, inputs, rule);
}

/** The gradient before a ReLU from the gradient after it, and the ReLU's output y. */
function beforeRelu(dy: Tensor, y: Tensor): Tensor {
  const dx = empty(y.runtime, y.layout);
  launch(unaryGradient, [reluOp, y.layout], { dy, y, dx });
  return dx;
}
