/** Pooling, alone and after batch norm. */
import * as k from '@glassbox/wgsl-kernels';
import { statisticsOf } from './batch-norm.ts';
import { batch, type ExampleContext, type KernelEntry, type Oracle, one, window } from './entry.ts';

const pool = (
  build: (spec: k.Pool2dSpec, machine: k.Machine) => k.Kernel,
  oracle: (spec: k.Pool2dSpec) => Oracle,
  contents: (spec: k.Pool2dSpec) => ExampleContext['contents'] = () => undefined,
): KernelEntry => ({
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
    return one(build(spec, machine), { x, y, index: y, dx: x, dy: y, ...norm }, oracle(spec), {
      contents: contents(spec),
    });
  },
});

const shapeOf = ({ batch, channels, height, width }: k.Pool2dSpec) => [batch, channels, height, width];

export const pools: Record<string, KernelEntry> = {
  batchNormReluMaxPoolForward: pool(
    (spec, machine) => k.batchNormReluMaxPoolForward({ pool: spec, statistics: 'batch' }, machine),
    (spec) =>
      ({ x, weight, bias }) => {
        const { y, index } = k.batchNormReluMaxPoolForwardOracle(x, spec, { weight, bias, eps: 1e-5 });
        return { y: { values: y, scale: 1 }, index: { values: index, tolerance: 0 } };
      },
    (spec) => (random) => {
      // Equal, or so far apart that float32 finds the same maximum.
      const x = Float32Array.from(random.x, (value) => Math.round(64 * value) / 64);
      return { x, statistics: statisticsOf(x, shapeOf(spec)) };
    },
  ),
  maxPool2dForward: pool(k.maxPool2dForward, (spec) => ({ x }) => {
    const { y, index } = k.maxPool2dForwardOracle(x, spec);
    return { y: { values: y, tolerance: 0 }, index: { values: index, tolerance: 0 } };
  }),
  maxPool2dGradient: pool(
    k.maxPool2dGradient,
    (spec) =>
      ({ dy, index }) => ({ dx: { values: k.maxPool2dGradientOracle(dy, index, spec), scale: 1 } }),
    (spec) =>
      ({ x }) => ({ index: k.maxPool2dForwardOracle(x, spec).index }),
  ),
  avgPool2dForward: pool(k.avgPool2dForward, (spec) => ({ x }) => ({
    y: { values: k.avgPool2dForwardOracle(x, spec), scale: 1 },
  })),
  avgPool2dGradient: pool(k.avgPool2dGradient, (spec) => ({ dy }) => ({
    dx: { values: k.avgPool2dGradientOracle(dy, spec), scale: 1 },
  })),
};
