/** Mean, deviation and percentile intervals of a handful of numbers. */

/** A closed interval [low, high]. */
export type Interval = readonly [low: number, high: number];

/**
 * The q-th quantile (0..1) with linear interpolation between order statistics (numpy's default). NaN where a value is
 * NaN.
 *
 * @throws on no values, or q outside [0, 1]
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new Error('quantile: no values');
  if (!(q >= 0 && q <= 1)) throw new Error(`quantile: q is ${q}; pass a share from 0 to 1`);
  if (Array.prototype.some.call(values, Number.isNaN)) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/**
 * Central percentile interval holding `level` of the values.
 *
 * @throws on no values, or a level that is not between 0 and 1
 */
export function percentileInterval(values: ArrayLike<number>, level = 0.95): Interval {
  if (!(level > 0 && level < 1)) {
    throw new Error(`percentileInterval: level is ${level}; pass a share between 0 and 1, such as 0.95`);
  }
  return [quantile(values, (1 - level) / 2), quantile(values, (1 + level) / 2)];
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Sample standard deviation (n - 1); 0 for a single value, NaN of nothing. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return values.length === 1 ? 0 : Number.NaN;
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - centre) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/**
 * Interval of the mean of values that are drawn from one normal distribution (Student 1908): mean ± t s / sqrt(n),
 * where s is the sample deviation, and t the quantile of Student's distribution with n - 1 degrees of freedom.
 *
 * @throws on fewer than two values, or a level that is not between 0 and 1
 */
export function tInterval(values: ArrayLike<number>, level = 0.95): Interval {
  if (values.length < 2)
    throw new Error(`tInterval: ${values.length} values; an interval needs at least two`);
  if (!(level > 0 && level < 1)) {
    throw new Error(`tInterval: level is ${level}; pass a share between 0 and 1, such as 0.95`);
  }
  const n = values.length;
  const half = (tQuantile(level, n - 1) * standardDeviation(values)) / Math.sqrt(n);
  return [mean(values) - half, mean(values) + half];
}

/** The t with P(|T| < t) = `level`, by halving an interval: to all digits, in some 60 steps. */
function tQuantile(level: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (tWithin(high, degrees) < level) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (tWithin(middle, degrees) < level) low = middle;
    else high = middle;
  }
}

/** P(|T| < t) for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
function tWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const square = Math.cos(angle) ** 2;
  const odd = degrees % 2;
  let term = odd ? Math.cos(angle) : 1;
  let sum = degrees > 1 ? term : 0;
  for (let k = 2 + odd; k < degrees; k += 2) {
    term *= (square * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/**
 * Pearson correlation; 0 where one side does not vary, NaN where a value is not finite.
 *
 * @throws on no values, or sides of different lengths
 */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length === 0 || a.length !== b.length) {
    throw new Error(`pearson: ${a.length} and ${b.length} values; pass as many of both, at least one`);
  }
  const meanA = mean(a);
  const meanB = mean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** Mean, sample deviation and range over the seeds of one recipe. */
export interface SeedSummary {
  /** Mean of the values. */
  mean: number;
  /** Sample deviation (divided by n - 1); 0 for one value. */
  std: number;
  /** Number of values. */
  n: number;
  /** The least value. */
  min: number;
  /** The greatest value. */
  max: number;
}

/**
 * Mean, deviation and range of one value for each seed.
 * @throws on no values
 */
export function summariseSeeds(values: ArrayLike<number>): SeedSummary {
  if (values.length === 0) throw new Error('summariseSeeds: no values; train at least one seed first');
  return {
    mean: mean(values),
    std: standardDeviation(values),
    n: values.length,
    min: Math.min(...Array.from(values)),
    max: Math.max(...Array.from(values)),
  };
}
