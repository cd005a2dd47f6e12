import { tensor } from '@glassbox/tensor-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Totals } from '../../src/fit/totals.ts';
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

  it('keep their digits over many batches, and count beyond what float32 holds', async () => {
    const totals = new Totals(runtime);
    const [batch, count] = [40_000, 1000];
    const loss = tensor(runtime, [0.1], []);
    const output = tensor(runtime, new Float32Array(batch), [batch, 1]);
    const recording = runtime.record(() => totals.add(loss, output, { labels: null }));
    for (let i = 1; i < count; i++) recording.replay();
    const read = await totals.read();
    // 2.4 times 2^24: one float32 count would have ended there, and one float32 sum be off by 1e-5.
    expect(read.images).toBe(batch * count);
    expect(Math.abs(read.loss / Math.fround(0.1) - 1)).toBeLessThan(5e-7);
    recording.dispose();
  });

  it('never count a NaN as an answer', async () => {
    const totals = new Totals(runtime);
    const rows = [
      [Number.NaN, 0],
      [0, Number.NaN],
      [Number.NaN, Number.NaN],
      [1, 0],
    ];
    const labels = tensor(runtime, [0, 0, 1, 0], [4], { dtype: 'u32' });
    runtime.step(() =>
      totals.add(tensor(runtime, [1], []), tensor(runtime, rows.flat(), [4, 2]), { labels }),
    );
    const { accuracy } = await totals.read();
    // WGSL lets a GPU compare as if there were no NaN; the row without one counts everywhere.
    if (runtime.device.info.kind === 'wasm') expect(accuracy).toBe(0.25);
    else expect(accuracy).toBeGreaterThanOrEqual(0.25);
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
