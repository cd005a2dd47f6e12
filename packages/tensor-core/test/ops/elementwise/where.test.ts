import { whereOracle, whereShape } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import { sum, where } from '../../../src/ops/index.ts';
import { tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { broadcastPairs, input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();

describe.each(devices)('where on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('broadcasts its three operands: value and gradients', async () => {
    const operands = broadcastPairs.chain(([a, b]) =>
      fc.tuple(input(a, { frozen: true }), input(b, { frozen: true }), fc.constantFrom(a, b), fc.integer()),
    );
    await fc.assert(
      fc.asyncProperty(operands, async ([a, b, shape, seed]) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const chosen = Float32Array.from({ length: count }, (_, i) => ((i * 7 + (seed & 15)) % 3) - 1);
        const condition = tensor(runtime, chosen, shape);
        await checkOp(runtime, {
          name: 'where',
          inputs: [a, b],
          op: (x, y) => where(condition, x, y),
          oracle: (x, y) =>
            whereOracle({ data: chosen, shape }, { data: x, shape: a.shape }, { data: y, shape: b.shape }),
          shape: whereShape(shape, a.shape, b.shape),
          // Gradients of stretched operands are sums that may cancel.
          leastGradient: 0.5,
        });
      }),
      runs(device),
    );
  });

  it('takes numbers, and what is not chosen has no influence', async () => {
    const x = tensor(runtime, [-1, 0, 4], [3]).requiresGrad_();
    const condition = tensor(runtime, [0, 0, 1], [3]);
    const y = where(condition, x, 7);
    expect([...(await y.array())]).toEqual([7, 7, 4]);
    backward(sum(where(condition, 1, x)));
    expect([...(await x.grad!.array())]).toEqual([1, 1, 0]);
    const wild = tensor(runtime, [Number.NaN, 2, 3], [3]);
    expect([...(await where(condition, wild, 0).array())]).toEqual([0, 0, 3]);
  });

  it('names shapes that do not fit', () => {
    const [two, three] = [tensor(runtime, [1, 2], [2]), tensor(runtime, [1, 2, 3], [3])];
    expect(() => where(two, three, 0)).toThrow(/where: shapes \[2\] and \[3\] do not broadcast/);
    expect(() => where(1 as never, two, 0)).toThrow(/where: expected a tensor, not 1/);
  });
});
