import {
  batchNormForward,
  batchNormForwardOracle,
  batchNormGradientMerge,
  batchNormGradientOracle,
  batchNormGradientPartials,
  batchNormGradientSums,
  batchNormInputGradient,
  batchNormMerge,
  batchNormPartials,
  batchNormRunningOracle,
  batchNormStatistics,
  batchNormStatisticsLayout,
  batchNormStatisticsOracle,
  elementCount,
  imageLayout,
  type Layout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/device/device.ts';
import { openTestDevices } from '../../support/devices.ts';
import { centralDifferences, expectNear, random } from '../../support/numbers.ts';
import { sameSource } from '../../support/observe.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

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
    weight: Float32Array.from({ length: c }, () => 1 + next()),
    bias: Float32Array.from({ length: c }, next),
    mean: Float32Array.from({ length: c }, () => 2 * next()),
    variance: Float32Array.from({ length: c }, () => 0.2 + next() ** 2),
  };
}

/** Statistics of x by the two kernels: mean and rstd [2,C], and the updated running values. */
async function statistics(
  device: Device,
  x: Layout,
  data: Float32Array,
  running?: [Float32Array, Float32Array],
) {
  const { machine } = device;
  const perChannel = rowMajor([x.shape[1]]);
  const [, partials] = await runKernel(device, batchNormStatistics({ x }, machine), [
    { layout: x, data },
    { words: batchNormPartials(x) },
  ]);
  const momentum = running ? 0.1 : null;
  const merged = await runKernel(device, batchNormMerge({ x, eps, momentum }, machine), [
    { words: batchNormPartials(x), data: partials },
    { layout: batchNormStatisticsLayout(x) },
    ...(running ?? []).map((values) => ({ layout: perChannel, data: values })),
  ]);
  const [mean, rstd] = [0, 1].map((row) =>
    sameSource(merged[1].slice(row * x.shape[1], (row + 1) * x.shape[1]), merged[1]),
  );
  return [mean, rstd, ...merged.slice(2)] as Float32Array[];
}

