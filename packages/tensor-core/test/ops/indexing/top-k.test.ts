import { topKOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { topk } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { permuted } from '../oracles.ts';
import { checkRecorded, recorded } from './recorded.ts';

describe.each(await openTestDevices())('topk on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded('topk'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, one, (x, _, k, dim, largest) => topk(x, k, dim, largest)),
  );

  it('values and their gradient, along the first and the last dimension, in any layout', async () => {
    const drawn = shapes(2, 2).chain((shape) =>
      fc.record({
        x: input(shape),
        first: fc.boolean(),
        k: fc.integer({ min: 1, max: Math.min(...shape) }),
        largest: fc.boolean(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(drawn, async ({ x, first, k, largest }) => {
        const [a, b] = x.shape;
        const rows = (values: Float64Array) => (first ? permuted(values, [a, b], [1, 0]) : values);
        const size = first ? a : b;
        // The order of the elements that were given: their differences are larger than central differences.
        const places = topKOracle(rows(Float64Array.from(x.data)), size, { k, largest });
        await checkOp(runtime, {
          name: 'topk',
          inputs: [x],
          op: (t) => topk(t, k, first ? 0 : -1, largest).values,
          oracle: (values) => {
            const found = Float64Array.from(
              places,
              (place, i) => rows(values)[Math.floor(i / k) * size + place],
            );
            return first ? permuted(found, [b, k], [1, 0]) : found;
          },
          shape: first ? [k, b] : [a, k],
        });
      }),
      runs(device, 16),
    );
  });

  it('takes the lowest index of equal elements', async () => {
    const x = tensor(runtime, [1, 2, 2, 0, 2, 0], [6]);
    expect([...(await topk(x, 4).indices.array())]).toEqual([1, 2, 4, 0]);
    expect([...(await topk(x, 3, 0, false).indices.array())]).toEqual([3, 5, 0]);
    expect(topk(x, 3).indices.dtype).toBe('u32');
  });

  it('says what does not fit', () => {
    const x = zeros(runtime, [2, 3]);
    expect(() => topk(x, 4)).toThrow(/k must be a whole number from 1 to 3/);
    expect(() => topk(x, 1, 2)).toThrow(/topk: dimension 2 does not exist/);
    expect(() => topk(x, 1, 0, 1 as never)).toThrow(/largest/);
  });
});
