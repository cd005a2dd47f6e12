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
