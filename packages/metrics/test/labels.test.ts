import { describe, expect, it } from 'vitest';
import * as metrics from '../src/index.ts';

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
