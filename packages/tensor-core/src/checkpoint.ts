import { callback, checkValue } from '@glassbox/options';
import { differentiable, differentiate, needsGrad } from './autograd.ts';
import { noGrad, withGrad } from './grad-mode.ts';
import { requireTensor } from './primitives/operands.ts';
import { notingInputs, withSameInputs } from './recomputing.ts';
import type { Tensor } from './tensor.ts';

/**
 * Activation checkpointing (Chen et al., 2016, "Training Deep Nets with Sublinear Memory Cost"): `body(x)`, of which
 * only x is kept for the backward pass. There `body` is computed again, with the same random numbers, so that values
 * and gradients have the same bits as without.
 *
 * @param body computes a tensor of any shape from one like x, the same each time. It is called twice.
 * @param parameters the leaves besides x that it uses and that may require a gradient.
 * @throws Error in `backward` if `body` asks for other step inputs than the first time.
 */
export function recomputed(body: (x: Tensor) => Tensor, x: Tensor, parameters: readonly Tensor[]): Tensor {
  checkValue('checkpoint', 'body', body, callback);
  requireTensor('checkpoint', x);
  if (!needsGrad(x, ...parameters)) return body(x);
  const { runtime } = x;
  const inputs: Tensor[] = [];
  const { y } = runtime.tidy(() => ({ y: noGrad(() => notingInputs(inputs, () => body(x))), inputs }));
  // A body that gives back x itself keeps nothing anyway.
  if (y === x) return x;
  return differentiable('checkpoint', y, [x, ...parameters], (dy, [wanted]) =>
    runtime.tidy(() => {
      const again = x.detach().requiresGrad_(wanted);
      const same = withGrad(true, () => withSameInputs(inputs, () => body(again)));
      return differentiate(same, dy, [again]);
    }),
  );
}
