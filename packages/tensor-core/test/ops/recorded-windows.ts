/** What PyTorch makes of convolutions and poolings, for the tests of both. */
import { readFileSync } from 'node:fs';
import { imageLayout } from '@glassbox/wgsl-kernels';
import { expect } from 'vitest';
import { backward } from '../../src/autograd.ts';
import type { Runtime } from '../../src/index.ts';
import { type Tensor, tensor } from '../../src/tensor.ts';
import { expectScaled } from './check-op.ts';

interface Case {
  readonly op: string;
  readonly options: object;
  /** Of x, then weight and bias where there are any; likewise the values and gradients. */
  readonly shapes: readonly (readonly number[])[];
  readonly to: readonly number[];
  readonly tensors: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly dy: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}

/** Recorded by `../fixtures/windows.py`. */
const all = JSON.parse(
  readFileSync(new URL('../fixtures/windows.json', import.meta.url), 'utf8'),
) as readonly Case[];

/** The cases of an op, each with a title. */
export const recordedWindows = (op: string) =>
  all
    .filter((each) => each.op === op)
    .map((each) => ({
      ...each,
      title: `${op}([${each.shapes.join('], [')}], ${JSON.stringify(each.options)})`,
    }));

/** Compares value and gradients with PyTorch's. */
export async function checkWindows<O>(
  runtime: Runtime,
  op: (x: Tensor, weight: Tensor, bias: Tensor | null, options: O) => Tensor,
  recorded: ReturnType<typeof recordedWindows>[number],
): Promise<void> {
  const { options, shapes, to, tensors, y, dy, gradients, title } = recorded;
  const leaves = tensors.map((data, i) =>
    tensor(runtime, data, shapes[i], i === 0 ? { layout: imageLayout(shapes[i]) } : {}).requiresGrad_(),
  );
  const [x, weight, bias = null] = leaves;
  const result = op(x, weight, bias, options as O);
  expect(result.shape, title).toEqual(to);
  backward(result, tensor(runtime, dy, to));
  expectScaled(title, await result.array(), y, 3, 1e-6);
  for (const [i, leaf] of leaves.entries()) {
    expectScaled(`${title}: gradient ${i}`, await leaf.grad!.array(), gradients[i], 8, 1e-6);
  }
}
