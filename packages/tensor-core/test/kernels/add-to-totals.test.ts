import { rowMajor } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToTotals, addToTotalsOracle, type TotalsTwin } from '../../../nn/src/fit/add-to-totals.ts';
import { openTestDevices } from '../support/devices.ts';
import { sameSource } from '../support/observe.ts';
import { expectClose, type Operand, runKernel } from '../support/run-kernel.ts';

const devices = await openTestDevices();

/** The totals as the kernel keeps them. */
function words({ sums, correct, images, batches, note }: TotalsTwin): Uint32Array {
  const bits = new Uint32Array(Float32Array.from(sums).buffer);
  return Uint32Array.of(...bits, correct, images, batches, 0, ...note, 0, 0);
}

// Few values, so that ties are common.
const logit = fc.constantFrom(-1, 0, 0.5, 2, Number.NEGATIVE_INFINITY);
const batches = fc.integer({ min: 1, max: 5 }).chain((classes) =>
  fc.array(fc.tuple(fc.array(logit, { minLength: classes, maxLength: classes }), fc.nat(classes)), {
    minLength: 1,
    maxLength: 6,
  }),
);
const value = fc.float({ min: -4, max: 4, noNaN: true });
const totals: fc.Arbitrary<TotalsTwin> = fc.record({
  sums: fc.array(value, { minLength: 4, maxLength: 4 }),
  correct: fc.nat(2 ** 26),
  images: fc.nat(2 ** 26),
  // Often one before sums move up, by one place or by several.
  batches: fc.oneof(fc.nat(300), fc.constantFrom(63, 64 ** 2 - 1, 64 ** 3 - 1, 64 ** 3 + 63)),
  note: fc.constantFrom<readonly [number, number]>([0, 0], [3, 70_000]),
});

describe.each(devices)('addToTotals on $name', ({ device }) => {
  it('adds a batch to any totals: losses, right answers, counts, and the first label that is no class', async () => {
    await fc.assert(
      fc.asyncProperty(totals, batches, value, fc.boolean(), async (before, rows, loss, counted) => {
        const [logits, labels] = [rows.map(([row]) => row), rows.map(([, label]) => label)];
        const [batch, classes] = [rows.length, counted ? logits[0].length : 0];
        const answers: Operand[] = [
          { layout: rowMajor([batch, classes]), data: logits.flat() },
          { words: batch, data: labels, type: 'u32' },
        ];
        const results = await runKernel(device, addToTotals({ batch, classes }, device.machine), [
          { words: 1, data: [loss] },
          ...(counted ? answers : []),
          { words: 12, data: words(before), type: 'u32' },
        ]);
        const got = results.at(-1) as Uint32Array;
        const expected = addToTotalsOracle(before, loss, logits, counted ? labels : []);
        expect(got.slice(4)).toEqual(words(expected).slice(4));
        const sums = sameSource(new Float32Array(got.buffer, 0, 4), got);
        expectClose(sums, expected.sums, 1e-6);
        // What moved up is gone: not nearly 0.
        for (const [level, sum] of expected.sums.entries())
          if (sum === 0) expect(Math.abs(sums[level])).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
