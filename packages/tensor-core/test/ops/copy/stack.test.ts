import { rowMajor } from '@glassbox/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import { add, chunk, mul, split, stack, sum } from '../../../src/ops/index.ts';
import { type Tensor, tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();
const dense = (shape: readonly number[], by: number) => ({
  shape,
  data: Float32Array.from(
    { length: shape.reduce((product, size) => product * size, 1) },
    (_, i) => i * by - 1,
  ),
  layout: rowMajor(shape),
  frozen: false,
});

describe.each(devices)('stack, split and chunk on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const lists = async (tensors: ReturnType<typeof split>) =>
    Promise.all(tensors.map(async (x) => [x.shape, [...(await x.array())]]));

  it.each([
    { dimension: 0, shape: [2, 2, 3], place: (a: number, i: number) => a * 6 + i },
    {
      dimension: 1,
      shape: [2, 2, 3],
      place: (a: number, i: number) => Math.floor(i / 3) * 6 + a * 3 + (i % 3),
    },
    { dimension: -1, shape: [2, 3, 2], place: (a: number, i: number) => i * 2 + a },
  ])('stack along $dimension: value and gradients', async ({ dimension, shape, place }) => {
    await checkOp(runtime, {
      name: 'stack',
      inputs: [dense([2, 3], 0.5), dense([2, 3], -0.25)],
      op: (a, b) => stack([a, b], dimension),
      oracle: (...arrays) => {
        const y = new Float64Array(12);
        for (const [a, array] of arrays.entries())
          for (const [i, value] of array.entries()) y[place(a, i)] = value;
        return y;
      },
      shape,
    });
  });

  it('split and chunk give the parts', async () => {
    const x = tensor(runtime, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 5]);
    expect(await lists(split(x, 2, 1))).toEqual([
      [
        [2, 2],
        [1, 2, 6, 7],
      ],
      [
        [2, 2],
        [3, 4, 8, 9],
      ],
      [
        [2, 1],
        [5, 10],
      ],
    ]);
    expect((await lists(split(x, [1, 4], -1)))[1]).toEqual([
      [2, 4],
      [2, 3, 4, 5, 7, 8, 9, 10],
    ]);
    expect((await lists(chunk(x, 2, 1))).map(([shape]) => shape)).toEqual([
      [2, 3],
      [2, 2],
    ]);
    expect((await lists(chunk(x, 4))).map(([shape]) => shape)).toEqual([
      [1, 5],
      [1, 5],
    ]);
  });

  it.each([
    ['split', (x: Tensor) => split(x, [1, 3, 1], 1)[1], 3],
    ['chunk', (x: Tensor) => chunk(x, 2, 1)[0], 3],
  ] as const)('%s: value and gradient of a part', async (name, op, width) => {
    const start = name === 'split' ? 1 : 0;
    await checkOp(runtime, {
      name,
      inputs: [dense([2, 5], 0.5)],
      op,
      oracle: (x) => Float64Array.from({ length: 6 }, (_, i) => x[Math.floor(i / 3) * 5 + start + (i % 3)]),
      shape: [2, width],
    });
  });

  it('their gradients go where the parts were', async () => {
    const x = tensor(runtime, [1, 2, 3, 4, 5, 6], [2, 3]).requiresGrad_();
    const [a, b] = split(x, [1, 2], 1);
    backward(add(sum(mul(a, 2)), sum(mul(b, 5))));
    expect([...(await x.grad!.array())]).toEqual([2, 5, 5, 2, 5, 5]);
    x.grad = null;
    const [first] = chunk(x, 2);
    backward(sum(first));
    expect([...(await x.grad!.array())]).toEqual([1, 1, 1, 0, 0, 0]);
  });

  it('say what does not fit', () => {
    const [x, y] = [tensor(runtime, [1, 2], [2]), tensor(runtime, [1, 2, 3], [3])];
    expect(() => stack([])).toThrow(/stack: no tensors/);
    expect(() => stack([x, y])).toThrow(/stack: \[2\] and \[3\] differ/);
    expect(() => stack([x, x], 2)).toThrow(/stack: dimension 2 does not exist/);
    expect(() => split(y, [1, 1])).toThrow(/split: \[1,1\] sum to 2, but dimension 0 of \[3\] is 3 long/);
    expect(() => split(y, 0)).toThrow(/split: size/);
    expect(() => chunk(y, 0)).toThrow(/chunk: chunks/);
  });
});
