/** Milliseconds, as `performance.now()` gives them. */
export type Now = () => number;

/** Milliseconds of each measurement. */
export interface Timings {
  readonly ms: readonly number[];
  /** True if a measurement was too short for the clock, however often its work was repeated. */
  readonly coarse: boolean;
}

/** A measurement must be so many times as long as the clock's quantum: then rounding is at most 1 % of it. */
const quanta = 100;

/**
 * The step by which a clock goes on, in milliseconds: the smallest of several that were seen. Browsers round their
 * clocks: Chrome's `performance.now` goes on by 100 us, or by 5 us in a page that is isolated, and its timestamp
 * queries by 65,536 ns.
 */
export function clockQuantum(now: Now): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 20; n++) {
    const before = now();
    let after = now();
    while (after === before) after = now();
    smallest = Math.min(smallest, after - before);
  }
  return smallest;
}

/**
 * Doubles the number of repetitions until they take long enough for the clock.
 * @param timed milliseconds that so many repetitions take, all in one list or group
 * @param first the number to begin with
 * @param most no more than so many, or than `first`
 * @returns the number, and whether even the largest was too short
 */
export async function enoughRepeats(
  timed: (count: number) => Promise<number>,
  first: number,
  most: number,
  now: Now,
): Promise<{ readonly count: number; readonly coarse: boolean }> {
  const shortest = quanta * clockQuantum(now);
  let count = first;
  while ((await timed(count)) < shortest) {
    if (count >= most) return { count, coarse: true };
    count = Math.min(most, 2 * count);
  }
  return { count, coarse: false };
}
