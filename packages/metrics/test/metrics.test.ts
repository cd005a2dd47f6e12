import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as metrics from '../src/index.ts';

// Values recorded from scikit-learn, scikit-image and numpy by fixtures/record_metrics.py.
// biome-ignore lint/suspicious/noExplicitAny: the fixture is data, shaped by the script that wrote it
type Fixture = Record<string, any>;
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8'),
);

/** Largest difference allowed from the recorded values. */
const TOLERANCE = 1e-9;

function near(actual: ArrayLike<number> | number, expected: ArrayLike<number> | number): void {
  const a = typeof actual === 'number' ? [actual] : Array.from(actual);
  const b = typeof expected === 'number' ? [expected] : Array.from(expected);
  expect(a.length).toBe(b.length);
  const worst = a.reduce(
    (max, value, i) => (value === b[i] ? max : Math.max(max, Math.abs(value - b[i]))),
    0,
  );
  expect(worst).toBeLessThanOrEqual(TOLERANCE);
}

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

describe.each(fixture.images as Fixture[])('image metrics agree with scikit-image: $name', (sample) => {
  it('PSNR and SSIM', () => {
    near(metrics.psnr(sample.a, sample.b, sample.range), sample.psnr);
    near(metrics.ssim(sample.a, sample.b, sample.height, sample.width, sample.range), sample.ssim);
    expect(metrics.ssim(sample.a, sample.a, sample.height, sample.width, sample.range)).toBeCloseTo(1, 12);
  });
});

describe('separation agrees with scikit-learn', () => {
  const { n, d, c, k, points, labels, fold } = fixture.separation;
  const distances = metrics.pairwiseDistances(points, n, d);

  it('silhouette', () => near(metrics.silhouette(distances, labels), fixture.separation.silhouette));

  it('k nearest neighbours, leave one out and train/test', () => {
    expect(Array.from(metrics.knnLeaveOneOut(distances, labels, k))).toEqual(
      fixture.separation.knnLeaveOneOut,
    );
    expect(
      Array.from(
        metrics.knnPredict(points.slice(0, 50 * d), labels.slice(0, 50), points.slice(50 * d), d, k),
      ),
    ).toEqual(fixture.separation.knnTrainTest);
    const measured = metrics.measureSeparation(points, labels, d, distances, { k });
    near(measured.knnAccuracy, fixture.separation.knnAccuracy);
    near(measured.knnBalancedAccuracy, fixture.separation.knnBalancedAccuracy);
  });

  it('logistic regression, weight by weight', () => {
    const { standardised, weights, bias } = fixture.separation.logistic;
    const model = metrics.fitLogistic(Float64Array.from(standardised), labels, d, c);
    near(model.weights, weights);
    near(model.bias, bias);
  });

  it('cross-validated linear probe over the same folds', () => {
    const scores = metrics.linearProbe(points, labels, d, fold, c);
    near(metrics.accuracy(scores, labels, 0), fixture.separation.probeAccuracy);
    near(metrics.balancedAccuracy(scores, labels, 0), fixture.separation.probeBalancedAccuracy);
    near(metrics.auc(scores, labels), fixture.separation.probeAuc);
  });
});

describe('summaries agree with numpy', () => {
  const { values, quantiles } = fixture.summary;
  it('mean, deviation, quantiles, correlation', () => {
    near(metrics.mean(values), fixture.summary.mean);
    near(metrics.standardDeviation(values), fixture.summary.std);
    for (const [q, expected] of Object.entries(quantiles)) {
      near(metrics.quantile(values, Number(q)), expected as number);
    }
    const other = [...values].reverse().map((value) => value ** 2);
    near(metrics.pearson(values, other), fixture.summary.pearson);
  });
});

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

