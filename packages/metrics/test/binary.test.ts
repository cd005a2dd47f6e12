import { describe, expect, it } from 'vitest';
import * as metrics from '../src/index.ts';
import { type Fixture, fixture, near } from './support.ts';

describe.each(fixture.binary as Fixture[])('binary metrics agree with scikit-learn: $name', (sample) => {
  const { labels, logOdds } = sample;
  const probabilities = Float64Array.from(logOdds as number[], metrics.sigmoid);

  it.each(sample.at as Fixture[])('at threshold $threshold', (at) => {
    expect(metrics.confusion(probabilities, labels, at.threshold)).toEqual(at.confusion);
    near(metrics.accuracy(probabilities, labels, at.threshold), at.accuracy);
    near(metrics.balancedAccuracy(probabilities, labels, at.threshold), at.balancedAccuracy);
    near(metrics.sensitivity(probabilities, labels, at.threshold), at.sensitivity);
    near(metrics.specificity(probabilities, labels, at.threshold), at.specificity);
    near(metrics.mcc(probabilities, labels, at.threshold), at.mcc);
  });

  it('AUC and average precision, with ties', () => {
    near(metrics.auc(logOdds, labels), sample.auc);
    near(metrics.averagePrecision(logOdds, labels), sample.averagePrecision);
  });

  it('ROC and precision-recall curves, point by point', () => {
    const roc = metrics.rocCurve(logOdds, labels);
    near(roc.falsePositiveRate, sample.roc.falsePositiveRate);
    near(roc.truePositiveRate, sample.roc.truePositiveRate);
    near(roc.thresholds.slice(1), sample.roc.thresholds);
    const pr = metrics.prCurve(logOdds, labels);
    near(pr.precision, sample.pr.precision);
    near(pr.recall, sample.pr.recall);
    near(pr.thresholds, sample.pr.thresholds);
  });

  it('Brier score, log loss, calibration error', () => {
    near(metrics.brier(probabilities, labels), sample.brier);
    near(metrics.logLoss(logOdds, labels), sample.logLoss);
    for (const [bins, error] of Object.entries(sample.calibrationError)) {
      near(metrics.calibrationError(probabilities, labels, Number(bins)), error as number);
    }
  });

  it('the chosen threshold is what an exhaustive search finds', () => {
    for (const criterion of ['accuracy', 'balancedAccuracy'] as const) {
      const best = metrics.bestThreshold(probabilities, labels, criterion);
      near(best.value, sample.best[criterion].value);
      near(best.threshold, sample.best[criterion].threshold);
    }
  });

  it('bootstrap intervals over the same resamples', () => {
    const { seed, resamples } = sample.bootstrap;
    const ranking = metrics.rank(logOdds, labels);
    near(
      metrics.bootstrapInterval(labels.length, (counts) => metrics.aucOf(ranking, counts), {
        seed,
        resamples,
      }),
      sample.bootstrap.auc,
    );
    const split = metrics.prepareSplit(logOdds, labels, 0.5);
    // The reference drops resamples of one class for AUC; accuracy follows it here.
    const accuracy = (counts: Uint16Array): number => {
      const scores = metrics.scoreSplit(split, counts);
      return Number.isNaN(scores.auc) ? Number.NaN : scores.accuracy;
    };
    near(metrics.bootstrapInterval(labels.length, accuracy, { seed, resamples }), sample.bootstrap.accuracy);
  });

  it('scoreSplit gives the same numbers in one pass', () => {
    const scores = metrics.scoreSplit(metrics.prepareSplit(logOdds, labels, 0.3));
    const half = sample.at.find((at: { threshold: number }) => at.threshold === 0.5);
    const low = sample.at.find((at: { threshold: number }) => at.threshold === 0.3);
    for (const name of ['accuracy', 'balancedAccuracy', 'sensitivity', 'specificity', 'mcc'] as const) {
      near(scores[name], half[name]);
    }
    for (const name of ['accuracy', 'balancedAccuracy', 'sensitivity', 'specificity'] as const) {
      near(scores[`${name}AtValThreshold`], low[name]);
    }
    near(scores.auc, sample.auc);
    near(scores.averagePrecision, sample.averagePrecision);
    near(scores.brier, sample.brier);
    near(scores.logLoss, sample.logLoss);
    near(scores.calibrationError, sample.calibrationError['15']);
  });
});

describe('evaluateRow', () => {
  const [smooth, ties] = fixture.binary;
  const splits = { val: smooth, test: ties };

  it('chooses the threshold on validation, scores the test split with it, and repeats to the bit', () => {
    const first = metrics.evaluateRow(splits, { resamples: 100 });
    expect(metrics.evaluateRow(splits, { resamples: 100 })).toEqual(first);
    near(first.valThreshold, smooth.best.accuracy.threshold);
    near(first.val.accuracyAtValThreshold, smooth.best.accuracy.value);
    near(first.test.auc, ties.auc);
    const [low, high] = first.testIntervals.auc!;
    expect(low).toBeLessThan(ties.auc);
    expect(high).toBeGreaterThan(ties.auc);
  });

  it('refuses a split of one class', () => {
    const one = { logOdds: [0.1, 0.2], labels: [1, 1] };
    expect(() => metrics.evaluateRow({ val: one, test: ties })).toThrow(/all 2 val labels are 1/);
  });
});
