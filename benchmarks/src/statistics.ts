/** Median of a list; of two middle values the mean. NaN for an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Half of the values lie between these two (first and third quartile, nearest rank). */
export function quartiles(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return [at(0.25), at(0.75)];
}

/** Where the middle of a list of timings lies and how far it spreads. */
export interface Spread {
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly min: number;
  /** How many timings there were. */
  readonly count: number;
}

/** Median, quartiles and minimum of timings. The mean is left out: one interrupted run would move it. */
export function spread(values: readonly number[]): Spread {
  return {
    median: median(values),
    quartiles: quartiles(values),
    min: Math.min(...values),
    count: values.length,
  };
}

/** The mean of measurements, and how well it is known. */
export interface Estimate {
  readonly unit: Unit;
  readonly mean: number;
  /** Deviation of the sample over the root of `count`; null for a single measurement. */
  readonly standardError: number | null;
  /** How many measurements there were. */
  readonly count: number;
}

/** Of times less is better, of all others more. `times` and `%` are ratios that were measured within one run. */
export const units = ['ms', 'us', 'images/s', 'times', '%'] as const;
export type Unit = (typeof units)[number];

export function estimate(values: readonly number[], unit: Unit): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const count = values.length;
  return { unit, mean, standardError: count > 1 ? Math.sqrt(squares / (count - 1) / count) : null, count };
}

/**
 * Half the width of the mean's 95 % interval as a share of the mean, by Student's t. It takes measurements to be
 * independent: what slows a machine down for seconds is wider than it says. Infinite for a single measurement.
 */
export function halfWidth({ mean, standardError, count }: Estimate): number {
  return standardError === null ? Number.POSITIVE_INFINITY : (student95(count - 1) * standardError) / mean;
}

/** The value that Student's t exceeds in 2.5 % of all cases, for so many degrees of freedom (at least 1). */
export function student95(freedom: number): number {
  const whole = Math.floor(freedom);
  if (whole < 3) return whole < 2 ? 12.7062 : 4.3027;
  // Abramowitz and Stegun, 26.7.5: an expansion around the normal distribution, right to 0.1 % from 3 on.
  const z = 1.959964;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, n) => sum + term / freedom ** (n + 1), z);
}

/** A ratio of two means and its 95 % interval; null where the interval has no end. */
export interface Ratio {
  readonly ratio: number;
  readonly interval: readonly [number, number] | null;
}

/**
 * `above` over `below` by Fieller's theorem for independent means (E. C. Fieller, Some problems in interval estimation,
 * J. Roy. Stat. Soc. B 16, 1954; as Kalibera and Jones, Rigorous benchmarking in reasonable time, 2013, use it), with
 * degrees of freedom by Welch and Satterthwaite. The interval has no end if either mean comes from one measurement, or
 * if the mean below is not certainly other than 0.
 */
export function ratioOfMeans(above: Estimate, below: Estimate): Ratio {
  const ratio = above.mean / below.mean;
  if (above.standardError === null || below.standardError === null) return { ratio, interval: null };
  const [a, b] = [above.standardError ** 2, (ratio * below.standardError) ** 2];
  if (a + b === 0) return { ratio, interval: [ratio, ratio] };
  const freedom = (a + b) ** 2 / (a ** 2 / (above.count - 1) + b ** 2 / (below.count - 1));
  const t = student95(Math.max(1, freedom));
  const g = (t * below.standardError) ** 2 / below.mean ** 2;
  if (g >= 1) return { ratio, interval: null };
  const half = (t / below.mean) * Math.sqrt(a + b - g * a);
  return { ratio, interval: [(ratio - half) / (1 - g), (ratio + half) / (1 - g)] };
}
