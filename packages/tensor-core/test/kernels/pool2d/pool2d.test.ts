import {
  type AvgPool2dSpec,
  avgPool2dForward,
  avgPool2dForwardOracle,
  avgPool2dGradient,
  avgPool2dGradientOracle,
  maxPool2dForward,
  maxPool2dForwardOracle,
  maxPool2dGradient,
  maxPool2dGradientOracle,
  type Pool2dSpec,
  pool2dLayouts,
  pool2dOutputSize,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import { centralDifferences, expectNear, random } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

const devices = await openTestDevices();

const axis = fc
  .record({
    extent: fc.integer({ min: 1, max: 11 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 5 }),
    padding: fc.integer({ min: 0, max: 2 }),
    dilation: fc.constantFrom(1, 1, 2, 3),
  })
  .filter(({ kernel, padding }) => 2 * padding <= kernel);
/** Overlapping windows, gaps between windows, padding, windows that reach over the end, one-pixel images. */
const dilated = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.constantFrom(1, 2, 3, 4, 5, 8, 17),
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
  )
  .filter(fits);
const pooling = dilated.map(({ dilation, ...spec }): AvgPool2dSpec => spec).filter(fits);
const divisors = fc.record({
  countIncludePad: fc.boolean(),
  divisorOverride: fc.constantFrom(undefined, undefined, 3, -2),
});

function fits(spec: Pool2dSpec): boolean {
  try {
    return pool2dOutputSize(spec).length === 2;
  } catch {
    return false;
  }
}

function inputs(spec: Pool2dSpec, seed: number) {
  const next = random(seed);
  const { x, y } = pool2dLayouts(spec);
  const fill = (shape: readonly number[], value: () => number) =>
    Float32Array.from({ length: shape.reduce((p, n) => p * n) }, value);
  return {
    // Few distinct values, so that windows hold ties.
    ties: fill(x.shape, () => Math.round(2 * next())),
    x: fill(x.shape, next),
    dy: fill(y.shape, next),
  };
}

describe.each(devices)('pooling on $name', ({ device }) => {
  it('max: value, index of the first largest, gradient', async () => {
    await fc.assert(
      fc.asyncProperty(dilated, fc.integer(), anyMachine, async (spec, seed, machine) => {
        const { x, y } = pool2dLayouts(spec);
        const { ties, dy } = inputs(spec, seed);
        const stale = Float32Array.from(dy, () => 9);
        const expected = maxPool2dForwardOracle(ties, spec);
        const [, value, index] = await runKernel(device, maxPool2dForward(spec, machine), [
          { layout: x, data: ties },
          { layout: y, data: stale },
          { layout: y, data: stale, type: 'u32' },
        ]);
        expectClose(value, expected.y, 0);
        expectClose(index, expected.index, 0);
        const [, , dx] = await runKernel(device, maxPool2dGradient(spec, machine), [
          { layout: y, data: dy },
          { layout: y, data: index, type: 'u32' },
          { layout: x, data: ties.map(() => 9) },
        ]);
        expectNear(dx, maxPool2dGradientOracle(dy, expected.index, spec), 1e-6);
      }),
      runs(device, 40),
    );
  });

  it('average, with padding counted and not, and by a divisor', async () => {
    await fc.assert(
      fc.asyncProperty(pooling, divisors, fc.integer(), anyMachine, async (shape, divisor, seed, machine) => {
        const spec = { ...shape, ...divisor };
        const layouts = pool2dLayouts(spec);
        const { x, dy } = inputs(spec, seed);
        const [, y] = await runKernel(device, avgPool2dForward(spec, machine), [
          { layout: layouts.x, data: x },
          { layout: layouts.y, data: dy },
        ]);
        expectNear(y, avgPool2dForwardOracle(x, spec), 1e-6);
        const [, dx] = await runKernel(device, avgPool2dGradient(spec, machine), [
          { layout: layouts.y, data: dy },
          { layout: layouts.x, data: x },
        ]);
        expectNear(dx, avgPool2dGradientOracle(dy, spec), 1e-6);
      }),
      runs(device, 40),
    );
  });
});

