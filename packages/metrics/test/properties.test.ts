import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as metrics from '../src/index.ts';

describe('properties', () => {
  const scored = fc
    .array(fc.record({ score: fc.integer({ min: -8, max: 8 }), label: fc.integer({ min: 0, max: 1 }) }), {
      minLength: 2,
      maxLength: 40,
    })
    .filter((items) => new Set(items.map(({ label }) => label)).size === 2);

  it('AUC is the share of (positive, negative) pairs in order, ties half', () => {
    fc.assert(
      fc.property(scored, (items) => {
        let right = 0;
        let pairs = 0;
        for (const p of items) {
          for (const q of items) {
            if (p.label !== 1 || q.label !== 0) continue;
            pairs++;
            right += p.score > q.score ? 1 : p.score === q.score ? 0.5 : 0;
          }
        }
        const area = metrics.auc(
          items.map(({ score }) => score),
          items.map(({ label }) => label),
        );
        expect(area).toBeCloseTo(right / pairs, 12);
      }),
    );
  });

  it('a weight of k counts like k copies of the sample, in every score', () => {
    fc.assert(
      fc.property(scored, fc.infiniteStream(fc.integer({ min: 1, max: 3 })), (items, stream) => {
        const counts = items.map(() => stream.next().value as number);
        const copies = items.flatMap((item, i) => new Array<typeof item>(counts[i]).fill(item));
        const prepare = (list: typeof items) =>
          metrics.prepareSplit(
            list.map(({ score }) => score / 3),
            list.map(({ label }) => label),
            0.4,
          );
        const weighted = metrics.scoreSplit(prepare(items), counts);
        const copied = metrics.scoreSplit(prepare(copies));
        for (const name of metrics.METRIC_NAMES) expect(weighted[name]).toBeCloseTo(copied[name], 10);
        expect(weighted.n).toBe(copies.length);
      }),
    );
  });

  it('the chosen threshold is never worse than 0.5, and stays there when 0.5 is as good', () => {
    fc.assert(
      fc.property(scored, (items) => {
        const p = items.map(({ score }) => metrics.sigmoid(score / 2));
        const labels = items.map(({ label }) => label);
        const best = metrics.bestThreshold(p, labels);
        const atHalf = metrics.accuracy(p, labels, 0.5);
        expect(metrics.accuracy(p, labels, best.threshold)).toBeCloseTo(best.value, 12);
        expect(best.value).toBeGreaterThanOrEqual(atHalf);
        if (best.value === atHalf) expect(best.threshold).toBe(0.5);
      }),
    );
  });

  it('of two thresholds that are as good and as near to 0.5, the lower is chosen', () => {
    // 0.25 and 0.75 each get three of four right, 0.5 gets two.
    const p = [0.1875, 0.3125, 0.6875, 0.8125];
    expect(metrics.bestThreshold(p, [0, 1, 0, 1])).toEqual({ threshold: 0.25, value: 0.75 });
    // 0.375 is nearer than 0.75, which comes first in the order of the search.
    expect(metrics.bestThreshold([0.3125, 0.4375, 0.6875, 0.8125], [0, 1, 0, 1]).threshold).toBe(0.375);
  });

  it('folds spread every class evenly', () => {
    fc.assert(
      fc.property(scored, fc.integer({ min: 2, max: 5 }), fc.integer(), (items, folds, seed) => {
        const labels = items.map(({ label }) => label);
        const fold = metrics.stratifiedFolds(labels, folds, seed);
        for (const label of [0, 1]) {
          const sizes = new Array<number>(folds).fill(0);
          fold.forEach((f, i) => {
            if (labels[i] === label) sizes[f]++;
          });
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('standard error of the AUC', () => {
  // Hanley and McNeil's formula is exact where scores are exponential: positives of mean m have an AUC of m/(1+m).
  it.each([
    [1, 30, 20],
    [3, 25, 40],
    [9, 40, 15],
  ])('is the deviation over draws of exponential scores: mean %d, %d positives, %d negatives', (m, p, n) => {
    const rng = metrics.random(7);
    const labels = Array.from({ length: p + n }, (_, i) => (i < p ? 1 : 0));
    const draws = Array.from({ length: 3000 }, () =>
      metrics.auc(
        labels.map((label) => -(label === 1 ? m : 1) * Math.log(1 - rng.next())),
        labels,
      ),
    );
    const expected = metrics.aucStandardError(m / (1 + m), p, n);
    // The deviation of 3000 draws is itself known to 1.3 %.
    expect(Math.abs(metrics.standardDeviation(draws) / expected - 1)).toBeLessThan(0.04);
  });
});