describe('labels', () => {
  it('counts findings and images with any', () => {
    const labels = [0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0];
    expect(metrics.labelDistribution(labels, ['mass', 'nodule', 'hernia'])).toEqual({
      n: 4,
      positives: 2,
      findings: [
        { name: 'mass', count: 1 },
        { name: 'nodule', count: 1 },
        { name: 'hernia', count: 1 },
      ],
    });
    expect(() => metrics.labelDistribution([0, 1], ['a', 'b', 'c'])).toThrow(
      /2 labels do not make rows of 3/,
    );
    expect(() => metrics.labelDistribution([0, 2], ['a', 'b'])).toThrow(/b of row 0 is 2/);
  });

  it('always answering healthy scores the share of healthy and learns nothing', () => {
    const baseline = metrics.alwaysHealthy([0, 0, 0, 1]);
    expect(baseline).toEqual({
      accuracy: 0.75,
      balancedAccuracy: 0.5,
      sensitivity: 0,
      specificity: 1,
      mcc: 0,
      auc: 0.5,
      averagePrecision: 0.25,
    });
    expect(metrics.constantBaseline([0, 0, 0, 1], 1).accuracy).toBe(0.25);
    expect(() => metrics.constantBaseline([0, 2])).toThrow(/label 1 is 2/);
  });
});

