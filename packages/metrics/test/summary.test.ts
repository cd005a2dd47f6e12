import { describe, expect, it } from 'vitest';
import * as metrics from '../src/index.ts';
import { fixture, near } from './support.ts';

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
