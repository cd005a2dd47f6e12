import { elementCount } from '../layout.ts';

/** How the oracles normalise; scale and shift are 1 and 0 unless given. */
export interface NormValues {
  /** Added to the variance. */
  readonly eps: number;
  /** Scale of each channel, or of each place in a row. */
  readonly weight?: ArrayLike<number>;
  /** Shift of each, as `weight`. */
  readonly bias?: ArrayLike<number>;
}

/** Runs of numbers that are normalised together, and which scale and shift a number has. */
interface Runs {
  readonly size: number;
  readonly parameter: (index: number) => number;
}

function groupRuns([, channels, ...inner]: readonly number[], groups: number): Runs {
  const pixels = elementCount(inner);
  return {
    size: (channels / groups) * pixels,
    parameter: (index) => Math.floor(index / pixels) % channels,
  };
}

const rowRuns = (size: number): Runs => ({ size, parameter: (index) => index % size });

/** Group normalisation in float64; x dense [N,C,…]. */
export function groupNormForwardOracle(
  x: ArrayLike<number>,
  shape: readonly number[],
  groups: number,
  values: NormValues,
): Float64Array {
  return forward(x, groupRuns(shape, groups), values);
}

/** Gradients of `groupNormForwardOracle` with respect to x, weight and bias. */
export function groupNormGradientOracle(
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  shape: readonly number[],
  groups: number,
  values: NormValues,
) {
  return gradient(dy, x, groupRuns(shape, groups), shape[1], values);
}

/** Layer normalisation in float64; x has rows of `size` numbers. */
export function layerNormForwardOracle(x: ArrayLike<number>, size: number, values: NormValues): Float64Array {
  return forward(x, rowRuns(size), values);
}

/** Gradients of `layerNormForwardOracle` with respect to x, weight and bias. */
export function layerNormGradientOracle(
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  size: number,
  values: NormValues,
) {
  return gradient(dy, x, rowRuns(size), size, values);
}

/** x̂ and rstd of each number. */
function normalised(x: ArrayLike<number>, { size }: Runs, eps: number) {
  const normal = new Float64Array(x.length);
  const rstd = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += size) {
    let [mean, variance] = [0, 0];
    for (let i = start; i < start + size; i++) mean += x[i] / size;
    for (let i = start; i < start + size; i++) variance += (x[i] - mean) ** 2 / size;
    rstd.fill(1 / Math.sqrt(variance + eps), start, start + size);
    for (let i = start; i < start + size; i++) normal[i] = (x[i] - mean) * rstd[i];
  }
  return { normal, rstd };
}

function forward(x: ArrayLike<number>, runs: Runs, { eps, weight, bias }: NormValues): Float64Array {
  const { normal } = normalised(x, runs, eps);
  return normal.map((value, i) => {
    const at = runs.parameter(i);
    return value * (weight?.[at] ?? 1) + (bias?.[at] ?? 0);
  });
}

function gradient(
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  runs: Runs,
  parameters: number,
  { eps, weight }: NormValues,
) {
  const { normal, rstd } = normalised(x, runs, eps);
  const [dWeight, dBias] = [new Float64Array(parameters), new Float64Array(parameters)];
  const dx = new Float64Array(x.length);
  const { size } = runs;
  for (let start = 0; start < x.length; start += size) {
    let [offset, slope] = [0, 0];
    const scaled = (i: number) => dy[i] * (weight?.[runs.parameter(i)] ?? 1);
    for (let i = start; i < start + size; i++) {
      dWeight[runs.parameter(i)] += dy[i] * normal[i];
      dBias[runs.parameter(i)] += dy[i];
      offset += scaled(i) / size;
      slope += (scaled(i) * normal[i]) / size;
    }
    for (let i = start; i < start + size; i++) dx[i] = rstd[i] * (scaled(i) - offset - normal[i] * slope);
  }
  return { dx, dWeight, dBias };
}
