import { add, div, mean, sqrt, sub, type Tensor, variance } from '@glassbox/tensor-core';

/** (x - mean) / √(variance + eps), both over some dimensions; the variance is biased, as in PyTorch's layers. */
export function normalise(x: Tensor, dim: number | readonly number[], eps: number): Tensor {
  const over = { dim, keepdim: true };
  const centred = sub(x, mean(x, over));
  const deviation = sqrt(add(variance(x, { ...over, correction: 0 }), eps));
  return div(centred, deviation);
}
