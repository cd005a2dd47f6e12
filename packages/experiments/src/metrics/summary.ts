/** Mean, deviation and percentile intervals of a handful of numbers. */

/**
 * The q-th quantile (0..1) with linear interpolation between order statistics (numpy's default).
 *
 * @throws on no values
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new Error('quantile: no values');
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/** Central percentile interval holding `level` of the values. */
export function percentileInterval(values: ArrayLike<number>, level = 0.95): readonly [number, number] {
  return [quantile(values, (1 - level) / 2), quantile(values, (1 + level) / 2)];
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Sample standard deviation (n - 1); 0 for a single value. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - centre) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/** Pearson correlation; 0 where one side does not vary. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
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
  mean: number;
  std: number;
  n: number;
  min: number;
  max: number;
}

/** @throws on no values */
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
