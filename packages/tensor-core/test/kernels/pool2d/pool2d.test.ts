import {
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

const devices = await openTestDevices();

const axis = fc
  .record({
    extent: fc.integer({ min: 1, max: 11 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 5 }),
    padding: fc.integer({ min: 0, max: 2 }),
  })
  .filter(({ extent, kernel, padding }) => 2 * padding <= kernel && kernel <= extent + 2 * padding);
/** Overlapping windows, gaps between windows, padding, one-pixel images. */
const pooling = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.constantFrom(1, 2, 3, 4, 5, 8, 17),
    y: axis,
    x: axis,
  })
  .map(
    ({ batch, channels, y, x }): Pool2dSpec => ({
      batch,
      channels,
      height: y.extent,
      width: x.extent,
      kernel: [y.kernel, x.kernel],
      stride: [y.stride, x.stride],
      padding: [y.padding, x.padding],
    }),
  );

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
      fc.asyncProperty(pooling, fc.integer(), anyMachine, async (spec, seed, machine) => {
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
      { numRuns: 25 },
    );
  });

  it('average, with padding counted and not', async () => {
    await fc.assert(
      fc.asyncProperty(
        pooling,
        fc.boolean(),
        fc.integer(),
        anyMachine,
        async (shape, countIncludePad, seed, machine) => {
          const spec = { ...shape, countIncludePad };
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
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('the oracles of pooling', () => {
  it('agree with central differences', () => {
    fc.assert(
      fc.property(pooling, fc.boolean(), fc.integer(), (shape, countIncludePad, seed) => {
        const spec = { ...shape, batch: 1, channels: 2, countIncludePad };
        const { dy, x } = inputs(spec, seed);
        const weighted = (y: Float64Array) => y.reduce((sum, v, i) => sum + v * dy[i], 0);
        expectNear(
          avgPool2dGradientOracle(dy, spec),
          centralDifferences(x, (at) => weighted(avgPool2dForwardOracle(at, spec))),
          1e-6,
        );
        // Values 0.01 apart, in a scattered order (1009 is prime): no step changes a winner.
        const distinct = Float64Array.from(x.keys(), (i) => ((i * 7919) % 1009) / 100);
        const winners = maxPool2dForwardOracle(distinct, spec).index;
        expectNear(
          maxPool2dGradientOracle(dy, winners, spec),
          centralDifferences(distinct, (at) => weighted(maxPool2dForwardOracle(at, spec).y)),
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
  });
});
