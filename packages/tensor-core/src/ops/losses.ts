// TEMPORARY: composite losses until the fused kernels land.
import { linearKernel, reads, rowMajor, writes } from '@glassbox/wgsl-kernels';
import { differentiable } from '../autograd.ts';
import { empty, type Tensor } from '../tensor.ts';
import { add, maximum, mul, sub } from './arithmetic.ts';
import { mean } from './reduce.ts';
import { abs, exp, log, neg, square } from './unary.ts';

export function mseLoss(x: Tensor, y: Tensor): Tensor {
  return mean(square(sub(x, y)));
}
export function l1Loss(x: Tensor, y: Tensor): Tensor {
  return mean(abs(sub(x, y)));
}
export interface CrossEntropyOptions {
  readonly weight?: Tensor;
  readonly labelSmoothing?: number;
}
export function crossEntropy(logits: Tensor, labels: Tensor, _: CrossEntropyOptions = {}): Tensor {
  const { runtime } = logits;
  const [n, c] = logits.shape;
  const row = logits.layout.extents[1];
  const losses = empty(runtime, rowMajor([n]));
  const d = empty(runtime, logits.layout);
  const k = runtime.kernel(`ce ${n} ${c}`, () =>
    linearKernel({
      name: 'ce',
      about: 'x',
      bindings: [
        reads('x', 'array<f32>'),
        reads('t', 'array<u32>'),
        writes('l', 'array<f32>'),
        writes('d', 'array<f32>'),
      ],
      invocations: n,
      workgroupSize: runtime.device.tuning.workgroupSize,
      flop: 0,
      bytes: 0,
      body: `
var m = -3.4e38f;
for (var k = 0u; k < ${c}u; k++) { m = max(m, x[i*${row}u+k]); }
var z = 0f;
for (var k = 0u; k < ${c}u; k++) { z += exp(x[i*${row}u+k]-m); }
l[i] = log(z) + m - x[i*${row}u+t[i]];
for (var k = 0u; k < ${c}u; k++) { d[i*${row}u+k] = (exp(x[i*${row}u+k]-m)/z - select(0f,1f,k==t[i]))/${n}f; }`,
    }),
  );
  runtime.run(k, [logits.storage, labels.storage, losses.storage, d.storage]);
  return differentiable('crossEntropy', mean(losses), [logits], (dy) => [mul(d, dy)]);
}
export function bceWithLogits(x: Tensor, t: Tensor, _: { weight?: Tensor; posWeight?: Tensor } = {}): Tensor {
  return mean(add(sub(maximum(x, 0), mul(x, t)), log(add(exp(neg(abs(x))), 1))));
}
