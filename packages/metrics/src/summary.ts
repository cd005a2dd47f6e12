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
