/** What is run of a library, and how its results are compared. */

/** Values of a tensor, with its kind: floats may differ by rounding, the others not at all. */
export interface Values {
  readonly exact: boolean;
  readonly data: ArrayLike<number>;
}

/** One use of an operation. */
export interface Case {
  /** Its name in the library. */
  readonly operation: string;
  /** What is special about it: shapes, options; '' if nothing is. */
  readonly title: string;
  /** Does it on our WebGPU, or in the library's own way on the processor. */
  readonly run: (where: 'ours' | 'processor') => Promise<readonly Values[]>;
  /** The largest difference that may be; the default is that of `LIMIT`. */
  readonly limit?: number;
}

/** A library that is ready to run. */
export interface Library {
  /** Its name and version. */
  readonly title: string;
  readonly cases: readonly Case[];
  /** All operations that it says it has for WebGPU: those without a case are shown as such. */
  readonly operations: readonly string[];
  /** Operations that cannot be run here, and why. */
  readonly excluded: Readonly<Record<string, string>>;
}

/** Differences of floats are shares of the value and of the mean size of all values. */
export const LIMIT = 1e-4;

/** The worst difference of two results. Infinite if one is NaN where the other is not, or if an exact one differs. */
export function difference(ours: readonly Values[], theirs: readonly Values[]): number {
  if (ours.length !== theirs.length) throw new Error(`${ours.length} results, not ${theirs.length}`);
  return Math.max(0, ...ours.map((values, i) => worst(values, theirs[i])));
}

function worst({ data: a }: Values, { data: b, exact }: Values): number {
  if (a.length !== b.length) throw new Error(`${a.length} values, not ${b.length}`);
  let sum = 0;
  let finite = 0;
  for (let i = 0; i < b.length; i++) {
    if (!Number.isFinite(b[i])) continue;
    sum += Math.abs(b[i]);
    finite++;
  }
  const mean = finite === 0 ? 0 : sum / finite;
  let most = 0;
  for (let i = 0; i < b.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) continue;
    const off = exact ? Number.POSITIVE_INFINITY : Math.abs(a[i] - b[i]) / (Math.abs(b[i]) + mean);
    most = Math.max(most, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off);
  }
  return most;
}

/** How many values a shape has. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers from 0 to 1 without a pattern, the same every time (Knuth's multiplicative hash). */
export function uniform(count: number, seed = 1): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, n) => (Math.imul((n + 1) * 2 + seed * 7919, 2654435761) >>> 0) / 2 ** 32,
  );
}

/** Floats from `low` to `high`. */
export const floats = (shape: readonly number[], low = -1, high = 1, seed = 1): Float32Array =>
  Float32Array.from(uniform(sizeOf(shape), seed), (u) => low + (high - low) * u);

/** Whole numbers from `low` to below `high`. */
export const wholes = (shape: readonly number[], low: number, high: number, seed = 1): Int32Array =>
  Int32Array.from(uniform(sizeOf(shape), seed), (u) => Math.floor(low + (high - low) * u));
