/** Batch norm. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type Example, type KernelEntry, one, tensorLayout } from './entry.ts';

const norm = (build: (x: k.Layout, machine: k.Machine) => Example): KernelEntry => ({
  group: 'batch norm',
  dimensions: 'N,C,H,W',
  shape: [batch, 32, 7, 7],
  build: (shape, _, machine) => {
    const x = tensorLayout(shape);
    const names = ['weight', 'bias', 'dWeight', 'dBias', 'dxSum', 'runningMean', 'runningVariance'];
    const channels = Object.fromEntries(names.map((name) => [name, k.rowMajor([shape[1]])]));
    const { kernels, buffers } = build(x, machine);
    const statistics = k.batchNormStatisticsLayout(x);
    return {
      kernels,
      buffers: { ...channels, statistics, ...sliceSums(k.batchNormPartials(x)), ...buffers },
    };
  },
});

const sliceSums = (words: number) => ({ partials: { words, about: 'sums over slices of the batch' } });

/** Of batch norm between a ReLU and a ReLU, both of them done in its own kernels. */
const normGradient = (build: (spec: k.BatchNormGradientSpec, machine: k.Machine) => k.Kernel): KernelEntry =>
  norm((x, machine) => {
    const spec = { statistics: 'batch', x, relu: true, reluBefore: true, inputSum: true } as const;
    return one(build(spec, machine), { x, dy: x, dx: x, ...sliceSums(k.batchNormGradientPartials(spec)) });
  });

export const norms: Record<string, KernelEntry> = {
  batchNormForward: norm((x, machine) =>
    one(k.batchNormForward({ statistics: 'batch', x }, machine), { x, y: x }),
  ),
  batchNormReluForward: norm((x, machine) =>
    one(k.batchNormForward({ statistics: 'batch', x, relu: true }, machine), { x, y: x }),
  ),
  batchNormStatistics: norm((x, machine) => one(k.batchNormStatistics({ x }, machine), { x })),
  batchNormMerge: norm((x, machine) => one(k.batchNormMerge({ x, eps: 1e-5, momentum: 0.1 }, machine), {})),
  batchNormScale: norm((x, machine) =>
    one(k.batchNormScale({ channels: x.shape[1], eps: 1e-5 }, machine), { scale: k.rowMajor([x.shape[1]]) }),
  ),
  batchNormGradientSums: normGradient(k.batchNormGradientSums),
  batchNormGradientMerge: normGradient(k.batchNormGradientMerge),
  batchNormInputGradient: normGradient(k.batchNormInputGradient),
};
