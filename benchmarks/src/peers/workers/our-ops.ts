import {
  backward,
  conv2d,
  groupNorm,
  matmul,
  noGrad,
  type Runtime,
  type Tensor,
  tensor,
} from '@glassbox/tensor-core';
import { filterLayout, imageLayout, rowMajor } from '@glassbox/wgsl-kernels';
import type { BenchmarkOp, Pass } from '../ops.ts';

/** Records a pass of an operation on made-up numbers, which lie as layers keep them. */
export function recordOp(runtime: Runtime, op: BenchmarkOp, pass: Pass) {
  const { inputs, compute } = parts(runtime, op);
  if (pass === 'forward') return runtime.record(() => noGrad(compute));
  for (const input of inputs) input.requiresGrad_();
  const y = compute();
  const dy = made(runtime, y.shape, imageLayout);
  const gradients = () => {
    backward(y, dy);
    return inputs.map((input) => {
      const { grad } = input;
      input.grad = null;
      return grad!;
    });
  };
  // The result is differentiated once: no replay may describe it again.
  return runtime.record(gradients, { checkEvery: Number.POSITIVE_INFINITY });
}

function parts(runtime: Runtime, { kind, shape, groups = 1, stride = 1 }: BenchmarkOp) {
  const of = (sizes: readonly number[], layout = rowMajor) => made(runtime, sizes, layout);
  if (kind === 'matmul') {
    const [a, b] = [of(shape), of(shape)];
    return { inputs: [a, b], compute: () => matmul(a, b) };
  }
  const [x, channels] = [of(shape, imageLayout), shape[1]];
  if (kind === 'group_norm') {
    const [weight, bias] = [of([channels]), of([channels])];
    return { inputs: [x, weight, bias], compute: () => groupNorm(x, groups, { weight, bias }) };
  }
  const weight = of([channels, 1, 3, 3], filterLayout);
  const compute = () => conv2d(x, weight, null, { stride, padding: 1, groups: channels });
  return { inputs: [x, weight], compute };
}

function made(runtime: Runtime, shape: readonly number[], layout: typeof rowMajor): Tensor {
  const count = shape.reduce((size, one) => size * one, 1);
  const values = Float32Array.from({ length: count }, (_, n) => (n % 97) / 97);
  return tensor(runtime, values, shape, { layout: layout(shape) });
}
