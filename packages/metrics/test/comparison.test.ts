/** Statistics of comparisons: values of scipy 1.10 and of enumeration, recorded by fixtures/record_comparison.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as metrics from '../src/index.ts';
import { type Fixture, near } from './support.ts';

const recorded: Fixture = JSON.parse(
  readFileSync(new URL('./fixtures/comparison.json', import.meta.url), 'utf8'),
);

/** Within a share of 1e-10 of what is expected: tails are small numbers. */
function close(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-10 * Math.abs(expected));
}

describe('distributions agree with scipy', () => {
  it('normal, chi-square, F', () => {
    for (const [z, p] of recorded.normal) close(metrics.normalCdf(z), p);
    for (const [x, degrees, p] of recorded.chiSquare) close(metrics.chiSquareSurvival(x, degrees), p);
    for (const [x, d1, d2, p] of recorded.f) close(metrics.fSurvival(x, d1, d2), p);
  });

  it('studentised range', () => {
    // scipy's own integral is good for eight digits.
    for (const [level, k, q] of recorded.studentizedRange) {
      expect(Math.abs(metrics.studentizedRangeQuantile(level, k) - q)).toBeLessThan(1e-6 * q);
    }
  });
});

describe('tests of pairs', () => {
  it.each(recorded.paired as Fixture[])(
    '$differences.length differences, p $wilcoxon and $signFlip',
    (one) => {
      const { statistic, p } = metrics.wilcoxonSignedRank(one.differences);
      near([statistic, p], [one.statistic, one.wilcoxon]);
      near(metrics.signFlipTest(one.differences), one.signFlip);
    },
  );

  it('do not depend on the order or on the side', () => {
    const { differences } = recorded.paired[4] as { differences: number[] };
    const turned = differences.map((d) => -d).reverse();
    expect(metrics.signFlipTest(turned)).toBe(metrics.signFlipTest(differences));
    expect(metrics.wilcoxonSignedRank(turned).p).toBe(metrics.wilcoxonSignedRank(differences).p);
  });

  it('know how little a few pairs can show: 2^(1-n)', () => {
    for (const n of [1, 2, 5, 30]) {
      const ones = Array.from({ length: n }, (_, i) => 0.1 + 0.01 * i);
      close(metrics.signFlipTest(ones), 2 ** (1 - n));
      close(metrics.wilcoxonSignedRank(ones).p, 2 ** (1 - n));
    }
    for (const none of [[], [0, 0]]) {
      expect(metrics.signFlipTest(none)).toBe(1);
      expect(metrics.wilcoxonSignedRank(none)).toEqual({ statistic: 0, p: 1, n: 0 });
    }
  });

  it('draw signs beyond 30 differences, near to the normal approximation', () => {
    const differences = Array.from({ length: 60 }, (_, i) => Math.sin(7 * i) + 0.2);
    const sum = differences.reduce((all, d) => all + d, 0);
    const z = sum / Math.sqrt(differences.reduce((all, d) => all + d * d, 0));
    const p = metrics.signFlipTest(differences);
    expect(Math.abs(p - 2 * metrics.normalCdf(-z))).toBeLessThan(0.02);
    expect(metrics.signFlipTest(differences)).toBe(p);
  });

  it('Holm as by numpy', () => {
    near(metrics.holm(recorded.holm.p), recorded.holm.adjusted);
    // Three tests: 0.01 x 3, 0.03 x 2, and the last may not be less than the one before it.
    near(metrics.holm([0.04, 0.01, 0.03]), [0.06, 0.03, 0.06]);
    expect(() => metrics.holm([0.5, 1.2])).toThrow('p-value 1 is 1.2');
  });
});

describe('ranks over sets', () => {
  it.each(recorded.friedman as Fixture[])('Friedman as scipy, p $p', (one) => {
    const { meanRanks, chiSquare, p, f, fP } = metrics.friedmanTest(one.blocks);
    near(meanRanks, one.meanRanks);
    close(chiSquare, one.chiSquare);
    close(p, one.p);
    close(f, one.f);
    close(fP, one.fP);
  });

  it('of blocks that agree, and of blocks without any order', () => {
    const agree = metrics.friedmanTest([
      [1, 2, 3],
      [0, 5, 9],
    ]);
    expect(agree).toMatchObject({ meanRanks: [1, 2, 3], chiSquare: 4, f: Infinity, fP: 0 });
    const tied = metrics.friedmanTest([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(tied).toEqual({ meanRanks: [2, 2, 2], chiSquare: 0, p: 1, f: 0, fP: 1 });
    expect(() => metrics.friedmanTest([[1, 2, 3], [1]])).toThrow('block 1 has 1 values');
    expect(() => metrics.friedmanTest([[1, 2]])).toThrow('at least three treatments');
  });

  it('critical differences are those of Demšar 2006, table 5', () => {
    const q005 = [1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164];
    const q010 = [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.78, 2.855, 2.92];
    for (const [alpha, table] of [
      [0.05, q005],
      [0.1, q010],
    ] as const) {
      table.forEach((q, i) => {
        const k = i + 2;
        const difference = metrics.nemenyiCriticalDifference(k, 14, alpha);
        expect(Math.abs(difference / Math.sqrt((k * (k + 1)) / (6 * 14)) - q)).toBeLessThan(0.001);
      });
    }
    // Its example: four classifiers on 14 sets, CD = 2.569 sqrt(4 · 5 / (6 · 14)) = 1.25.
    expect(metrics.nemenyiCriticalDifference(4, 14).toFixed(2)).toBe('1.25');
  });

  it('groups are the bars of the diagram', () => {
    // Demšar's table 6: at alpha 0.05 nothing is shown, at 0.10 two groups overlap in the second classifier.
    const meanRanks = [3.143, 2.0, 2.893, 1.964];
    const groups = (alpha: number) =>
      metrics.groupsWithin(meanRanks, metrics.nemenyiCriticalDifference(4, 14, alpha));
    expect(groups(0.05)).toEqual([[3, 1, 2, 0]]);
    expect(groups(0.1)).toEqual([
      [3, 1, 2],
      [2, 0],
    ]);
    expect(metrics.groupsWithin([1, 1.8, 2.5, 4.7], 1)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(metrics.groupsWithin([1, 3], 1)).toEqual([]);
  });
});

describe('Pareto front', () => {
  it('keeps what nothing beats', () => {
    expect(metrics.paretoFront([1, 2, 3, 2, 4], [0.7, 0.8, 0.8, 0.8, 0.9])).toEqual([
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(() => metrics.paretoFront([1, Number.NaN], [1, 2])).toThrow('value 1 is NaN');
    expect(() => metrics.paretoFront([1], [])).toThrow('1 costs and 0 scores');
  });
});
