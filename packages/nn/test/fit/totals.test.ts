import { tensor } from '@glassbox/tensor-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToTotals, Totals } from '../../src/fit/totals.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();

/** Plain twin: how many rows have their largest value (the first of equals) at their label. */
function countCorrect(logits: readonly (readonly number[])[], labels: readonly number[]): number {
  return logits.filter((row, n) => row.indexOf(Math.max(...row)) === labels[n]).length;
}

describe.each(runtimes)('running totals on $name', ({ runtime }) => {
  it('are the mean loss and the share of right answers over batches of different sizes', async () => {
    // Few values, so that ties are common.
    const row = (classes: number) =>
      fc.array(fc.constantFrom(-1, 0, 0.5, 2), { minLength: classes, maxLength: classes });
    const batch = (classes: number) =>
      fc.integer({ min: 1, max: 5 }).chain((size) =>
        fc.record({
          logits: fc.array(row(classes), { minLength: size, maxLength: size }),
          labels: fc.array(fc.nat(classes - 1), { minLength: size, maxLength: size }),
          loss: fc.float({ min: -4, max: 4, noNaN: true }),
        }),
      );
    const totals = new Totals(runtime);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(2, 5).chain((classes) => fc.array(batch(classes), { minLength: 1, maxLength: 3 })),
        async (batches) => {
          totals.reset();
          for (const { logits, labels, loss } of batches) {
            runtime.step(() =>
              totals.add(
                tensor(runtime, [loss], []),
                tensor(runtime, logits.flat(), [labels.length, logits[0].length]),
                { labels: tensor(runtime, labels, [labels.length], { dtype: 'u32' }) },
              ),
            );
          }
          const images = batches.reduce((sum, { labels }) => sum + labels.length, 0);
          const correct = batches.reduce((sum, { logits, labels }) => sum + countCorrect(logits, labels), 0);
          const loss = batches.reduce((sum, each) => sum + each.loss * each.labels.length, 0) / images;
          const read = await totals.read();
          expect(read.images).toBe(images);
          expect(read.accuracy).toBeCloseTo(correct / images, 6);
          expect(read.loss).toBeCloseTo(loss, 4);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('count no answers where there are no classes', async () => {
    const totals = new Totals(runtime);
    runtime.step(() =>
      totals.add(tensor(runtime, [0.5], []), tensor(runtime, [1, 2, 3], [3, 1]), { labels: null }),
    );
    expect(await totals.read()).toEqual({ loss: 0.5, accuracy: undefined, images: 3 });
  });

  it('keep a NaN, so that it is seen at the end of the epoch', async () => {
    const totals = new Totals(runtime);
    for (const loss of [Number.NaN, 1]) {
      runtime.step(() =>
        totals.add(tensor(runtime, [loss], []), tensor(runtime, [1], [1, 1]), { labels: null }),
      );
    }
    expect((await totals.read()).loss).toBeNaN();
  });
});

it('the kernel reads as it should', () => {
  expect(addToTotals({ batch: 64, classes: 2 }).wgsl).toMatchSnapshot();
});
