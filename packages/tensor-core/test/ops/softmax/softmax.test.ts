import { softmaxForwardOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { logSoftmax, softmax } from '../../../src/ops/index.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { permuted } from '../oracles.ts';

const devices = await openTestDevices();

describe.each(devices)('softmax on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each([
    ['softmax', softmax],
    ['logSoftmax', logSoftmax],
  ] as const)('%s: value and gradient along the last dimension', async (name, op) => {
    await fc.assert(
      fc.asyncProperty(
        shapes(1, 4).chain((shape) => input(shape, { low: -4, high: 4 })),
        async (x) => {
          await checkOp(runtime, {
            name,
            inputs: [x],
            op: (values) => op(values),
            oracle: (values) => softmaxForwardOracle(name, values, x.shape.at(-1)!),
            shape: x.shape,
          });
        },
      ),
      runs(device, 18),
    );
  });

  it.each([
    ['softmax', softmax],
    ['logSoftmax', logSoftmax],
  ] as const)('%s: value and gradient along any dimension', async (name, op) => {
    const cases = shapes(1, 4).chain((shape) =>
      fc.record({
        x: input(shape, { low: -4, high: 4 }),
        dim: fc.integer({ min: -shape.length, max: shape.length - 1 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ x, dim }) => {
        const rank = x.shape.length;
        const order = x.shape.map((_, d) => d);
        const at = (dim + rank) % rank;
        [order[at], order[rank - 1]] = [rank - 1, at];
        const swapped = order.map((d) => x.shape[d]);
        await checkOp(runtime, {
          name,
          inputs: [x],
          op: (values) => op(values, dim),
          oracle: (values) => {
            const lines = permuted(values, x.shape, order);
            return permuted(softmaxForwardOracle(name, lines, x.shape[at]), swapped, order);
          },
          shape: x.shape,
        });
      }),
      runs(device, 12),
    );
    expect(() => op(zeros(runtime, [2, 3]), 2)).toThrow(`${name}: dimension 2 does not exist in [2,3]`);
  });
});
