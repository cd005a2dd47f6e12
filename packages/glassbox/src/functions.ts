/**
 * glassbox without methods of tensors: `relu(add(x, y))` in place of `x.add(y).relu()`, `backward(loss)` in place of
 * `loss.backward()`. A bundler can see which ops a page uses, and leaves the others out.
 */
export * as metrics from '@glassbox/metrics';
export * as nn from '@glassbox/nn';
export * from '@glassbox/tensor-core/functions';
