import { broadcastOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { expand } from '../../../src/ops/index.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();

/** A shape, and an operand that lacks its first dimensions and has some of the others with size 1. */
const cases = shapes(1, 4).chain((to) =>
  fc.nat(to.length).chain((missing) =>
    fc.array(fc.boolean(), { minLength: to.length, maxLength: to.length }).chain((ones) =>
      fc.record({
        to: fc.constant(to),
        x: input(to.slice(missing).map((size, d) => (ones[d] ? 1 : size))),
        keep: fc.boolean(),
      }),
    ),
  ),
);

describe.each(devices)('expand on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('stretches sizes of 1 and adds dimensions in front: value and gradient', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ to, x, keep }) => {
        const missing = to.length - x.shape.length;
        const asked = to.map((size, d) =>
          keep && d >= missing && x.shape[d - missing] === size ? -1 : size,
        );
        await checkOp(runtime, {
          name: 'expand',
          cancels: true,
          inputs: [x],
          op: (t) => expand(t, asked),
          oracle: (values) => broadcastOracle(values, x.shape, to),
          shape: to,
          tolerance: 0,
        });
      }),
      runs(device, 24),
    );
  });

  it('names both shapes where they do not fit', () => {
    const x = zeros(runtime, [2, 1]);
    expect(expand(x, [2, 1])).toBe(x);
    for (const shape of [[3, 1], [2], [-1, 2, 1], [2, 0.5], 3] as number[][]) {
      expect(() => expand(x, shape)).toThrow(/^expand: (\[2,1\] cannot be stretched to|shape must be)/);
    }
  });
});
