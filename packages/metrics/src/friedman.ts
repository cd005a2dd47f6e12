/** Comparison of several classifiers on several data sets by ranks (Demšar, JMLR 7, 2006). */
import { checkFinite, checkWhole } from './checks.ts';
import { chiSquareSurvival, fSurvival, studentizedRangeQuantile } from './distributions.ts';

/**
 * Ranks from 1 for the least value; equal values share the mean of their ranks.
 * @throws on values that are not finite
 */
export function midranks(values: ArrayLike<number>): number[] {
  checkFinite('midranks', values);
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Array<number>(values.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && values[order[end]] === values[order[first]]) end++;
    for (let i = first; i < end; i++) ranks[order[i]] = (first + 1 + end) / 2;
    first = end;
  }
  return ranks;
}

/** What Friedman's test says of k treatments in N blocks. */
export interface FriedmanResult {
  /** Mean rank of each treatment over the blocks. */
  meanRanks: number[];
  /** Friedman's statistic, corrected for ties (Conover 1999). */
  chiSquare: number;
  /** Its p-value by the chi-square distribution with k - 1 degrees of freedom. */
  p: number;
  /** Iman and Davenport's statistic (1980), which is less conservative. Infinite where all blocks agree. */
  f: number;
  /** Its p-value by the F distribution with k - 1 and (k - 1)(N - 1) degrees of freedom. */
  fP: number;
}

/**
 * Friedman's test (1937) of whether k treatments differ: χ² = 12 N / (k (k + 1)) (Σ R² - k (k + 1)² / 4) for mean ranks
 * R, and F = (N - 1) χ² / (N (k - 1) - χ²).
 *
 * @param blocks for each block the values of all treatments; the least value has rank 1, so negate scores of which the
 *   highest is best
 * @throws on fewer than two blocks or three treatments, blocks of different lengths, or values that are not finite
 */
export function friedmanTest(blocks: readonly ArrayLike<number>[]): FriedmanResult {
  const n = blocks.length;
  const k = blocks[0]?.length ?? 0;
  if (n < 2 || k < 3) {
    throw new Error(
      `friedmanTest: ${k} treatments in ${n} blocks; pass at least three treatments in two blocks`,
    );
  }
  const wrong = blocks.findIndex(({ length }) => length !== k);
  if (wrong >= 0) {
    throw new Error(`friedmanTest: block ${wrong} has ${blocks[wrong].length} values and block 0 has ${k}`);
  }
  const ranks = blocks.map(midranks);
  const meanRanks = ranks[0].map((_, t) => ranks.reduce((sum, row) => sum + row[t], 0) / n);
  const centre = (k + 1) / 2;
  const squares = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0);
  // Without ties each block's ranks have the squares k (k² - 1) / 12; ties leave less.
  const spread = ranks.reduce((sum, row) => sum + squares(row), 0);
  if (spread === 0) return { meanRanks, chiSquare: 0, p: 1, f: 0, fP: 1 };
  const chiSquare = (n * n * (k - 1) * squares(meanRanks)) / spread;
  const rest = n * (k - 1) - chiSquare;
  // All blocks agree: what is left is rounding.
  const f = rest <= 1e-12 * chiSquare ? Number.POSITIVE_INFINITY : ((n - 1) * chiSquare) / rest;
  return {
    meanRanks,
    chiSquare,
    p: chiSquareSurvival(chiSquare, k - 1),
    f,
    fP: f === Number.POSITIVE_INFINITY ? 0 : fSurvival(f, k - 1, (k - 1) * (n - 1)),
  };
}

/**
 * By how much mean ranks of k treatments over n blocks must differ to differ significantly (Nemenyi 1963):
 * q √(k (k + 1) / (6 n)), where q is the quantile of the studentised range divided by √2.
 *
 * @param alpha chance to call any two of equal treatments different
 * @throws unless k and n are whole numbers of at least 2 and 1, and alpha is between 0 and 1
 */
export function nemenyiCriticalDifference(k: number, n: number, alpha = 0.05): number {
  checkWhole('nemenyiCriticalDifference: the number of blocks', n, 1);
  const q = studentizedRangeQuantile(1 - alpha, k) / Math.SQRT2;
  return q * Math.sqrt((k * (k + 1)) / (6 * n));
}

/**
 * The largest groups of mean ranks that lie within a critical difference of each other: the bars of Demšar's diagram.
 * @returns for each group the places of its members, by rank; groups of one are left out
 */
export function groupsWithin(meanRanks: ArrayLike<number>, criticalDifference: number): number[][] {
  const order = Array.from({ length: meanRanks.length }, (_, i) => i).sort(
    (a, b) => meanRanks[a] - meanRanks[b] || a - b,
  );
  const groups: number[][] = [];
  let lastEnd = 0;
  order.forEach((first, start) => {
    let end = start + 1;
    while (end < order.length && meanRanks[order[end]] - meanRanks[first] <= criticalDifference) end++;
    // A group that ends where an earlier one did is part of it.
    if (end - start > 1 && end > lastEnd) groups.push(order.slice(start, end));
    lastEnd = Math.max(lastEnd, end);
  });
  return groups;
}
