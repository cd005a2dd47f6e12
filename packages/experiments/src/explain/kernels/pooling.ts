/** Pooling, alone and after batch norm. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type KernelEntry, one, window } from './entry.ts';

const pool = (build: (spec: k.Pool2dSpec, machine: k.Machine) => k.Kernel): KernelEntry => ({
  group: 'pooling',
  dimensions: 'N,C,H,W',
  shape: [batch, 16, 28, 28],
  choices: { kernelSize: 2, stride: 2, padding: 0 },
  build: ([n, channels, height, width], choices, machine) => {
    const spec = { batch: n, channels, height, width, ...window(choices) };
    const { x, y } = k.pool2dLayouts(spec);
    const statistics = k.batchNormStatisticsLayout(x);
    const perChannel = k.rowMajor([channels]);
    const norm = { statistics, weight: perChannel, bias: perChannel };
    return one(build(spec, machine), { x, y, index: y, dx: x, dy: y, ...norm });
  },
});

export const pools: Record<string, KernelEntry> = {
  batchNormReluMaxPoolForward: pool((spec, machine) =>
    k.batchNormReluMaxPoolForward({ pool: spec, statistics: 'batch' }, machine),
  ),
  maxPool2dForward: pool(k.maxPool2dForward),
  maxPool2dGradient: pool(k.maxPool2dGradient),
  avgPool2dForward: pool(k.avgPool2dForward),
  avgPool2dGradient: pool(k.avgPool2dGradient),
};
