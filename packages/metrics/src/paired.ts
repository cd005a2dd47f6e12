/** Tests of paired differences, and the correction for their number. */
import { checkOptions, type OptionTable, whole } from '@glassbox/options';
import { checkFinite } from './checks.ts';
import { midranks } from './friedman.ts';
import { random } from './random.ts';

/** What a signed-rank test says. */
export interface SignedRank {
  /** Sum of the ranks of the positive differences (R's V). */
  statistic: number;
  /** Two-sided p-value. */
  p: number;
  /** Differences that are not 0: the others are left out. */
  n: number;
}

/**
 * Wilcoxon's signed-rank test of paired differences (Wilcoxon 1945): two-sided and exact for any number of them.
 * Differences of 0 are left out. Equal sizes share the mean of their ranks, and the distribution is that of those
 * ranks: each sign is + or - with a chance of one half.
 *
 * @throws on differences that are not finite
 */
export function wilcoxonSignedRank(differences: ArrayLike<number>): SignedRank {
  checkFinite('wilcoxonSignedRank', differences);
  const kept = Array.from(differences).filter((difference) => difference !== 0);
  // Twice the ranks are whole numbers, ties included.
  const doubled = midranks(kept.map(Math.abs)).map((rank) => 2 * rank);
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  // chance[w]: that the doubled ranks of the positive differences sum to w.
  const chance = new Float64Array(total + 1);
  chance[0] = 1;
  let reached = 0;
  for (const rank of doubled) {
    reached += rank;
    for (let w = reached; w >= 0; w--) chance[w] = (chance[w] + (w >= rank ? chance[w - rank] : 0)) / 2;
  }
  const positive = kept.reduce((sum, difference, i) => sum + (difference > 0 ? doubled[i] : 0), 0);
  const smaller = Math.min(positive, total - positive);
  let tail = 0;
  for (let w = 0; w <= smaller; w++) tail += chance[w];
  return { statistic: positive / 2, p: Math.min(1, 2 * tail), n: kept.length };
}

/** How signs are drawn where there are too many differences to try all. */
export interface SignFlipOptions {
  /** Draws of signs, for more than 30 differences. Default 9999. */
  draws?: number;
  /** Seed of the draws. Default 0. */
  seed?: number;
}

const signFlipNames: OptionTable<SignFlipOptions> = { draws: whole(1), seed: whole(0) };

/** Both halves of so many differences have 2^15 sums. */
const mostExact = 30;

/**
 * Permutation test of paired differences: the share of all ways to give them signs whose mean is as far from 0 as the
 * one seen (Fisher 1935). Exact for up to 30 differences; beyond, signs are drawn, and p = (b + 1) / (draws + 1), where
 * b counts the draws that are as far (Phipson and Smyth 2010).
 *
 * @returns the two-sided p-value; 1 of no differences
 * @throws on differences that are not finite
 */
export function signFlipTest(differences: ArrayLike<number>, options: SignFlipOptions = {}): number {
  checkOptions('signFlipTest', options, signFlipNames);
  const { draws = 9999, seed = 0 } = options;
  checkFinite('signFlipTest', differences);
  const all = Array.from(differences);
  const size = all.reduce((sum, difference) => sum + Math.abs(difference), 0);
  // The same sum in another order may round to less.
  const seen = Math.abs(all.reduce((sum, difference) => sum + difference, 0)) - 1e-12 * size;
  if (!(size > 0)) return 1;
  if (all.length > mostExact) {
    const rng = random(seed);
    let far = 0;
    for (let draw = 0; draw < draws; draw++) {
      const sum = all.reduce((part, difference) => part + (rng.below(2) === 0 ? difference : -difference), 0);
      if (Math.abs(sum) >= seen) far++;
    }
    return (far + 1) / (draws + 1);
  }
  const half = all.length >> 1;
  const left = signedSums(all.slice(0, half));
  const right = signedSums(all.slice(half));
  // For each sum of one half from the least on: those of the other half with which it stays below what was seen.
  // Signs are symmetric, so the two tails have as many.
  let near = right.length;
  let tail = 0;
  for (const sum of left) {
    while (near > 0 && sum + right[near - 1] >= seen) near--;
    tail += right.length - near;
  }
  return Math.min(1, (2 * tail) / (left.length * right.length));
}

/** All sums of the values with signs, ascending. */
function signedSums(values: readonly number[]): Float64Array {
  let sums = Float64Array.of(0);
  for (const value of values) {
    const longer = new Float64Array(2 * sums.length);
    sums.forEach((sum, i) => {
      longer[2 * i] = sum - value;
      longer[2 * i + 1] = sum + value;
    });
    sums = longer;
  }
  return sums.sort();
}

/**
 * p-values adjusted for their number (Holm 1979): whoever rejects those below a level is wrong about any of them with
 * at most that chance, however they depend on each other.
 *
 * @returns in the order of the given ones
 * @throws unless each is from 0 to 1
 */
export function holm(pValues: ArrayLike<number>): number[] {
  const given = Array.from(pValues);
  given.forEach((p, i) => {
    if (!(p >= 0 && p <= 1)) throw new Error(`holm: p-value ${i} is ${p}; pass numbers from 0 to 1`);
  });
  const order = given.map((_, i) => i).sort((a, b) => given[a] - given[b] || a - b);
  const adjusted = new Array<number>(given.length);
  let least = 0;
  order.forEach((at, i) => {
    least = Math.min(1, Math.max(least, (given.length - i) * given[at]));
    adjusted[at] = least;
  });
  return adjusted;
}
