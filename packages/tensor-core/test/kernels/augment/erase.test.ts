import {
  elementCount,
  eraseImages,
  eraseImagesOracle,
  imageLayout,
  randomBits,
  randomBoxes,
  randomBoxesOracle,
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
  Float32Array.from(randomBits([batch, 24], { seed, stream: 1, step: 0 }), (word) => (word >>> 8) * 2 ** -24);
const spec = { batch: 500, size: [28, 20], p: 0.7, scale: [0.02, 0.33], ratio: [0.3, 3.3] } as const;

describe.each(devices)('erased images on $name', ({ device }) => {
  it('draws the boxes of the oracle', async () => {
    // Sizes that almost never fit, too: the first that does is taken, or none.
    const hard = { ...spec, scale: [0.5, 1], ratio: [0.2, 5] } as const;
    for (const [seed, drawn] of [spec, hard, { ...spec, size: [1, 1] } as const].entries()) {
      const u = uniforms(500, seed);
      const [, boxes] = await runKernel(device, randomBoxes(drawn, device.machine), [
        { layout: rowMajor([500, 24]), data: u },
        { layout: rowMajor([500, 4]) },
      ]);
      expectClose(boxes, randomBoxesOracle(u, drawn), 0);
    }
  });

  it('writes the value within the box alone, in any layout', async () => {
    const shapes = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(1, 2, 3, 4, 5, 8),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 7 }),
    );
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), anyMachine, async (shape, seed, machine) => {
        const [n, c] = shape;
        const layout = imageLayout(shape);
        const next = random(seed);
        const x = Float32Array.from({ length: elementCount(shape) }, () => next());
        const boxes = Float32Array.from({ length: 4 * n }, () => Math.round(2 + 2 * next()));
        const value = Array.from({ length: c }, (_, k) => 3 + k);
        const [, , y] = await runKernel(device, eraseImages({ layout, value }, machine), [
          { layout, data: x },
          { layout: rowMajor([n, 4]), data: boxes },
          { layout, data: x },
        ]);
        expectClose(y, eraseImagesOracle(x, boxes, shape, value), 0);
      }),
      runs(device, 25),
    );
  });
});

describe('draws of boxes', () => {
  it('have their probability, area and ratio, and lie within the image', () => {
    const batch = 4000;
    const drawn = { ...spec, batch, size: [100, 80] } as const;
    const boxes = randomBoxesOracle(uniforms(batch, 5), drawn);
    let erased = 0;
    for (let n = 0; n < batch; n++) {
      const [top, left, height, width] = boxes.subarray(4 * n, 4 * n + 4);
      if (height === 0) continue;
      erased++;
      expect(top >= 0 && left >= 0 && top + height <= 100 && left + width <= 80).toBe(true);
      const area = (height * width) / 8000;
      expect(area > 0.015 && area < 0.34).toBe(true);
      expect(height / width > 0.25 && height / width < 4).toBe(true);
    }
    expect(Math.abs(erased / batch - 0.7)).toBeLessThan(0.03);
    expect([...boxes.subarray(0, 400)].filter((_, i) => i % 4 === 0 && boxes[i] > 50).length).toBeGreaterThan(
      5,
    );
  });
});
