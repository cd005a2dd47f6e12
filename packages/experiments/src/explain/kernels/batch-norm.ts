/** Batch norm. */
import * as k from '@glassbox/wgsl-kernels';
import {
  batch,
  type Example,
  type ExampleContext,
  inRange,
  type KernelEntry,
  type Oracle,
  one,
  tensorLayout,
  type Values,
} from './entry.ts';

const eps = 1e-5;
const momentum = 0.1;

const norm = (build: (x: k.Layout, machine: k.Machine) => Example): KernelEntry => ({
  group: 'batch norm',
  dimensions: 'N,C,H,W',
  shape: [batch, 32, 7, 7],
  build: (shape, _, machine) => {
    const x = tensorLayout(shape);
    const names = ['weight', 'bias', 'dWeight', 'dBias', 'dxSum', 'runningMean', 'runningVariance'];
    const channels = Object.fromEntries(names.map((name) => [name, k.rowMajor([shape[1]])]));
    const example = build(x, machine);
    const statistics = k.batchNormStatisticsLayout(x);
    return {
      ...example,
      buffers: { ...channels, statistics, ...sliceSums(k.batchNormPartials(x)), ...example.buffers },
    };
  },
});

const sliceSums = (words: number) => ({ partials: { words, about: 'sums over slices of the batch' } });

/** Mean and rstd [2,C], as `batchNormMerge` leaves them. */
export const statisticsOf = (x: ArrayLike<number>, shape: readonly number[]): number[] => {
  const { mean, variance } = k.batchNormStatisticsOracle(x, shape);
  return [...mean, ...variance.map((value) => 1 / Math.sqrt(value + eps))];
};
const withStatistics = ({ shape }: k.Layout): ExampleContext => ({
  contents: ({ x }) => ({ statistics: statisticsOf(x, shape) }),
});

const forward = (relu: boolean) =>
  norm((x, machine) =>
    one(
      k.batchNormForward({ statistics: 'batch', x, relu }, machine),
      { x, y: x },
      (v) => {
        const { weight, bias } = v;
        return {
          y: { values: k.batchNormForwardOracle(v.x, x.shape, { weight, bias, eps, relu }), scale: 1 },
        };
      },
      withStatistics(x),
    ),
  );

/** What the two kernels of the statistics leave. */
const statisticsOracle =
  ({ shape }: k.Layout): Oracle =>
  ({ x, runningMean, runningVariance }) => {
    const found = k.batchNormStatisticsOracle(x, shape);
    const running = { mean: runningMean, variance: runningVariance };
    const { mean, variance } = k.batchNormRunningOracle(running, found, momentum);
    return {
      statistics: { values: statisticsOf(x, shape), scale: 1 },
      runningMean: { values: mean, scale: 1 },
      runningVariance: { values: variance, scale: 1 },
    };
  };

/** Of batch norm between a ReLU and a ReLU, both of them done in its own kernels. */
const normGradient = (
  build: (spec: k.BatchNormGradientSpec, machine: k.Machine) => readonly k.Kernel[],
  chosen: number,
  outputs: readonly ('dx' | 'dWeight' | 'dBias' | 'dxSum')[],
): KernelEntry =>
  norm((x, machine) => {
    const spec = { statistics: 'batch', x, relu: true, reluBefore: true, inputSum: true } as const;
    const kernels = build(spec, machine);
    const oracle: Oracle = (v) => {
      const values = gradientsOf(v, x.shape);
      const terms = k.elementCount(x.shape) / x.shape[1];
      const scales = { dx: 1, dWeight: terms, dBias: terms, dxSum: terms };
      return Object.fromEntries(outputs.map((name) => [name, { values: values[name], scale: scales[name] }]));
    };
    return one(
      kernels[chosen],
      { x, dy: x, dx: x, ...sliceSums(k.batchNormGradientPartials(spec)) },
      oracle,
      {
        contents: (random) => {
          const v = { ...random, ...betweenRelus(random, x.shape) };
          const { dWeight, dBias } = gradientsOf(v, x.shape);
          return { ...v, dWeight, dBias, statistics: statisticsOf(v.x, x.shape) };
        },
        before: kernels.slice(0, chosen),
        after: kernels.slice(chosen + 1),
      },
    );
  });

/** x after a ReLU. Where y is so near 0 that float32 cannot tell what its ReLU does, there is no gradient. */
function betweenRelus(
  { x, dy, weight, bias }: Values,
  shape: readonly number[],
): { x: ArrayLike<number>; dy: ArrayLike<number> } {
  const positive = Float32Array.from(x, (value) => Math.max(value, 0));
  const y = k.batchNormForwardOracle(positive, shape, { weight, bias, eps });
  return { x: positive, dy: Float32Array.from(dy, (value, i) => (Math.abs(y[i]) < 1e-4 ? 0 : value)) };
}

function gradientsOf({ dy, x, weight, bias }: Values, shape: readonly number[]) {
  const { dx, dWeight, dBias } = k.batchNormGradientOracle(dy, x, shape, { weight, bias, eps, relu: true });
  const masked = dx.map((value, i) => (x[i] === 0 ? 0 : value));
  const dxSum = new Float64Array(shape[1]);
  const pixels = k.elementCount(shape.slice(2));
  for (const [i, value] of masked.entries()) dxSum[Math.floor(i / pixels) % shape[1]] += value;
  return { dx: masked, dWeight, dBias, dxSum };
}

const sumKernels = (spec: k.BatchNormGradientSpec, machine: k.Machine) => [
  k.batchNormGradientSums(spec, machine),
  k.batchNormGradientMerge(spec, machine),
];

export const norms: Record<string, KernelEntry> = {
  batchNormForward: forward(false),
  batchNormReluForward: forward(true),
  batchNormStatistics: norm((x, machine) =>
    one(k.batchNormStatistics({ x }, machine), { x }, statisticsOracle(x), {
      after: [k.batchNormMerge({ x, eps, momentum }, machine)],
    }),
  ),
  batchNormMerge: norm((x, machine) =>
    one(k.batchNormMerge({ x, eps, momentum }, machine), { x }, statisticsOracle(x), {
      before: [k.batchNormStatistics({ x }, machine)],
    }),
  ),
  batchNormScale: norm((x, machine) =>
    one(
      k.batchNormScale({ channels: x.shape[1], eps }, machine),
      { scale: k.rowMajor([x.shape[1]]) },
      (v) => ({ scale: k.batchNormScaleOracle(v.weight, v.runningVariance, eps) }),
      { contents: ({ runningVariance }) => ({ runningVariance: inRange(runningVariance, 0.2, 2) }) },
    ),
  ),
  batchNormGradientSums: normGradient(sumKernels, 0, ['dWeight', 'dBias', 'dxSum']),
  batchNormGradientMerge: normGradient(sumKernels, 1, ['dWeight', 'dBias', 'dxSum']),
  batchNormInputGradient: normGradient((spec, machine) => [k.batchNormInputGradient(spec, machine)], 0, [
    'dx',
  ]),
};
