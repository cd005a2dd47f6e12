import {
  elementCount,
  imageLayout,
  mixImages,
  mixImagesOracle,
  randomBits,
  randomMixes,
  randomMixesOracle,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import { random } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

const devices = await openTestDevices();
const uniforms = (batch: number, seed: number) =>
  Float32Array.from(randomBits([batch, 4], { seed, stream: 1, step: 0 }), (word) => (word >>> 8) * 2 ** -24);
const spec = { batch: 400, size: [28, 20], kind: 'mixup', alpha: 1 } as const;

describe.each(devices)('mixed images on $name', ({ device }) => {
  it.each([0.1, 0.4, 1, 3])('draws the shares of the oracle for alpha %d', async (alpha) => {
    const u = uniforms(400, 3);
    u.set([0, 0, 0, 0, 0, 0.6, 0, 0], 0); // the ends of the interval
    const drawn = { ...spec, alpha };
    const [, mixes] = await runKernel(device, randomMixes(drawn, device.machine), [
      { layout: rowMajor([400, 4]), data: u },
      { layout: rowMajor([400, 6]) },
    ]);
    expectClose(mixes, randomMixesOracle(u, drawn), 2e-5);
  });

  it('draws the boxes of the oracle', async () => {
    const drawn = { ...spec, kind: 'cutmix' } as const;
    const u = uniforms(400, 4);
    const [, mixes] = await runKernel(device, randomMixes(drawn, device.machine), [
      { layout: rowMajor([400, 4]), data: u },
      { layout: rowMajor([400, 6]) },
    ]);
    const expected = randomMixesOracle(u, drawn);
    const shares = randomMixesOracle(u, spec);
    let compared = 0;
    for (let n = 0; n < 400; n++) {
      // Where a side is about to be a pixel longer, the last bit of the share decides.
      const sides = drawn.size.map((length) => length * 0.5 * Math.sqrt(1 - shares[6 * n + 5]));
      if (sides.some((side) => Math.abs(side - Math.round(side)) < 1e-3)) continue;
      compared++;
      expectClose(mixes.slice(6 * n, 6 * n + 6), expected.slice(6 * n, 6 * n + 6), 1e-6);
    }
    expect(compared).toBeGreaterThan(350);
  });

  it('mixes within the box alone, in any layout', async () => {
    const shapes = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(1, 2, 3, 4, 5, 8),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 7 }),
    );
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), anyMachine, async (shape, seed, machine) => {
        const layout = imageLayout(shape);
        const next = random(seed);
        const x = Float32Array.from({ length: elementCount(shape) }, () => next());
        const mixes = Float32Array.from({ length: 6 * shape[0] }, (_, i) =>
          i % 6 < 4 ? Math.round(2 + 2 * next()) : (1 + next()) / 2,
        );
        const [, , y] = await runKernel(device, mixImages({ layout }, machine), [
          { layout, data: x },
          { layout: rowMajor([shape[0], 6]), data: mixes },
          { layout, data: x },
        ]);
        expectClose(y, mixImagesOracle(x, mixes, shape), 1e-6);
      }),
      runs(device, 25),
    );
  });
});

describe('draws of mixes', () => {
  it.each([0.2, 0.5, 1, 2, 5])('have the moments and the median of Beta(%d, %d)', (alpha) => {
    const batch = 40_000;
    const mixes = randomMixesOracle(uniforms(batch, 5), { ...spec, batch, alpha });
    const shares = Array.from({ length: batch }, (_, n) => mixes[6 * n + 5]);
    const mean = shares.reduce((sum, share) => sum + share, 0) / batch;
    const moment = (power: number) => shares.reduce((sum, share) => sum + (share - 0.5) ** power, 0) / batch;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    // The central moments of a symmetric beta distribution.
    expect(moment(2) * 4 * (2 * alpha + 1)).toBeCloseTo(1, 1);
    expect((moment(4) * 16 * (2 * alpha + 1) * (2 * alpha + 3)) / 3).toBeCloseTo(1, 1);
    expect(Math.abs(shares.filter((share) => share < 0.5).length / batch - 0.5)).toBeLessThan(0.01);
    if (alpha === 1) {
      for (const part of [0.1, 0.25, 0.8]) {
        expect(Math.abs(shares.filter((share) => share < part).length / batch - part)).toBeLessThan(0.01);
      }
    }
  });

  it('of boxes lie within the image, and leave the share of the label', () => {
    const mixes = randomMixesOracle(uniforms(2000, 6), { ...spec, batch: 2000, kind: 'cutmix' });
    const areas: number[] = [];
    for (let n = 0; n < 2000; n++) {
      const [top, left, height, width, own, label] = mixes.subarray(6 * n, 6 * n + 6);
      expect(top >= 0 && left >= 0 && top + height <= 28 && left + width <= 20).toBe(true);
      expect(own).toBe(0);
      expect(label).toBeCloseTo(1 - (height * width) / 560, 12);
      areas.push(1 - label);
    }
    expect(Math.max(...areas)).toBeGreaterThan(0.8);
    expect(Math.min(...areas)).toBeLessThan(0.05);
  });
});