describe('the oracles of pooling', () => {
  it('agree with central differences', () => {
    fc.assert(
      fc.property(dilated, divisors, fc.integer(), ({ dilation, ...shape }, divisor, seed) => {
        const spec = { ...shape, batch: 1, channels: 2, ...divisor };
        fc.pre(fits(spec));
        const { dy, x } = inputs(spec, seed);
        const weighted = (y: Float64Array) => y.reduce((sum, v, i) => sum + v * dy[i], 0);
        expectNear(
          avgPool2dGradientOracle(dy, spec),
          centralDifferences(x, (at) => weighted(avgPool2dForwardOracle(at, spec))),
          1e-6,
        );
        // Values 0.01 apart, in a scattered order (1009 is prime): no step changes a winner.
        const distinct = Float64Array.from(x.keys(), (i) => ((i * 7919) % 1009) / 100);
        const windows = { ...spec, dilation };
        const weights = inputs(windows, seed).dy;
        const winners = maxPool2dForwardOracle(distinct, windows).index;
        const sum = (y: Float64Array) => y.reduce((sum, v, i) => sum + v * weights[i], 0);
        expectNear(
          maxPool2dGradientOracle(weights, winners, windows),
          centralDifferences(distinct, (at) => sum(maxPool2dForwardOracle(at, windows).y)),
          1e-6,
        );
      }),
      { numRuns: 25 },
    );
  });

  it('agree with PyTorch on a case worked out by torch.nn.functional', () => {
    // x = arange(9).reshape(1,1,3,3); kernel 2, stride 2, padding 1.
    const spec: Pool2dSpec = {
      batch: 1,
      channels: 1,
      height: 3,
      width: 3,
      kernel: [2, 2],
      stride: [2, 2],
      padding: [1, 1],
    };
    const x = Float64Array.from({ length: 9 }, (_, i) => i);
    expect([...maxPool2dForwardOracle(x, spec).y]).toEqual([0, 2, 6, 8]);
    expect([...avgPool2dForwardOracle(x, spec)]).toEqual([0, 0.75, 2.25, 6]);
    expect([...avgPool2dForwardOracle(x, { ...spec, countIncludePad: false } as Pool2dSpec)]).toEqual([
      0, 1.5, 4.5, 6,
    ]);
  });
});

describe('pooling refuses', () => {
  const spec: Pool2dSpec = {
    batch: 1,
    channels: 3,
    height: 4,
    width: 4,
    kernel: [2, 2],
    stride: [2, 2],
    padding: [0, 0],
  };
  it('windows that do not fit, too much padding, sizes that are no sizes', () => {
    expect(() => pool2dOutputSize({ ...spec, kernel: [5, 2] })).toThrow(/does not fit into the 4x4 image/);
    expect(() => pool2dOutputSize({ ...spec, padding: [2, 0] })).toThrow(/half of the 2x2 window/);
    expect(() => pool2dOutputSize({ ...spec, stride: [0, 1] })).toThrow(/positive integer/);
    expect(() => pool2dOutputSize({ ...spec, dilation: [1, 0] })).toThrow(/dilation is 1,0/);
    expect(() => pool2dOutputSize({ ...spec, dilation: [1, 4] })).toThrow(
      /2x2 window with dilation 1x4 does not fit into the 4x4 image .*smaller window or dilation/,
    );
    // Its positions are one column before the image, and one behind it.
    expect(() => pool2dOutputSize({ ...spec, width: 2, padding: [0, 1], dilation: [1, 3] })).toThrow(
      /2x2 window with dilation 1x3 has all of its positions in the padding of the 4x2 image/,
    );
  });

  it('no window of ceilMode that would begin behind the image', () => {
    const sizes = (height: number, padding: number) =>
      pool2dOutputSize({ ...spec, height, padding: [padding, 0], ceilMode: true })[0];
    // Rows 0 1 | 2 3 | 4; with padding -1 0 | 1 2 | 3 4, and 5 alone is left out.
    expect([sizes(4, 0), sizes(5, 0), sizes(4, 1), sizes(5, 1)]).toEqual([2, 3, 3, 3]);
  });
});
