import { elementCount } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { contiguous, flatten, permute, reshape, toLayout, transpose } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, layoutsOf, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { permuted } from '../oracles.ts';

const devices = await openTestDevices();

/** A shape with the same elements: neighbouring dimensions merged, or one split in two. */
const reshaped = shapes(1, 4).chain((shape) =>
  fc.record({
    x: input(shape),
    to: fc.tuple(fc.nat(shape.length - 1), fc.boolean(), fc.boolean()).map(([at, merge, unknown]) => {
      const size = shape[at];
      const factor = [5, 3, 2].find((f) => size % f === 0) ?? 1;
      const merged =
        at > 0 ? [...shape.slice(0, at - 1), shape[at - 1] * size, ...shape.slice(at + 1)] : shape;
      const split = [...shape.slice(0, at), factor, size / factor, ...shape.slice(at + 1)];
      const to = merge ? merged : split;
      return { asked: unknown ? [...to.slice(0, -1), -1] : to, shape: to };
    }),
  }),
);

const permutations = shapes(1, 4).chain((shape) => {
  const dims = shape.map((_, d) => d);
  return fc.record({
    x: input(shape),
    order: fc.shuffledSubarray(dims, { minLength: dims.length, maxLength: dims.length }),
  });
});

describe.each(devices)('shapes and layouts on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const same = (values: Float64Array) => values;

  it('reshape: the same elements in row-major order', async () => {
    await fc.assert(
      fc.asyncProperty(reshaped, async ({ x, to }) => {
        const op = (t: Parameters<typeof reshape>[0]) => reshape(t, to.asked);
        await checkOp(runtime, {
          name: 'reshape',
          inputs: [x],
          op,
          oracle: same,
          shape: to.shape,
          tolerance: 0,
        });
      }),
      runs(device),
    );
  });

  it('flatten: images in C,H,W order', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes(2, 4).chain((shape) => input(shape)),
        async (x) => {
          const shape = [x.shape[0], elementCount(x.shape.slice(1))];
          await checkOp(runtime, {
            name: 'flatten',
            inputs: [x],
            op: flatten,
            oracle: same,
            shape,
            tolerance: 0,
          });
        },
      ),
      runs(device, 12),
    );
  });

  it('permute: any order of dimensions', async () => {
    await fc.assert(
      fc.asyncProperty(permutations, async ({ x, order }) => {
        await checkOp(runtime, {
          name: 'permute',
          inputs: [x],
          op: (t) => permute(t, order),
          oracle: (values) => permuted(values, x.shape, order),
          shape: order.map((d) => x.shape[d]),
          tolerance: 0,
        });
      }),
      runs(device),
    );
  });

  it('transpose: any two dimensions, counted from either end', async () => {
    const swaps = shapes(2, 4).chain((shape) =>
      fc.record({
        x: input(shape),
        a: fc.integer({ min: -shape.length, max: shape.length - 1 }),
        b: fc.integer({ min: -shape.length, max: shape.length - 1 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(swaps, async ({ x, a, b }) => {
        const order = x.shape.map((_, d) => d);
        const rank = order.length;
        const [p, q] = [(a + rank) % rank, (b + rank) % rank];
        [order[p], order[q]] = [order[q], order[p]];
        await checkOp(runtime, {
          name: 'transpose',
          inputs: [x],
          op: (t) => transpose(t, a, b),
          oracle: (values) => permuted(values, x.shape, order),
          shape: order.map((d) => x.shape[d]),
          tolerance: 0,
        });
      }),
      runs(device, 12),
    );
  });

  it.each(['toLayout', 'contiguous'] as const)('%s: other memory, same tensor', async (name) => {
    const moves = shapes(0, 4).chain((shape) => fc.record({ x: input(shape), to: layoutsOf(shape) }));
    await fc.assert(
      fc.asyncProperty(moves, async ({ x, to }) => {
        const op = (t: Parameters<typeof contiguous>[0]) =>
          name === 'toLayout' ? toLayout(t, to) : contiguous(t);
        await checkOp(runtime, { name, inputs: [x], op, oracle: same, shape: x.shape, tolerance: 0 });
      }),
      runs(device, 15),
    );
  });

  it('move integers too', async () => {
    const data = Uint32Array.from({ length: 30 }, (_, i) => 0xffffff00 + i);
    const x = tensor(runtime, data, [5, 6], { dtype: 'u32' });
    const y = reshape(transpose(x), [3, 10]);
    expect(y.dtype).toBe('u32');
    expect([...(await y.array())]).toEqual([...permuted(data, [5, 6], [1, 0])]);
  });

  it('say what does not fit', () => {
    const x = zeros(runtime, [2, 3]);
    expect(() => reshape(x, [4, 2])).toThrow(/reshape: \[2,3\] \(6 elements\) cannot become \[4,2\]/);
    expect(() => reshape(x, [4, -1])).toThrow(/cannot become/);
    expect(() => permute(x, [0, 0])).toThrow(/\[0,0\] is no permutation of the 2 dimensions of \[2,3\]/);
    expect(() => transpose(x, 0, 2)).toThrow(/dimensions 0 and 2 do not exist in \[2,3\]/);
  });
});
