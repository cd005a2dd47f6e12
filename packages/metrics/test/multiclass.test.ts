import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { auc, evaluateClasses, logOddsAgainstRest, macroAuc } from '../src/index.ts';
import { type Fixture, near } from './support.ts';

/** Recorded from scikit-learn by fixtures/record_multiclass.py. */
const cases: Fixture[] = JSON.parse(
  readFileSync(new URL('./fixtures/multiclass.json', import.meta.url), 'utf8'),
);
const split = ({ logits, width, labels }: Fixture) => ({ logits, width, labels });

describe.each(cases.map((one) => [one.width, one] as const))('scores of %d classes', (_, wanted) => {
  const { scores, intervals, recallIntervals } = evaluateClasses(split(wanted), { seed: 1, resamples: 200 });

  it('are those of scikit-learn', () => {
    for (const name of [
      'accuracy',
      'balancedAccuracy',
      'auc',
      'calibrationError',
      'brier',
      'logLoss',
    ] as const)
      near(scores[name], wanted[name]);
    expect(scores.confusion).toEqual(wanted.confusion);
    near(
      scores.classes.map((one) => one.auc),
      wanted.aucs,
    );
    for (const name of ['recall', 'precision', 'averagePrecision'] as const) {
      near(
        scores.classes.map((one) => one[name]),
        wanted[name],
      );
    }
    near(macroAuc(split(wanted)), wanted.auc);
  });

  it('lie within their intervals, which are the same for a seed', () => {
    for (const [name, [low, high]] of Object.entries(intervals)) {
      const value = scores[name as keyof typeof intervals];
      // A calibration error is larger in resamples than in the sample.
      if (name !== 'calibrationError') expect(low, name).toBeLessThanOrEqual(value);
      expect(high, name).toBeGreaterThanOrEqual(value);
    }
    expect(evaluateClasses(split(wanted), { seed: 1, resamples: 200 }).intervals).toEqual(intervals);
    expect(recallIntervals).toHaveLength(wanted.width);
  });
});

describe('evaluateClasses', () => {
  it('with two classes has the area of the binary scores', () => {
    const two = split(cases[0]);
    const odds = logOddsAgainstRest(two, 1);
    near(
      odds,
      Array.from(odds, (_, n) => two.logits[2 * n + 1] - two.logits[2 * n]),
    );
    near(macroAuc(two), auc(odds, two.labels));
  });

  it('does not tie confident answers', () => {
    const logits = [0, 50, 0, 60, 0, 55, 0, 40];
    expect(macroAuc({ logits, width: 2, labels: [0, 1, 1, 0] })).toBe(1);
  });

  it('has intervals where resamples lack a rare class, as the mean over the others', () => {
    const logits = [3, 0, 0, 0, 3, 0, 0, 0, 3, 2, 1, 0, 1, 2, 0];
    const labels = [0, 1, 2, 0, 1];
    const { scores, intervals } = evaluateClasses({ logits, width: 3, labels }, { resamples: 50 });
    expect(scores.auc).toBe(1);
    expect(intervals.auc).toEqual([1, 1]);
    const absent = evaluateClasses(
      { logits: logits.slice(0, 6), width: 3, labels: [0, 1] },
      { resamples: 5 },
    );
    expect(absent.scores.balancedAccuracy).toBe(1);
    expect(macroAuc({ logits: logits.slice(0, 6), width: 3, labels: [0, 1] })).toBeNaN();
  });

  it('refuses what has no scores', () => {
    expect(() => evaluateClasses({ logits: [1, 2], width: 2, labels: [2] })).toThrow('label 0 is 2');
    expect(() => evaluateClasses({ logits: [1, Number.NaN], width: 2, labels: [1] })).toThrow(
      'value 1 is NaN',
    );
    expect(() => evaluateClasses({ logits: [1, 2, 3], width: 2, labels: [1] })).toThrow(
      '3 logits of 2 classes',
    );
    expect(() => evaluateClasses({ logits: [], width: 2, labels: [] })).toThrow('for 0 labels');
  });
});
