/** What PyTorch made of ops that index: `../../fixtures/indexing.py`. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import type { Runtime } from '../../../src/index.ts';
import { type Tensor, tensor } from '../../../src/tensor.ts';
import { expectScaled } from '../check-op.ts';

interface Case {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly shape: readonly number[];
  readonly to: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly dy: readonly number[];
  readonly dx: readonly number[];
  readonly index?: readonly number[];
  readonly indexShape?: readonly number[];
  readonly indices?: readonly number[];
}

const all = JSON.parse(
  readFileSync(new URL('../../fixtures/indexing.json', import.meta.url), 'utf8'),
) as readonly Case[];

/** What PyTorch makes of an op's inputs, each with a title. */
export const recorded = (op: string) =>
  all
    .filter((each) => each.op === op)
    .map((each) => ({
      ...each,
      title: `${op}([${each.shape}], ${JSON.stringify(each.args)}, [${each.indexShape ?? ''}])`,
    }));

/** Compares value and gradient with PyTorch's; where the op gives positions, these, too. */
export async function checkRecorded(
  runtime: Runtime,
  { args, shape, to, x, y, dy, dx, index, indexShape, indices, title }: ReturnType<typeof recorded>[number],
  // biome-ignore lint/suspicious/noExplicitAny: each op has arguments of its own
  op: (x: Tensor, index: Tensor, ...args: any[]) => Tensor | { values: Tensor; indices: Tensor },
): Promise<void> {
  const source = tensor(runtime, x, shape).requiresGrad_();
  const places = tensor(runtime, index ?? [0], indexShape ?? [1], { dtype: 'u32' });
  const found = op(source, places, ...args);
  const result = 'values' in found ? found.values : found;
  expect(result.shape, title).toEqual(to);
  backward(result, tensor(runtime, dy, to));
  expectScaled(title, await result.array(), y, 4, 1e-6);
  expectScaled(`${title}: gradient`, await source.grad!.array(), dx, 16, 1e-6);
  if ('values' in found) expect([...(await found.indices.array())], title).toEqual(indices);
}
