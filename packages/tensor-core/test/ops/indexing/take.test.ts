import { elementCount, takeOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import { cast, embedding, gather, indexSelect, mul, relu, sum } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { checkRecorded, recorded } from './recorded.ts';

/** An operand, one of its dimensions, and positions along it. */
const taken = shapes(1, 3).chain((shape) =>
  fc.nat(shape.length - 1).chain((dimension) =>
    fc.constantFrom(1, 2, 5).chain((count) => {
      const to = shape.map((size, dim) => (dim === dimension ? count : size));
      const index = (length: number) =>
        fc.array(fc.nat(shape[dimension] - 1), { minLength: length, maxLength: length });
      return fc.record({
        x: input(shape, { frozen: true }),
        dimension: fc.constant(dimension),
        to: fc.constant(to),
        each: index(elementCount(to)),
        all: index(count),
      });
    }),
  ),
);

describe.each(await openTestDevices())('taking elements on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const whole = (values: readonly number[], shape: readonly number[] = [values.length]) =>
    tensor(runtime, values, shape, { dtype: 'u32' });

  it.each(recorded('gather'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, one, (x, index, dim) => gather(x, dim, index)),
  );
  it.each(recorded('indexSelect'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, one, (x, index, dim) => indexSelect(x, dim, index)),
  );
  it.each(recorded('embedding'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, one, (x, index, options) => embedding(index, x, options)),
  );

  it('gather: value and gradient along any dimension, in any layout', async () => {
    await fc.assert(
      fc.asyncProperty(taken, async ({ x, dimension, to, each }) => {
        await checkOp(runtime, {
          name: 'gather',
          inputs: [x],
          op: (a) => gather(a, dimension, whole(each, to)),
          oracle: (a) => takeOracle(a, each, { shape: x.shape, dimension, each: true }),
          shape: to,
        });
      }),
      runs(device, 16),
    );
  });

  it('indexSelect: value and gradient along any dimension, in any layout', async () => {
    await fc.assert(
      fc.asyncProperty(taken, async ({ x, dimension, to, all }) => {
        await checkOp(runtime, {
          name: 'indexSelect',
          inputs: [x],
          op: (a) => indexSelect(a, dimension, whole(all)),
          oracle: (a) => takeOracle(a, all, { shape: x.shape, dimension, each: false }),
          shape: to,
        });
      }),
      runs(device, 16),
    );
  });

  it('embedding: value and gradient of any weight', async () => {
    const drawn = fc
      .record({ rows: fc.constantFrom(1, 3, 7), columns: fc.constantFrom(1, 4, 5), shape: shapes(1, 2) })
      .chain(({ rows, columns, shape }) =>
        fc.tuple(
          input([rows, columns]),
          fc.constant(shape),
          fc.array(fc.nat(rows - 1), { minLength: elementCount(shape), maxLength: elementCount(shape) }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(drawn, async ([weight, shape, index]) => {
        await checkOp(runtime, {
          name: 'embedding',
          inputs: [weight],
          op: (w) => embedding(whole(index, shape), w),
          oracle: (w) => takeOracle(w, index, { shape: weight.shape, dimension: 0, each: false }),
          shape: [...shape, weight.shape[1]],
        });
      }),
      runs(device, 12),
    );
  });

  it('adds up gradients in one order: the same bits each time', async () => {
    const values = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * i) * 10 ** (i % 7));
    const index = Array.from({ length: 100 }, (_, i) => (i * i) % 3);
    const once = async () => {
      const weight = zeros(runtime, [3, 4]).requiresGrad_();
      backward(sum(mul(embedding(whole(index), weight), tensor(runtime, values, [100, 4]))));
      return weight.grad!.array();
    };
    const expected = new Float32Array(12);
    for (const [j, row] of index.entries()) {
      for (let k = 0; k < 4; k++) expected[row * 4 + k] += values[j * 4 + k];
    }
    expect(await once()).toEqual(expected);
    expect(await once()).toEqual(expected);
  });

  it('refuse an index that the host knows does not exist', () => {
    const x = zeros(runtime, [3, 2]);
    expect(() => indexSelect(x, 0, whole([0, 3]))).toThrow(
      /indexSelect: index 3, number 1 of them, is out of bounds: there are 3 positions \(numbers 0 to 2\)/,
    );
    expect(() => gather(x, 1, whole([0, 1, 1, 0, 2, 0], [3, 2]))).toThrow(/gather: index 2, number 4/);
    expect(() => embedding(whole([0, 0xffffffff]), x)).toThrow(
      /embedding: index -1, number 1 of them, is out of bounds: there are 3 rows/,
    );
  });

  it('note an index that only the device knows, and give NaN', async () => {
    const index = cast(relu(tensor(runtime, [0, 5, 1], [3])), 'u32');
    const y = indexSelect(tensor(runtime, [1, 2, 3], [3]), 0, index);
    await expect(y.array()).rejects.toThrow(/indexSelect: index 5, number 1 of them/);
    expect(await y.array()).toEqual(Float32Array.of(1, Number.NaN, 2));
  });

  it('say what does not fit', () => {
    const x = zeros(runtime, [3, 2]);
    expect(() => gather(x, 0, whole([0, 0, 0], [1, 3]))).toThrow(/index \[1,3\] does not fit \[3,2\]/);
    expect(() => gather(x, 2, whole([0]))).toThrow(/gather: dimension 2 does not exist/);
    expect(() => gather(x, 0, zeros(runtime, [1, 2]))).toThrow(/gather: indices are u32, not f32 \[1,2\]/);
    expect(() => indexSelect(x, 0, whole([0, 0], [1, 2]))).toThrow(/index is \[J\], not \[1,2\]/);
    expect(() => embedding(whole([0]), zeros(runtime, [3]))).toThrow(/expected a weight \[rows,columns\]/);
    expect(() => embedding(whole([0]), x, { paddingIdx: 3 })).toThrow(/paddingIdx/);
    expect(() => indexSelect(x, 0, tensor(runtime, [], [0], { dtype: 'u32' }))).toThrow(/is empty/);
  });
});
