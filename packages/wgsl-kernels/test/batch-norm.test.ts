import { describe, expect, it } from 'vitest';
import {
  batchNormForward,
  batchNormGradientMerge,
  batchNormGradientSums,
  batchNormInputGradient,
  batchNormMerge,
  batchNormReluMaxPoolForward,
  batchNormScale,
  batchNormStatistics,
  imageLayout,
  machines,
  type Pool2dSpec,
} from '../src/index.ts';

describe('generated WGSL of batch norm', () => {
  it.each(
    [
      [64, 20, 14, 14],
      [8, 3, 5, 6],
    ].map((shape) => ({ shape, x: imageLayout(shape) })),
  )('[$shape]', ({ x }) => {
    const spec = { x, statistics: 'batch' } as const;
    expect(batchNormStatistics(spec).wgsl).toMatchSnapshot('statistics');
    expect(batchNormMerge({ x, eps: 1e-5, momentum: 0.1 }).wgsl).toMatchSnapshot('merge');
    expect(batchNormForward(spec).wgsl).toMatchSnapshot('forward');
    expect(batchNormGradientSums(spec).wgsl).toMatchSnapshot('gradient sums');
    expect(batchNormGradientMerge(spec).wgsl).toMatchSnapshot('gradient merge');
    expect(batchNormInputGradient(spec).wgsl).toMatchSnapshot('input gradient');
    expect(batchNormInputGradient({ x, statistics: 'running', eps: 1e-5 }).wgsl).toMatchSnapshot('running');
  });

  it('with ReLU before and behind it, and the sum of the gradient', () => {
    const spec = {
      x: imageLayout([64, 20, 14, 14]),
      statistics: 'batch',
      relu: true,
      rectifiedInput: true,
      inputSum: true,
    } as const;
    expect(batchNormForward(spec).wgsl).toMatchSnapshot('forward');
    expect(batchNormGradientSums(spec).wgsl).toMatchSnapshot('gradient sums');
    expect(batchNormGradientMerge(spec).wgsl).toMatchSnapshot('gradient merge');
    expect(batchNormInputGradient(spec).wgsl).toMatchSnapshot('input gradient');
    const running = { x: spec.x, statistics: 'running', eps: 1e-5, relu: true } as const;
    expect(batchNormScale({ channels: 20, eps: 1e-5 }).wgsl).toMatchSnapshot('scale');
    expect(batchNormForward(running).wgsl).toMatchSnapshot('running forward');
    expect(batchNormInputGradient(running).wgsl).toMatchSnapshot('running input gradient');
  });

  it('with ReLU and max-pooling', () => {
    const pool: Pool2dSpec = {
      batch: 64,
      channels: 18,
      height: 14,
      width: 13,
      kernel: [2, 2],
      stride: [2, 2],
      padding: [0, 0],
    };
    expect(batchNormReluMaxPoolForward({ pool, statistics: 'batch' }).wgsl).toMatchSnapshot('batch');
    const running = { pool, statistics: 'running', eps: 1e-5 } as const;
    expect(batchNormReluMaxPoolForward(running, machines.cpu).wgsl).toMatchSnapshot('running, CPU');
  });
});
