import { describe, expect, it } from 'vitest';
import * as metrics from '../src/index.ts';
import { fixture, near } from './support.ts';

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