describe('bad input is named', () => {
  const nan = Number.NaN;
  const dots = new Float64Array(49);
  const model = { weights: new Float64Array(2), bias: 0, iterations: 1 };
  it.each([
    [() => metrics.auc([1, 2], [1, 1]), /all 2 labels are 1/],
    [() => metrics.auc([1, Number.NaN], [0, 1]), /score 1 is NaN/],
    [() => metrics.accuracy([1], [0, 1]), /1 scores for 2 labels/],
    [() => metrics.accuracy([1, 1], [0, 3]), /label 1 is 3/],
    [() => metrics.averagePrecision([1, 2], [0, 0]), /none of the 2 labels is 1/],
    [() => metrics.brier([], []), /0 scores/],
    [() => metrics.reliability([1.5, 0], [0, 1]), /probability 0 is 1.5/],
    [() => metrics.ssim([1], [1], 1, 1, 1), /smaller than the 7x7 window/],
    [() => metrics.ssim(new Array(50).fill(0), new Array(49).fill(0), 7, 7, 1), /50 and 49 pixels/],
    [() => metrics.silhouette(new Float64Array(4), [1, 1]), /needs two classes/],
    [() => metrics.fitLogistic(new Float64Array(4), [0, 0], 2), /one class only/],
    [() => metrics.knnLeaveOneOut(new Float64Array(4), [0, 1], 2), /k for 2 points is 2/],
    [() => metrics.summariseSeeds([]), /no values/],
    [() => metrics.accuracy([1, 1], [0, 1], nan), /the threshold is NaN/],
    [() => metrics.accuracy([], []), /0 scores for 0 labels/],
    [() => metrics.rocCurve([1, 2], [0, 0]), /all 2 labels are 0/],
    [() => metrics.prCurve([1, 2], [0, 0]), /none of the 2 labels is 1/],
    [() => metrics.aucOf(metrics.rank([1, 2], [0, 1]), [1]), /1 weights for 2 samples/],
    [() => metrics.interpolate([0.5], [], []), /0 x and 0 y/],
    [() => metrics.interpolate([0.5], [0, 1, 0.5], [0, 1, 1]), /x is 0.5 at point 2/],
    [() => metrics.interpolate([0.5], [0, nan], [0, 1]), /x is NaN at point 1/],
    [() => metrics.aucStandardError(0.8, 0, 5), /0 positives/],
    [() => metrics.aucStandardError(nan, 5, 5), /area NaN/],
    [() => metrics.reliability([0.5, 0], [0, 1], 0), /bins is 0/],
    [() => metrics.reliability([0.5, 0], [0, 1], nan), /bins is NaN/],
    [() => metrics.brier([2, -1], [0, 1]), /probability 0 is 2/],
    [() => metrics.bestThreshold([-3, 4], [0, 1]), /probability 0 is -3.*not logits/],
    [() => metrics.bestThreshold([0.3, 0.4], [0, 1], 'f1' as 'accuracy'), /criterion 'f1'/],
    [() => metrics.resampleCounts(0), /number of samples is 0/],
    [() => metrics.bootstrapInterval(5, () => nan), /undefined on every resample/],
    [() => metrics.quantile([1, 2], nan), /q is NaN/],
    [() => metrics.quantile([1, 2], 50), /q is 50/],
    [() => metrics.pearson([1, 2], [1, 2, 3]), /2 and 3 values/],
    [() => metrics.pearson([], []), /0 and 0 values/],
    [() => metrics.psnr([1], [1], 0), /range is 0/],
    [() => metrics.psnr([1], [2], nan), /range is NaN/],
    [() => metrics.ssim(new Array(49).fill(0), new Array(49).fill(0), 7, 7, -1), /range is -1/],
    [() => metrics.scoreReconstructions([], [], 0, 7, 1), /count is 0/],
    [() => metrics.scoreReconstructions(dots, dots.fill(nan), 1, 7, 1), /inputs: value 0 is NaN/],
    [() => metrics.constantBaseline([]), /no labels/],
    [() => metrics.constantBaseline([0, 2]), /label 1 is 2/],
    [() => metrics.fitLogistic(new Float64Array(4).fill(nan), [0, 1], 2), /value 0 is NaN/],
    [() => metrics.fitLogistic(new Float64Array(4), [0, 2], 2), /label 1 is 2/],
    [() => metrics.fitLogistic(new Float64Array(4), [0, 1], 2, 0), /c is 0/],
    [() => metrics.predictLogistic(model, new Float64Array(3), 2), /3 values do not make rows of 2/],
    [() => metrics.predictLogistic(model, new Float64Array(3), 3), /width is 3/],
    [() => metrics.pairwiseDistances([1, nan], 2, 1), /value 1 is NaN/],
    [() => metrics.silhouette(new Float64Array(0), []), /label none alone/],
    [() => metrics.silhouette(new Float64Array(9), [0, 1]), /9 distances for 2 points/],
    [() => metrics.silhouette(new Float64Array(4).fill(nan), [0, 1]), /points 0 and 0 is NaN/],
    [() => metrics.knnLeaveOneOut(new Float64Array(4), [0, 1], nan), /k for 2 points is NaN/],
    [() => metrics.knnLeaveOneOut(new Float64Array(9), [0, 1, 1], 1.5), /k for 3 points is 1.5/],
    [() => metrics.knnLeaveOneOut(new Float64Array(4).fill(nan), [0, 1], 1), /is NaN/],
    [() => metrics.knnLeaveOneOut(new Float64Array(4), [0, 4], 1), /label 1 is 4/],
    [() => metrics.knnPredict([1, 2], [0, 1], [1, 2, 3], 2, 1), /2 values do not make \[2,2\]/],
    [() => metrics.knnPredict([1, 2, 3, 4], [0, 1], [1, 2, 3], 2, 1), /3 values do not make \[2,2\]/],
    [() => metrics.knnPredict([1, 2], [0, 1], [nan], 1, 1), /value 0 is NaN/],
    [() => metrics.knnPredict([1, 2], [0, 1], [1], 1, 3), /k for 2 training points is 3/],
    [() => metrics.neighbourOverlap(new Float64Array(4), new Float64Array(4), 2, 2), /k for 2 points is 2/],
    [() => metrics.stratifiedFolds([0, 1, 0, 1], 1, 0), /folds is 1/],
    [() => metrics.stratifiedFolds(new Array(600).fill(0), 300, 0), /2 to 255/],
    [() => metrics.linearProbe([1, 2, 3, 4], [0, 1, 0, 1], 1, [0, 1]), /2 folds for 4 labels/],
    [() => metrics.linearProbe([1, 2, nan, 4], [0, 1, 0, 1], 1, [0, 0, 1, 1]), /value 2 is NaN/],
    [() => metrics.random(0.5), /seed is 0.5/],
  ] as [() => unknown, RegExp][])('%s', (call, message) => {
    expect(call).toThrow(message);
  });
});

describe('NaN stays NaN', () => {
  it.each([
    ['a quantile of what holds NaN', () => metrics.quantile([1, Number.NaN, 3], 0.5)],
    ['a mean of nothing', () => metrics.mean([])],
    ['a deviation of nothing', () => metrics.standardDeviation([])],
    ['a correlation with NaN', () => metrics.pearson([1, Number.NaN, 3], [1, 2, 3])],
    ['the error of an image with NaN', () => metrics.meanSquaredError([1, Number.NaN], [1, 2])],
    ['sensitivity without positives', () => metrics.sensitivity([1, 2], [0, 0])],
  ])('%s', (_, call) => {
    expect(call()).toBeNaN();
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
