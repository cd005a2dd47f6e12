import {
  elementCount,
  type GridSampleSpec,
  gridSample,
  gridSampleGridGradient,
  gridSampleGridGradientOracle,
  gridSampleInputGradient,
  gridSampleInputGradientOracle,
  gridSampleLayout,
  gridSampleOracle,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { centralDifferences, expectWithin, numbers, runInto } from '../outputs.ts';

const devices = await openTestDevices();

/** Numbers of a grid that lie an eighth of a pixel away from whole pixels and halves: no kink is near. */
const places = (pixels: number, alignCorners: boolean) =>
  fc.integer({ min: -12, max: 4 * pixels + 12 }).map((k) => {
    const at = Math.floor(k / 4) + [0.125, 0.375, 0.625, 0.875][((k % 4) + 4) % 4];
    const last = Math.max(pixels - 1, 1);
    return Math.fround(alignCorners ? (2 * at) / last - 1 : (2 * at + 1) / pixels - 1);
  });

const cases = fc
  .record({
    shape: fc.tuple(
      fc.constantFrom(1, 2),
      fc.constantFrom(1, 3, 4, 5),
      fc.constantFrom(1, 2, 5),
      fc.constantFrom(1, 3, 4),
    ),
    size: fc.tuple(fc.constantFrom(1, 3), fc.constantFrom(1, 2, 5)),
    mode: fc.constantFrom('bilinear', 'nearest'),
    paddingMode: fc.constantFrom('zeros', 'border', 'reflection'),
    alignCorners: fc.boolean(),
  })
  .chain((spec) => {
    const [n, c, h, w] = spec.shape;
    const count = n * spec.size[0] * spec.size[1];
    const place = fc.tuple(places(w, spec.alignCorners), places(h, spec.alignCorners));
    return fc.record({
      spec: fc.constant(spec as GridSampleSpec),
      x: numbers(elementCount(spec.shape)),
      grid: fc.array(place, { minLength: count, maxLength: count }).map((list) => list.flat()),
      dy: numbers(count * c),
    });
  });

describe('gridSample', () => {
  it('has the gradients that central differences of the oracle say', () => {
    fc.assert(
      fc.property(cases, ({ spec, x, grid, dy }) => {
        const byX = centralDifferences((moved) => gridSampleOracle(moved, grid, spec), x, dy);
        expectWithin(gridSampleInputGradientOracle(dy, grid, spec), byX, 64);
        const byGrid = centralDifferences((moved) => gridSampleOracle(x, moved, spec), grid, dy);
        expectWithin(gridSampleGridGradientOracle(dy, x, grid, spec), byGrid, 64);
      }),
      { numRuns: 60 },
    );
  });

  it.each(devices)('equals the oracle, and its gradients, in all modes on $name', async ({ device }) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ spec, x, grid, dy }) => {
        const { machine } = device;
        const layouts = {
          x: gridSampleLayout(spec.shape),
          grid: rowMajor([spec.shape[0], ...spec.size, 2]),
          y: gridSampleLayout([...spec.shape.slice(0, 2), ...spec.size]),
        };
        const given = { layout: layouts.grid, data: grid };
        const images = { layout: layouts.x, data: x };
        const gradient = { layout: layouts.y, data: dy };
        const [y] = await runInto(
          device,
          gridSample(spec, machine),
          [images, given],
          [{ layout: layouts.y }],
        );
        expectWithin(y, gridSampleOracle(x, grid, spec), 8, 2e-6);
        const byX = gridSampleInputGradient(spec, machine);
        const [dx] = await runInto(device, byX, [gradient, given], [{ layout: layouts.x }]);
        expectWithin(dx, gridSampleInputGradientOracle(dy, grid, spec), 32, 2e-6);
        if (spec.mode === 'nearest') return;
        const byGrid = gridSampleGridGradient(spec, machine);
        const [dGrid] = await runInto(device, byGrid, [gradient, images, given], [{ layout: layouts.grid }]);
        expectWithin(dGrid, gridSampleGridGradientOracle(dy, x, grid, spec), 256, 2e-6);
      }),
      runs(device, 60),
    );
  });

  it.each(devices)('reads nothing far outside, wherever that is, on $name', async ({ device }) => {
    const spec = { shape: [1, 1, 2, 2], size: [1, 4], mode: 'bilinear', alignCorners: false } as const;
    const grid = [1e30, 0, -1e30, 0, 0, 1e9, 3e38, -3e38];
    const unknown = [Number.NaN, 0, 0, Number.NaN, Number.POSITIVE_INFINITY, 0, Number.NaN, Number.NaN];
    for (const paddingMode of ['zeros', 'border'] as const) {
      const kernel = gridSample({ ...spec, paddingMode }, device.machine);
      const images = { layout: gridSampleLayout(spec.shape), data: [1, 2, 3, 4] };
      const places = { layout: rowMajor([1, 1, 4, 2]), data: grid };
      const inputs = [images, places];
      // Whatever is read there, padding stays 0.
      const nowhere = [images, { ...places, data: unknown }];
      await runInto(device, kernel, nowhere, [{ layout: gridSampleLayout([1, 1, 1, 4]) }]);
      const [y] = await runInto(device, kernel, inputs, [{ layout: gridSampleLayout([1, 1, 1, 4]) }]);
      expect([...(y as Float64Array)]).toEqual(paddingMode === 'zeros' ? [0, 0, 0, 0] : [3, 2, 3.5, 2]);
      const dy = { layout: gridSampleLayout([1, 1, 1, 4]), data: [1, 1, 1, 1] };
      const byGrid = gridSampleGridGradient({ ...spec, paddingMode }, device.machine);
      const [dGrid] = await runInto(device, byGrid, [dy, images, places], [{ layout: places.layout }]);
      expect(Array.from(dGrid).every(Number.isFinite)).toBe(true);
    }
  });

  it('has no gradient of the grid where the nearest pixel is read', () => {
    const spec = { shape: [1, 1, 2, 2], size: [1, 4], mode: 'nearest', alignCorners: false } as const;
    expect(() => gridSampleGridGradient({ ...spec, paddingMode: 'zeros' })).toThrow(/mode 'nearest' is 0/);
  });
});
