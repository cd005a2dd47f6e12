import {
  elementCount,
  imageLayout,
  rowMajor,
  type SoftmaxOp,
  softmaxForward,
  softmaxForwardOracle,
  softmaxGradient,
  softmaxGradientOracle,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { centralDifferences, expectWithin, largest, numbers, runInto, shapes } from '../outputs.ts';

const devices = await openTestDevices();
const ops: SoftmaxOp[] = ['softmax', 'logSoftmax'];
const cases = shapes(3, 1).chain((shape) => {
  const count = elementCount(shape);
  return fc.record({
    shape: fc.constant(shape),
    x: fc.constantFrom(4, 60).chain((range) => numbers(count, -range, range)),
    dy: numbers(count),
  });
});

describe.each(ops)('%s', (op) => {
  it('has an oracle whose gradient agrees with central differences', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), numbers(27), numbers(27), (size, values, upstream) => {
        const count = 3 * size;
        const [x, dy] = [values.slice(0, count), upstream.slice(0, count)];
        const f = (moved: ArrayLike<number>) => softmaxForwardOracle(op, moved, size);
        expectWithin(softmaxGradientOracle(op, dy, f(x), size), centralDifferences(f, x, dy), 10);
      }),
      { numRuns: 20 },
    );
  });

  it.each(devices)('equals the oracle on $name, forward and backward', async ({ device }) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, x, dy }) => {
        const layout = rowMajor(shape);
        const size = shape.at(-1)!;
        const forward = softmaxForward(op, layout, device.machine);
        const [y] = await runInto(device, forward, [{ layout, data: x }], [{ layout }]);
        const expected = softmaxForwardOracle(op, x, size);
        expectWithin(y, expected, Math.max(1, largest(expected)), 3e-6);
        const inputs = [
          { layout, data: dy },
          { layout, data: y },
        ];
        const [dx] = await runInto(device, softmaxGradient(op, layout, device.machine), inputs, [{ layout }]);
        expectWithin(dx, softmaxGradientOracle(op, dy, expected, size), 4 * size, 5e-6);
      }),
      { numRuns: 20 },
    );
  });

  it.each(devices)('neither overflows nor underflows on $name', async ({ device }) => {
    const layout = rowMajor([2, 3]);
    const x = [1e30, 0, -1e30, -1e30, -1e30, -1e30];
    const [y] = await runInto(device, softmaxForward(op, layout), [{ layout, data: x }], [{ layout }]);
    expect([...Array.from(y)].every(Number.isFinite)).toBe(true);
    const probabilities = Array.from(y, (value) => (op === 'softmax' ? value : Math.exp(value)));
    expectWithin(probabilities, [1, 0, 0, 1 / 3, 1 / 3, 1 / 3], 1);
  });
});

describe('errors of softmax', () => {
  it('ask for a row-major tensor', () => {
    expect(() => softmaxForward('softmax', imageLayout([2, 5, 3, 3]))).toThrow(/relayout it to rowMajor/);
    expect(() => softmaxForward('softmax', rowMajor([]))).toThrow(/last dimension/);
  });
});
