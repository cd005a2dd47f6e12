/** Group and layer normalisation. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type KernelEntry, plan, tensorLayout } from './entry.ts';

const eps = 1e-5;
const affine = { eps, weight: true, bias: true };

/** Mean and rstd of runs of `size` numbers. */
function momentsOf(x: ArrayLike<number>, size: number): readonly (readonly [mean: number, rstd: number])[] {
  return Array.from({ length: x.length / size }, (_, run) => {
    const values = Array.from({ length: size }, (_, n) => x[run * size + n]);
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    return [mean, 1 / Math.sqrt(variance + eps)];
  });
}

const groups = 8;
/** Mean and rstd [N,2,C] as `groupNormForward` leaves them. */
function groupStatistics(x: ArrayLike<number>, [n, c, h, w]: readonly number[]): number[] {
  const moments = momentsOf(x, (c / groups) * h * w);
  return Array.from({ length: n * 2 * c }, (_, at) => {
    const [image, row, channel] = [Math.floor(at / (2 * c)), Math.floor(at / c) % 2, at % c];
    return moments[image * groups + Math.floor((channel * groups) / c)][row];
  });
}

const perGroup = (
  build: (spec: k.GroupNormSpec, machine: k.Machine) => ReturnType<typeof plan>,
): KernelEntry => ({
  group: 'normalisation',
  dimensions: 'N,C,H,W',
  shape: [batch, 32, 7, 7],
  build: (shape, _, machine) => {
    if (shape[1] % groups !== 0) {
      throw new RangeError(
        `C is ${shape[1]}, but the example has ${groups} groups: give a multiple of ${groups}`,
      );
    }
    return build({ x: tensorLayout(shape), groups, ...affine }, machine);
  },
});

const perRow = (
  build: (spec: k.LayerNormSpec, machine: k.Machine) => ReturnType<typeof plan>,
): KernelEntry => ({
  group: 'normalisation',
  dimensions: 'rows,size',
  shape: [1024, 192],
  build: (shape, _, machine) => build({ x: k.rowMajor(shape), dimensions: 1, ...affine }, machine),
});

export const normalisation: Record<string, KernelEntry> = {
  groupNormForward: perGroup((spec, machine) => {
    const { x } = spec;
    const [weight, statistics] = [k.rowMajor([x.shape[1]]), k.groupNormStatisticsLayout(x)];
    return plan(
      k.groupNormForward(spec, machine),
      { x, weight, bias: weight, statistics, y: x },
      ({ weight, bias, ...v }) => ({
        y: k.groupNormForwardOracle(v.x, x.shape, groups, { eps, weight, bias }),
        statistics: groupStatistics(v.x, x.shape),
      }),
    );
  }),
  groupNormGradient: perGroup((spec, machine) => {
    const { x } = spec;
    const [weight, statistics] = [k.rowMajor([x.shape[1]]), k.groupNormStatisticsLayout(x)];
    return plan(
      k.groupNormGradient(spec, machine),
      { dy: x, x, statistics, weight, dx: x, dWeight: weight, dBias: weight },
      ({ weight, ...v }) => k.groupNormGradientOracle(v.dy, v.x, x.shape, groups, { eps, weight }),
      { contents: (v) => ({ statistics: groupStatistics(v.x, x.shape) }) },
    );
  }),
  layerNormForward: perRow((spec, machine) => {
    const { x } = spec;
    const size = x.shape[1];
    const [weight, statistics] = [k.rowMajor([size]), k.layerNormStatisticsLayout(spec)];
    return plan(
      k.layerNormForward(spec, machine),
      { x, weight, bias: weight, statistics, y: x },
      ({ weight, bias, ...v }) => ({
        y: k.layerNormForwardOracle(v.x, size, { eps, weight, bias }),
        statistics: momentsOf(v.x, size).flat(),
      }),
    );
  }),
  layerNormGradient: perRow((spec, machine) => {
    const { x } = spec;
    const size = x.shape[1];
    const [weight, statistics] = [k.rowMajor([size]), k.layerNormStatisticsLayout(spec)];
    return plan(
      k.layerNormGradient(spec, machine),
      { dy: x, x, statistics, weight, dx: x, dWeight: weight, dBias: weight },
      ({ weight, ...v }) => k.layerNormGradientOracle(v.dy, v.x, size, { eps, weight }),
      { contents: (v) => ({ statistics: momentsOf(v.x, size).flat() }) },
    );
  }),
};
