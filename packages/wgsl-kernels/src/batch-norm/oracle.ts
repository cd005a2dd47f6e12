import { elementCount } from '../layout.ts';

/** Per-channel values; statistics are taken from the input unless `mean` and `variance` are given. */
export interface BatchNormValues {
  /** Scale of each channel [C]. */
  readonly weight: ArrayLike<number>;
  /** Shift of each channel [C]. */
  readonly bias: ArrayLike<number>;
  /** Added to the variance. */
  readonly eps: number;
  /** Running statistics: evaluation mode. */
  readonly mean?: ArrayLike<number>;
  /** Running variance of each channel [C], with `mean`. */
  readonly variance?: ArrayLike<number>;
  /** A ReLU after it. */
  readonly relu?: boolean;
}

/** Mean and biased variance of each channel of x [N,C,…], row-major, in two passes of float64. */
export function batchNormStatisticsOracle(x: ArrayLike<number>, shape: readonly number[]) {
  const channels = shape[1];
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  const count = elementCount(shape) / channels;
  forEachValue(shape, (index, c) => {
    mean[c] += x[index] / count;
  });
  forEachValue(shape, (index, c) => {
    variance[c] += (x[index] - mean[c]) ** 2 / count;
  });
  return { mean, variance, count };
}

/** One step of the running statistics: (1 - momentum)·running + momentum·new, with the unbiased variance. */
export function batchNormRunningOracle(
  running: { mean: ArrayLike<number>; variance: ArrayLike<number> },
  batch: { mean: ArrayLike<number>; variance: ArrayLike<number>; count: number },
  momentum: number,
) {
  const mix = (old: ArrayLike<number>, next: ArrayLike<number>, factor: number) =>
    Float64Array.from(old, (value, c) => (1 - momentum) * value + momentum * factor * next[c]);
  return {
    mean: mix(running.mean, batch.mean, 1),
    variance: mix(running.variance, batch.variance, batch.count / (batch.count - 1)),
  };
}

/** y = (x - mean)/√(variance + eps)·weight + bias over x [N,C,…], row-major, with `relu` max(y, 0). */
export function batchNormForwardOracle(
  x: ArrayLike<number>,
  shape: readonly number[],
  values: BatchNormValues,
): Float64Array {
  const { weight, bias, eps, relu } = values;
  const { mean, variance } = statisticsOf(x, shape, values);
  const y = new Float64Array(elementCount(shape));
  forEachValue(shape, (index, c) => {
    const value = ((x[index] - mean[c]) / Math.sqrt(variance[c] + eps)) * weight[c] + bias[c];
    y[index] = relu ? Math.max(value, 0) : value;
  });
  return y;
}

/** Gradients of `batchNormForwardOracle` with respect to x, weight and bias. */
export function batchNormGradientOracle(
  gradient: ArrayLike<number>,
  x: ArrayLike<number>,
  shape: readonly number[],
  values: BatchNormValues,
) {
  const { weight, eps, relu } = values;
  const y = batchNormForwardOracle(x, shape, values);
  const dy = relu ? y.map((value, index) => (value > 0 ? gradient[index] : 0)) : gradient;
  const { mean, variance } = statisticsOf(x, shape, values);
  const channels = shape[1];
  const count = elementCount(shape) / channels;
  const dWeight = new Float64Array(channels);
  const dBias = new Float64Array(channels);
  const normal = (index: number, c: number) => (x[index] - mean[c]) / Math.sqrt(variance[c] + eps);
  forEachValue(shape, (index, c) => {
    dWeight[c] += dy[index] * normal(index, c);
    dBias[c] += dy[index];
  });
  const dx = new Float64Array(elementCount(shape));
  forEachValue(shape, (index, c) => {
    const throughStatistics = values.mean ? 0 : (dBias[c] + normal(index, c) * dWeight[c]) / count;
    dx[index] = (weight[c] / Math.sqrt(variance[c] + eps)) * (dy[index] - throughStatistics);
  });
  return { dx, dWeight, dBias };
}

function statisticsOf(x: ArrayLike<number>, shape: readonly number[], values: BatchNormValues) {
  const { mean, variance } = values;
  return mean && variance ? { mean, variance } : batchNormStatisticsOracle(x, shape);
}

function forEachValue(shape: readonly number[], visit: (index: number, channel: number) => void): void {
  const channels = shape[1];
  const inner = elementCount(shape.slice(2));
  const count = elementCount(shape);
  for (let index = 0; index < count; index++) visit(index, Math.floor(index / inner) % channels);
}
