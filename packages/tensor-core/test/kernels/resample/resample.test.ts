import {
  elementCount,
  makeTaps,
  orderedLayout,
  resample,
  resampleOracle,
  type Tap,
  type Taps,
  transposeTaps,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { centralDifferences, expectWithin, layoutOf, numbers, runInto, shapes } from '../outputs.ts';

const devices = await openTestDevices();

/** Any few taps for each position, none among them. */
const tapsOf = (from: number): fc.Arbitrary<Taps> => {
  const tap = fc.tuple(
    fc.integer({ min: 0, max: from - 1 }),
    fc.integer({ min: -8, max: 8 }).map((n) => n / 4),
  );
  return fc
    .array(fc.array(tap, { maxLength: 4 }), { minLength: 1, maxLength: 9 })
    .map((rows) => makeTaps(from, rows as Tap[][]));
};

const cases = shapes(4, 1).chain((shape) =>
  fc
    .integer({ min: 0, max: shape.length - 1 })
    .chain((dimension) =>
      fc.tuple(
        layoutOf(shape),
        fc.constant(dimension),
        tapsOf(shape[dimension]),
        numbers(elementCount(shape)),
      ),
    ),
);

describe('resample', () => {
  it('has as gradient the same with the transposed taps', () => {
    fc.assert(
      fc.property(tapsOf(7), numbers(2 * 7 * 3), fc.integer(), (taps, x, seed) => {
        const dy = Float64Array.from({ length: 2 * taps.to * 3 }, (_, i) => ((i * 13 + (seed & 31)) % 9) - 4);
        const expected = centralDifferences((moved) => resampleOracle(moved, [2, 7, 3], 1, taps), x, dy);
        expectWithin(resampleOracle(dy, [2, taps.to, 3], 1, transposeTaps(taps)), expected, 10);
      }),
      { numRuns: 20 },
    );
  });

  it.each(devices)('equals the oracle along any dimension in any layout on $name', async ({ device }) => {
    await fc.assert(
      fc.asyncProperty(cases, async ([layout, dimension, taps, x]) => {
        const shape = layout.shape.map((size, dim) => (dim === dimension ? taps.to : size));
        const to = orderedLayout(shape, layout.order);
        const count = taps.indices.length;
        const kernel = resample(layout, to, { dimension, taps: count }, device.machine);
        const inputs = [
          { layout, data: x },
          { words: taps.starts.length, data: taps.starts, type: 'u32' as const },
          { words: Math.max(1, count), data: taps.indices, type: 'u32' as const },
          { words: Math.max(1, count), data: taps.weights },
        ];
        const [y] = await runInto(device, kernel, inputs, [{ layout: to }]);
        expectWithin(y, resampleOracle(x, layout.shape, dimension, taps), 32, 1e-6);
      }),
      { numRuns: 40 },
    );
  });

  it('names layouts that differ elsewhere', () => {
    const [a, b] = [orderedLayout([2, 3, 4], [0, 1, 2]), orderedLayout([2, 5, 8], [0, 1, 2])];
    expect(() => resample(a, b, { dimension: 1, taps: 1 })).toThrow(/may differ in dimension 1 only/);
  });
});
