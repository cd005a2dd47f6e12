/** What the tests of ops that resample share. */
import { readFileSync } from 'node:fs';
import { imageLayout, resampleOracle, type Taps } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { expect } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import type { Runtime } from '../../../src/index.ts';
import { type Tensor, tensor } from '../../../src/tensor.ts';
import { runs } from '../../support/runs.ts';
import { input } from '../arbitrary.ts';
import { checkOp, expectScaled } from '../check-op.ts';

interface Case {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly shape: readonly number[];
  readonly to: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly dy: readonly number[];
  readonly dx: readonly number[];
}

/** Recorded by `../../fixtures/resample.py`. */
const all = JSON.parse(
  readFileSync(new URL('../../fixtures/resample.json', import.meta.url), 'utf8'),
) as readonly Case[];

/** What PyTorch makes of an op's inputs, each with a title. */
export const recorded = (op: string) =>
  all
    .filter((each) => each.op === op)
    .map((each) => ({ ...each, title: `${op}([${each.shape}], ${JSON.stringify(each.args)})` }));

/** Compares value and gradient with PyTorch's, for planar images and channels last. */
export async function checkRecorded<A extends readonly unknown[]>(
  runtime: Runtime,
  op: (x: Tensor, ...args: A) => Tensor,
  { args, shape, to, x, y, dy, dx, title }: Case & { readonly title: string },
): Promise<void> {
  for (const layout of [undefined, imageLayout(shape)]) {
    const source = tensor(runtime, x, shape, layout && { layout }).requiresGrad_();
    const result = op(source, ...(args as unknown as A));
    expect(result.shape, title).toEqual(to);
    backward(result, tensor(runtime, dy, to));
    expectScaled(title, await result.array(), y, 3, 1e-6);
    expectScaled(`${title}: gradient`, await source.grad!.array(), dx, 8, 1e-6);
  }
}

/** Images of awkward sizes. */
export const images = fc
  .tuple(
    fc.constantFrom(1, 2),
    fc.constantFrom(1, 3, 4, 5, 8),
    fc.constantFrom(3, 4, 7),
    fc.constantFrom(3, 5, 8),
  )
  .chain((shape) => input(shape));

/** An op as what it makes of height and width (dimensions 2 and 3). */
export interface Separable {
  readonly op: (x: Tensor) => Tensor;
  readonly height: (from: number) => Taps;
  readonly width: (from: number) => Taps;
}

/** Compares value and gradient with the oracle, along height, then along width. */
export async function checkSeparable(
  runtime: Runtime,
  name: string,
  { op, height, width }: Separable,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(images, async (x) => {
      const [n, c, h, w] = x.shape;
      const [rows, columns] = [height(h), width(w)];
      await checkOp(runtime, {
        name,
        inputs: [x],
        op,
        oracle: (a) => resampleOracle(resampleOracle(a, x.shape, 2, rows), [n, c, rows.to, w], 3, columns),
        shape: [n, c, rows.to, columns.to],
      });
    }),
    runs(runtime.device, 8),
  );
}
