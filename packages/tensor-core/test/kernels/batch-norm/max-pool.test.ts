import {
  batchNormReluMaxPoolForward,
  batchNormReluMaxPoolForwardOracle,
  batchNormStatisticsLayout,
  elementCount,
  type Pool2dSpec,
  pool2dLayouts,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import { expectNear, random } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';

const devices = await openTestDevices();
const eps = 1e-3;

const axis = fc
  .record({
    extent: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 4 }),
    padding: fc.integer({ min: 0, max: 1 }),
    dilation: fc.constantFrom(1, 1, 2),
  })
  .filter(
    ({ extent, kernel, padding, dilation }) =>
      2 * padding <= kernel && dilation * (kernel - 1) < extent + (3 - dilation) * padding,
  );
/**
 * Overlapping windows, gaps between windows, padding, windows that reach over the end, one image, one pixel, odd
 * channels.
 */
const pooling = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.constantFrom(4, 5, 7, 8, 17),
    y: axis,
    x: axis,
    ceilMode: fc.boolean(),
  })
  .map(
    ({ batch, channels, y, x, ceilMode }): Pool2dSpec => ({
      batch,
      channels,
      height: y.extent,
      width: x.extent,
      kernel: [y.kernel, x.kernel],
      stride: [y.stride, x.stride],
      padding: [y.padding, x.padding],
      dilation: [y.dilation, x.dilation],
      ceilMode,
    }),
  );

describe.each(devices)('batch norm, ReLU and max-pooling on $name', ({ device }) => {
  it.each(['batch', 'running'] as const)('value and winners (%s statistics)', async (which) => {
    await fc.assert(
      fc.asyncProperty(pooling, anyMachine, fc.integer(), async (pool, machine, seed) => {
        const next = random(seed);
        const { x, y } = pool2dLayouts(pool);
        const drawn = (count: number, low: number, high: number) =>
          Float32Array.from({ length: count }, () => low + ((high - low) * (next() + 1)) / 2);
        const perChannel = rowMajor([pool.channels]);
        // Few distinct values, so that windows hold ties; bias keeps them off the ReLU's kink.
        const data = drawn(elementCount(x.shape), -3, 3).map(Math.round);
        const [mean, weight, bias] = [0, 1, 2].map(() => drawn(pool.channels, -1, 1));
        const variance = drawn(pool.channels, 0.3, 2);
        const values = { mean, variance, weight, bias, eps };
        const expected = batchNormReluMaxPoolForwardOracle(data, pool, values);
        fc.pre(expected.y.every((value) => value === 0 || value > 1e-5));
        const rstd = Array.from(variance, (v) => 1 / Math.sqrt(v + eps));
        const statistics =
          which === 'batch'
            ? [{ layout: batchNormStatisticsLayout(x), data: [...mean, ...rstd] }]
            : [mean, variance].map((d) => ({ layout: perChannel, data: d }));
        const mode =
          which === 'batch' ? ({ statistics: which } as const) : ({ statistics: which, eps } as const);
        const stale = Float32Array.from(expected.y, () => 9);
        const results = await runKernel(device, batchNormReluMaxPoolForward({ ...mode, pool }, machine), [
          { layout: x, data },
          ...statistics,
          { layout: perChannel, data: weight },
          { layout: perChannel, data: bias },
          { layout: y, data: stale },
          { layout: y, data: stale, type: 'u32' },
        ]);
        const [value, index] = results.slice(-2);
        expectNear(value, expected.y, 4e-6);
        expectClose(index, expected.index, 0);
      }),
      { numRuns: 16 },
    );
  });
});

describe('batch norm, ReLU and max-pooling', () => {
  it('refuses planar images', () => {
    const pool: Pool2dSpec = {
      batch: 1,
      channels: 3,
      height: 4,
      width: 4,
      kernel: [2, 2],
      stride: [2, 2],
      padding: [0, 0],
    };
    expect(() => batchNormReluMaxPoolForward({ pool, statistics: 'batch' })).toThrow(/3 channels.*planes/);
  });
});
