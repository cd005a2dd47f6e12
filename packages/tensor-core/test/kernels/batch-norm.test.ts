import {
  batchNormForward,
  batchNormForwardOracle,
  batchNormGradientMerge,
  batchNormGradientOracle,
  batchNormGradientSums,
  batchNormInputGradient,
  batchNormMerge,
  batchNormPartials,
  batchNormRunningOracle,
  batchNormStatistics,
  batchNormStatisticsOracle,
  elementCount,
  imageLayout,
  type Layout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { openTestDevices } from '../support/devices.ts';
import { centralDifferences, expectNear, random } from '../support/numbers.ts';
import { expectClose, runKernel } from '../support/run-kernel.ts';

const devices = await openTestDevices();
const eps = 1e-5;

const channels = fc.constantFrom(1, 2, 3, 4, 5, 7, 16, 17, 20);
const side = fc.constantFrom(1, 2, 3, 5, 8, 13);
const image = fc.tuple(fc.integer({ min: 1, max: 9 }), channels, side, side);
const matrix = fc.tuple(fc.integer({ min: 1, max: 70 }), channels);
const anyShape = fc.oneof({ weight: 2, arbitrary: image }, { weight: 1, arbitrary: matrix });
const trainable = anyShape.filter((shape) => elementCount(shape) > shape[1]);

const layoutOf = (shape: readonly number[]): Layout =>
  shape.length === 4 ? imageLayout(shape) : rowMajor(shape);

function inputs(shape: readonly number[], seed: number) {
  const next = random(seed);
  const size = elementCount(shape);
  const c = shape[1];
  const inner = elementCount(shape.slice(2));
  // Neighbours of a channel lie at least 2 apart, so that every variance is well above 0 and float32 can follow.
  const place = (i: number) => Math.floor(i / inner / c) * inner + (i % inner);
  return {
    x: Float32Array.from({ length: size }, (_, i) => (place(i) % 2 ? 6 : 0) + 2 * next()),
    dy: Float32Array.from({ length: size }, next),
    gamma: Float32Array.from({ length: c }, () => 1 + next()),
    beta: Float32Array.from({ length: c }, next),
    mean: Float32Array.from({ length: c }, () => 2 * next()),
    variance: Float32Array.from({ length: c }, () => 0.2 + next() ** 2),
  };
}

/** Statistics of x by the two kernels: mean, rstd and the updated running values. */
async function statistics(
  device: Device,
  x: Layout,
  data: Float32Array,
  running?: [Float32Array, Float32Array],
) {
  const { tuning } = device;
  const perChannel = rowMajor([x.shape[1]]);
  const [, partials] = await runKernel(device, batchNormStatistics({ x }, tuning), [
    { layout: x, data },
    { words: batchNormPartials(x) },
  ]);
  const momentum = running ? 0.1 : null;
  const merged = await runKernel(device, batchNormMerge({ x, eps, momentum }, tuning), [
    { words: batchNormPartials(x), data: partials },
    { layout: perChannel },
    { layout: perChannel },
    ...(running ?? []).map((values) => ({ layout: perChannel, data: values })),
  ]);
  return merged.slice(1) as Float32Array[];
}

describe.each(devices)('batch norm on $name', ({ device }) => {
  it('takes statistics, normalises and updates the running values', async () => {
    await fc.assert(
      fc.asyncProperty(trainable, fc.integer(), async (shape, seed) => {
        const x = layoutOf(shape);
        const perChannel = rowMajor([shape[1]]);
        const data = inputs(shape, seed);
        const expected = batchNormStatisticsOracle(data.x, shape);
        const [mean, rstd, runningMean, runningVariance] = await statistics(device, x, data.x, [
          data.mean,
          data.variance,
        ]);
        expectNear(mean, expected.mean, 1e-6);
        expectClose(
          rstd,
          expected.variance.map((v) => 1 / Math.sqrt(v + eps)),
          2e-6,
        );
        const running = batchNormRunningOracle(data, expected, 0.1);
        expectNear(runningMean, running.mean, 1e-6);
        expectClose(runningVariance, running.variance);

        const results = await runKernel(device, batchNormForward({ x, statistics: 'batch' }, device.tuning), [
          { layout: x, data: data.x },
          { layout: perChannel, data: mean },
          { layout: perChannel, data: rstd },
          { layout: perChannel, data: data.gamma },
          { layout: perChannel, data: data.beta },
          { layout: x, data: data.dy },
        ]);
        expectNear(
          results[5],
          batchNormForwardOracle(data.x, shape, { ...data, mean: undefined, eps }),
          2e-6,
        );
      }),
      { numRuns: 20 },
    );
  });

  it('normalises by running statistics', async () => {
    await fc.assert(
      fc.asyncProperty(anyShape, fc.integer(), async (shape, seed) => {
        const x = layoutOf(shape);
        const perChannel = rowMajor([shape[1]]);
        const data = inputs(shape, seed);
        const kernel = batchNormForward({ x, statistics: 'running', eps }, device.tuning);
        const results = await runKernel(device, kernel, [
          { layout: x, data: data.x },
          ...[data.mean, data.variance, data.gamma, data.beta].map((d) => ({ layout: perChannel, data: d })),
          { layout: x },
        ]);
        expectNear(results[5], batchNormForwardOracle(data.x, shape, { ...data, eps }), 2e-6, 10);
      }),
      { numRuns: 10 },
    );
  });

  it.each(['batch', 'running'] as const)('has the gradient of the oracle (%s statistics)', async (which) => {
    await fc.assert(
      fc.asyncProperty(which === 'batch' ? trainable : anyShape, fc.integer(), async (shape, seed) => {
        const x = layoutOf(shape);
        const perChannel = { layout: rowMajor([shape[1]]) };
        const data = inputs(shape, seed);
        const mode =
          which === 'batch' ? ({ statistics: which } as const) : ({ statistics: which, eps } as const);
        const exact = batchNormStatisticsOracle(data.x, shape);
        const expected = batchNormGradientOracle(data.dy, data.x, shape, {
          ...data,
          mean: which === 'batch' ? undefined : data.mean,
          eps,
        });
        const mean = which === 'batch' ? exact.mean : data.mean;
        const deviation =
          which === 'batch' ? exact.variance.map((v) => 1 / Math.sqrt(v + eps)) : data.variance;
        const spec = { x, ...mode };
        const sums = await runKernel(device, batchNormGradientSums(spec, device.tuning), [
          { layout: x, data: data.dy },
          { layout: x, data: data.x },
          { ...perChannel, data: mean },
          { ...perChannel, data: deviation },
          { words: batchNormPartials(x) },
        ]);
        const [, dgamma, dbeta] = await runKernel(device, batchNormGradientMerge({ x }, device.tuning), [
          { words: batchNormPartials(x), data: sums[4] },
          perChannel,
          perChannel,
        ]);
        // Sums of as many terms of size 1 may cancel.
        expectNear(dgamma, expected.dgamma, 1e-6, exact.count);
        expectNear(dbeta, expected.dbeta, 1e-6, exact.count);

        const kernel = batchNormInputGradient(spec, device.tuning);
        const dy = { layout: x, data: data.dy };
        const gamma = { ...perChannel, data: data.gamma };
        const operands =
          which === 'batch'
            ? [
                dy,
                { layout: x, data: data.x },
                { ...perChannel, data: mean },
                { ...perChannel, data: deviation },
                gamma,
                { ...perChannel, data: expected.dgamma },
                { ...perChannel, data: expected.dbeta },
                { layout: x },
              ]
            : [dy, { ...perChannel, data: deviation }, gamma, { layout: x }];
        const dx = (await runKernel(device, kernel, operands)).at(-1)!;
        expectNear(dx, expected.dx, 4e-6);
      }),
      { numRuns: 12 },
    );
  });

  it('keeps the variance of values far from zero', async () => {
    const shape = [16, 4, 20, 20];
    const next = random(7);
    const data = Float32Array.from({ length: elementCount(shape) }, () => 1e4 + next());
    const expected = batchNormStatisticsOracle(data, shape);
    const [mean, rstd] = await statistics(device, imageLayout(shape), data);
    expectClose(mean, expected.mean, 1e-7);
    expectClose(
      rstd,
      expected.variance.map((v) => 1 / Math.sqrt(v + eps)),
      1e-3,
    );
  });
});

describe('the oracle of batch norm', () => {
  it.each(['batch', 'running'] as const)('agrees with central differences (%s statistics)', (which) => {
    fc.assert(
      fc.property(fc.constantFrom([3, 2, 2, 1], [2, 3, 1, 3], [5, 4]), fc.integer(), (shape, seed) => {
        const data = inputs(shape, seed);
        const values = {
          ...data,
          x: data.x as ArrayLike<number>,
          mean: which === 'batch' ? undefined : data.mean,
          eps: 1e-2,
        };
        const gradient = batchNormGradientOracle(data.dy, data.x, shape, values);
        const loss = (change: object) => {
          const all = { ...values, ...change };
          const y = batchNormForwardOracle(all.x, shape, all);
          return y.reduce((sum, v, i) => sum + v * data.dy[i], 0);
        };
        expectClose(
          gradient.dx,
          centralDifferences(data.x, (x) => loss({ x })),
          1e-6,
        );
        expectClose(
          gradient.dgamma,
          centralDifferences(data.gamma, (gamma) => loss({ gamma })),
          1e-6,
        );
        expectClose(
          gradient.dbeta,
          centralDifferences(data.beta, (beta) => loss({ beta })),
          1e-6,
        );
      }),
      { numRuns: 20 },
    );
  });
});

describe('batch norm refuses', () => {
  it('one value per channel in training, and layouts that it cannot walk', () => {
    expect(() => batchNormStatistics({ x: imageLayout([1, 16, 1, 1]) })).toThrow(
      /more than 1 value per channel/,
    );
    expect(() => batchNormMerge({ x: rowMajor([1, 3]), eps, momentum: 0.1 })).toThrow(/evaluation mode/);
    expect(() => batchNormStatistics({ x: rowMajor([2, 16, 4, 4]) })).toThrow(/imageLayout/);
    expect(() => batchNormForward({ x: rowMajor([2, 16, 4]), statistics: 'batch' })).toThrow(/imageLayout/);
  });
});
