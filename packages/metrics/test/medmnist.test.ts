import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { medmnistIntervals, medmnistScores, type ScoredProbabilities, tInterval } from '../src/index.ts';
import { type Fixture, near } from './support.ts';

/** Recorded from scikit-learn and scipy by fixtures/record_medmnist.py. */
const { cases, intervals }: Fixture = JSON.parse(
  readFileSync(new URL('./fixtures/medmnist.json', import.meta.url), 'utf8'),
);
const scored = ({ task, width, labels, csv }: Fixture): ScoredProbabilities => ({
  task,
  width,
  labels,
  probabilities: Float32Array.from(
    (csv as string)
      .trim()
      .split('\n')
      .flatMap((line) => line.split(',').slice(1).map(Number)),
  ),
});

describe.each((cases as Fixture[]).map((one) => [one.task as string, one] as const))('%s', (_, wanted) => {
  const split = scored(wanted);
  const scores = medmnistScores(split);

  it('has the scores of the package', () => {
    near(scores.auc, wanted.auc);
    near(scores.accuracy, wanted.accuracy);
    near(scores.calibrationError, wanted.calibrationError);
    near(scores.brier, wanted.brier);
    for (const name of ['recall', 'precision'] as const) {
      near(
        scores.classes.map((one) => one[name]),
        wanted[name],
      );
    }
    expect(scores.confusion ?? null).toEqual(wanted.confusion);
    expect(scores.undefinedAuc).toEqual([]);
  });

  it('has intervals around them, the same for a seed', () => {
    const found = medmnistIntervals(split, { seed: 3, resamples: 200 });
    for (const name of ['auc', 'accuracy'] as const) {
      expect(found[name]![0]).toBeLessThan(scores[name]);
      expect(found[name]![1]).toBeGreaterThan(scores[name]);
    }
    expect(medmnistIntervals(split, { seed: 3, resamples: 200 })).toEqual(found);
  });
});

describe('what the package would fail on', () => {
  it('a finding that no image has is left out of the mean, and named', () => {
    const scores = medmnistScores({
      task: 'multi-label, binary-class',
      width: 2,
      probabilities: [0.9, 0.1, 0.2, 0.6, 0.4, 0.3],
      labels: [1, 0, 0, 0, 1, 0],
    });
    expect(scores.undefinedAuc).toEqual([1]);
    expect(scores.auc).toBe(1);
    near(scores.accuracy, 4 / 6);
    expect(scores.classes[1].recall).toBeNaN();
    expect(scores.meanRecall).toBe(0.5);
  });

  it('one class alone has no AUC', () => {
    const split = {
      task: 'binary-class',
      width: 2,
      probabilities: [0.2, 0.8, 0.6, 0.4],
      labels: [1, 1],
    } as const;
    expect(medmnistScores(split)).toMatchObject({ auc: Number.NaN, accuracy: 0.5, undefinedAuc: [1] });
    expect(medmnistIntervals(split)).not.toHaveProperty('auc');
  });

  const good: ScoredProbabilities = {
    task: 'binary-class',
    width: 2,
    probabilities: [0.2, 0.8],
    labels: [1],
  };
  it.each([
    ['logits', { ...good, probabilities: [-3, 4] }, /probability 0 is -3; pass probabilities in \[0, 1\]/],
    ['NaN', { ...good, probabilities: [0.5, Number.NaN] }, /probability 1 is NaN/],
    ['a class too many', { ...good, labels: [2] }, /label 0 is 2; pass a whole number, 0 to 1/],
    ['three columns', { ...good, width: 3, probabilities: [0, 1, 0] }, /3 columns for a task of two classes/],
    [
      'labels of findings',
      { ...good, labels: [1, 0] },
      /2 probabilities of 2 columns for 2 labels.*1 labels/,
    ],
    ['nothing', { ...good, probabilities: [], labels: [] }, /0 probabilities/],
  ])('%s', (_, split, message) => {
    expect(() => medmnistScores(split)).toThrow(message);
  });
});

describe("Student's interval", () => {
  it.each(intervals as Fixture[])('of $values at $level', ({ values, level, interval }) => {
    near(tInterval(values, level), interval);
  });

  it('needs two values and a share', () => {
    expect(() => tInterval([1])).toThrow(/at least two/);
    expect(() => tInterval([1, 2], 95)).toThrow(/level is 95/);
  });
});
