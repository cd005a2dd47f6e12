import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { concat, select, slice } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { concatenated, sliced } from '../oracles.ts';

const devices = await openTestDevices();

/** Bounds as Python writes them: from either end, or beyond it. */
const slices = shapes(1, 4).chain((shape) =>
  fc.nat(shape.length - 1).chain((dim) => {
    const size = shape[dim];
    return fc
      .tuple(fc.nat(size - 1), fc.integer({ min: 1, max: size }), fc.boolean(), fc.nat(2))
      .map(([a, length, back, beyond]) => {
        const start = Math.min(a, size - 1);
        const end = Math.min(size, start + length);
        return {
          start,
          end,
          asked: [back ? start - size : start, end === size && beyond > 0 ? size + beyond : end] as const,
        };
      })
      .chain((bounds) =>
        fc.record({
          x: input(shape),
          dim: fc.constantFrom(dim, dim - shape.length),
          bounds: fc.constant(bounds),
        }),
      );
  }),
);

const parts = shapes(1, 4).chain((shape) =>
  fc.nat(shape.length - 1).chain((dim) =>
    fc.record({
      dim: fc.constant(dim),
      back: fc.boolean(),
      inputs: fc
        .array(fc.constantFrom(1, 2, 3, 4, 5), { minLength: 1, maxLength: 4 })
        .chain((sizes) => fc.tuple(...sizes.map((size) => input(shape.with(dim, size), { frozen: true })))),
    }),
  ),
);

describe.each(devices)('parts of tensors on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('slice: any range of any dimension', async () => {
    await fc.assert(
      fc.asyncProperty(slices, async ({ x, dim, bounds: { start, end, asked } }) => {
        const d = dim < 0 ? dim + x.shape.length : dim;
        await checkOp(runtime, {
          name: 'slice',
          inputs: [x],
          op: (t) => slice(t, dim, ...asked),
          oracle: (values) => sliced(values, x.shape, d, start, end),
          shape: x.shape.with(d, end - start),
          tolerance: 0,
        });
      }),
      runs(device, 30),
    );
  });

  it('select: one position of any dimension', async () => {
    await fc.assert(
      fc.asyncProperty(slices, async ({ x, dim, bounds: { start } }) => {
        const d = dim < 0 ? dim + x.shape.length : dim;
        await checkOp(runtime, {
          name: 'select',
          inputs: [x],
          op: (t) => select(t, dim, dim < 0 ? start - x.shape[d] : start),
          oracle: (values) => sliced(values, x.shape, d, start, start + 1),
          shape: x.shape.filter((_, other) => other !== d),
          tolerance: 0,
        });
      }),
      runs(device, 20),
    );
    const x = zeros(runtime, [2, 3]);
    expect(() => select(x, 1, 3)).toThrow('select: position 3 does not exist in dimension 1 of [2,3]');
    expect(() => select(x, 1, -4)).toThrow('select: position -4 does not exist in dimension 1 of [2,3]');
    expect(() => select(x, 2, 0)).toThrow('select: dimension 2 does not exist in [2,3]');
    expect(() => select(x, 0, 0.5)).toThrow(/select: index must be a whole number/);
  });

  it('concat: any number of parts along any dimension', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async ({ inputs, dim, back }) => {
        const shapes = inputs.map(({ shape }) => shape);
        const total = shapes.reduce((sum, shape) => sum + shape[dim], 0);
        await checkOp(runtime, {
          name: 'concat',
          inputs,
          op: (...tensors) => concat(tensors, back ? dim - shapes[0].length : dim),
          oracle: (...arrays) => concatenated(arrays, shapes, dim),
          shape: shapes[0].with(dim, total),
          tolerance: 0,
        });
      }),
      runs(device, 30),
    );
  });

  it('concat: the same tensor twice gets both gradients', async () => {
    await fc.assert(
      fc.asyncProperty(input([2, 5]), async (x) => {
        await checkOp(runtime, {
          name: 'concat',
          inputs: [x],
          op: (t) => concat([t, t], 1),
          oracle: (values) => concatenated([values, values], [x.shape, x.shape], 1),
          shape: [2, 10],
        });
      }),
      { numRuns: 2 },
    );
  });

  it('integers keep their bits', async () => {
    const x = tensor(runtime, [0xffffffff, 1, 0xfffffffe, 3], [4], { dtype: 'u32' });
    const y = concat([slice(x, 0, 2), slice(x, 0, 0, 2)]);
    expect([...(await y.array())]).toEqual([0xfffffffe, 3, 0xffffffff, 1]);
  });

  it('say what does not fit', () => {
    const x = zeros(runtime, [2, 3]);
    expect(() => slice(x, 1, 2, 2)).toThrow(/slice: 2 to 2 leaves nothing of dimension 1 of \[2,3\]/);
    expect(() => slice(x, 2)).toThrow(/slice: dimension 2 does not exist in \[2,3\]/);
    expect(() => concat([x, zeros(runtime, [3, 3])], 1)).toThrow(
      /concat: \[2,3\] and \[3,3\] must agree in every dimension but 1/,
    );
    expect(() => concat([])).toThrow(/no tensors/);
    const labels = tensor(runtime, [1, 2, 3], [1, 3], { dtype: 'u32' });
    expect(() => concat([x, labels])).toThrow(/f32 \[2,3\] and u32 \[1,3\]/);
  });
});