describe.each(devices)('batch norm on $name', ({ device }) => {
  it('takes in statistics by a share that is data, too', async () => {
    const { machine } = device;
    const x = layoutOf([4, 5, 2, 3]);
    const data = inputs([4, 5, 2, 3], 3);
    const words = batchNormPartials(x);
    const [, partials] = await runKernel(device, batchNormStatistics({ x }, machine), [
      { layout: x, data: data.x },
      { words },
    ]);
    const merged = await runKernel(device, batchNormMerge({ x, eps, momentum: 'given' }, machine), [
      { words, data: partials },
      { layout: batchNormStatisticsLayout(x) },
      { layout: rowMajor([5]), data: data.mean },
      { layout: rowMajor([5]), data: data.variance },
      { words: 4, data: [1 / 3] },
    ]);
    const running = batchNormRunningOracle(data, batchNormStatisticsOracle(data.x, x.shape), 1 / 3);
    expectNear(merged[2], running.mean, 1e-6);
    expectClose(merged[3], running.variance);
  });

  it('takes statistics, normalises and updates the running values', async () => {
    await fc.assert(
      fc.asyncProperty(trainable, fc.boolean(), fc.integer(), async (shape, relu, seed) => {
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

        const results = await runKernel(
          device,
          batchNormForward({ x, statistics: 'batch', relu }, device.machine),
          [
            { layout: x, data: data.x },
            { layout: batchNormStatisticsLayout(x), data: [...mean, ...rstd] },
            { layout: perChannel, data: data.weight },
            { layout: perChannel, data: data.bias },
            { layout: x, data: data.dy },
          ],
        );
        expectNear(
          results[4],
          batchNormForwardOracle(data.x, shape, { ...data, mean: undefined, eps, relu }),
          2e-6,
        );
      }),
      runs(device, 20),
    );
  });

  it('normalises by running statistics', async () => {
    await fc.assert(
      fc.asyncProperty(anyShape, fc.boolean(), fc.integer(), async (shape, relu, seed) => {
        const x = layoutOf(shape);
        const perChannel = rowMajor([shape[1]]);
        const data = inputs(shape, seed);
        const kernel = batchNormForward({ x, statistics: 'running', eps, relu }, device.machine);
        const results = await runKernel(device, kernel, [
          { layout: x, data: data.x },
          ...[data.mean, data.variance, data.weight, data.bias].map((d) => ({ layout: perChannel, data: d })),
          { layout: x },
        ]);
        expectNear(results[5], batchNormForwardOracle(data.x, shape, { ...data, eps, relu }), 2e-6, 10);
      }),
      { numRuns: 10 },
    );
  });

  it.each(['batch', 'running'] as const)('has the gradient of the oracle (%s statistics)', async (which) => {
    const flags = fc.record({ relu: fc.boolean(), reluBefore: fc.boolean(), inputSum: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        which === 'batch' ? trainable : anyShape,
        flags,
        fc.integer(),
        async (shape, { relu, ...choices }, seed) => {
          const x = layoutOf(shape);
          const perChannel = { layout: rowMajor([shape[1]]) };
          const batch = which === 'batch';
          const { reluBefore, inputSum } = batch ? choices : { reluBefore: false, inputSum: false };
          const data = inputs(shape, seed);
          if (reluBefore) data.x = data.x.map((v) => Math.max(v, 0));
          const exact = batchNormStatisticsOracle(data.x, shape);
          const values = { ...data, mean: batch ? undefined : data.mean, eps, relu };
          const margin = Array.from(batchNormForwardOracle(data.x, shape, { ...values, relu: false }));
          // Float32 cannot tell on which side of the ReLU's kink these lie.
          fc.pre(!relu || margin.every((y) => Math.abs(y) > 1e-5));
          const expected = batchNormGradientOracle(data.dy, data.x, shape, values);
          const rstd = exact.variance.map((v) => 1 / Math.sqrt(v + eps));
          const statistics = batch
            ? [{ layout: batchNormStatisticsLayout(x), data: [...exact.mean, ...rstd] }]
            : [data.mean, data.variance].map((d) => ({ ...perChannel, data: d }));
          const [weight, bias] = [data.weight, data.bias].map((d) => ({ ...perChannel, data: d }));
          const [dy, input] = [data.dy, data.x].map((d) => ({ layout: x, data: d }));
          const mode = batch ? ({ statistics: 'batch' } as const) : ({ statistics: 'running', eps } as const);
          const spec = { x, ...mode, relu, reluBefore, inputSum };
          const words = batchNormGradientPartials(spec);
          const affine = relu ? [weight, bias] : [];
          const sums = await runKernel(device, batchNormGradientSums(spec, device.machine), [
            ...[dy, input, ...statistics, ...affine],
            { words },
          ]);
          const merged = await runKernel(device, batchNormGradientMerge(spec, device.machine), [
            { words, data: sums.at(-1)! },
            ...(reluBefore && inputSum ? [...statistics, weight] : []),
            ...[perChannel, perChannel, ...(inputSum ? [perChannel] : [])],
          ]);
          const [dWeight, dBias, dxSum] = merged.slice(reluBefore && inputSum ? 3 : 1);
          // Sums of as many terms of size 1 may cancel.
          expectNear(dWeight, expected.dWeight, 1e-6, exact.count);
          expectNear(dBias, expected.dBias, 1e-6, exact.count);

          const dx = expected.dx.map((d, i) => (reluBefore && data.x[i] === 0 ? 0 : d));
          if (inputSum) {
            const total = new Float64Array(shape[1]);
            const inner = elementCount(shape.slice(2));
            for (const [i, d] of dx.entries()) total[Math.floor(i / inner) % shape[1]] += d;
            expectNear(dxSum, total, 4e-6, exact.count);
          }
          const results = await runKernel(device, batchNormInputGradient(spec, device.machine), [
            ...[dy, ...(batch || relu ? [input, ...statistics] : statistics.slice(1)), weight],
            ...(relu ? [bias] : []),
            ...(batch ? [expected.dWeight, expected.dBias].map((d) => ({ ...perChannel, data: d })) : []),
            { layout: x },
          ]);
          expectNear(results.at(-1)!, dx, 4e-6);
        },
      ),
      runs(device, 24),
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
      fc.property(
        fc.constantFrom([3, 2, 2, 1], [2, 3, 1, 3], [5, 4]),
        fc.boolean(),
        fc.integer(),
        (shape, relu, seed) => {
          const data = inputs(shape, seed);
          const values = {
            ...data,
            x: data.x as ArrayLike<number>,
            mean: which === 'batch' ? undefined : data.mean,
            eps: 1e-2,
            relu,
          };
          const smooth = batchNormForwardOracle(data.x, shape, { ...values, relu: false });
          fc.pre(!relu || smooth.every((y) => Math.abs(y) > 1e-3));
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
            gradient.dWeight,
            centralDifferences(data.weight, (weight) => loss({ weight })),
            1e-6,
          );
          expectClose(
            gradient.dBias,
            centralDifferences(data.bias, (bias) => loss({ bias })),
            1e-6,
          );
        },
      ),
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
