import { gatherImagesOracle, gatherLabelsOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteImages, byteLabels, gatherImages, gatherLabels } from '../../../src/ops/index.ts';
import { Runtime } from '../../../src/runtime/runtime.ts';
import { tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { fromOp } from '../../support/observe.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

const devices = await openTestDevices();

const sets = fc
  .record({
    count: fc.integer({ min: 1, max: 9 }),
    channels: fc.constantFrom(1, 3, 5),
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 9 }),
    columns: fc.constantFrom(1, 2, 5),
    seed: fc.nat(),
  })
  .chain((set) =>
    fc.record({
      set: fc.constant(set),
      rows: fc.array(fc.nat(set.count - 1), { minLength: 1, maxLength: 12 }),
      mean: fc.constantFrom(0.5, 0.25),
      std: fc.constantFrom(0.5, 0.2),
    }),
  );

const bytes = (count: number, seed: number) =>
  Uint8Array.from({ length: count }, (_, i) => (i * 37 + seed) & 255);

describe.each(devices)('batches of a byte data set on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('gatherImages and gatherLabels: the rows asked for, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(
        sets,
        async ({ set: { count, channels, height, width, columns, seed }, rows, mean, std }) => {
          const shape = [channels, height, width] as const;
          const pixels = bytes(count * channels * height * width, seed);
          const classes = bytes(count * columns, seed + 1);
          const images = byteImages(runtime, pixels, shape);
          const labels = byteLabels(runtime, classes, columns);
          const chosen = tensor(runtime, rows, [rows.length], { dtype: 'u32' });
          const batch = gatherImages(images, chosen, { mean, std });
          expect(batch.shape).toEqual([rows.length, ...shape]);
          const expected = gatherImagesOracle(pixels, shape, rows, mean, std);
          expectClose(fromOp(await batch.array(), device, 'gatherImages', 'value'), expected);
          for (const dtype of ['u32', 'f32'] as const) {
            const found = gatherLabels(labels, chosen, dtype);
            expect(found.shape).toEqual(columns === 1 ? [rows.length] : [rows.length, columns]);
            expect(found.dtype).toBe(dtype);
            const values = fromOp(await found.array(), device, 'gatherLabels', 'value');
            expectClose(values, gatherLabelsOracle(classes, columns, rows), 0);
          }
        },
      ),
      runs(device, 20),
    );
  });

  it('take bytes from anywhere in a larger array, and as they are now', async () => {
    const all = bytes(100, 3);
    const part = all.subarray(7, 7 + 30);
    const kept = part.slice();
    const images = byteImages(runtime, part, [1, 3, 5]);
    all.fill(0);
    const chosen = tensor(runtime, [1, 0], [2], { dtype: 'u32' });
    const expected = gatherImagesOracle(kept, [1, 3, 5], [1, 0], 0.5, 0.5);
    expectClose(await gatherImages(images, chosen).array(), expected);
  });

  it('are put on the device before a step is recorded', () => {
    const inside = () => runtime.record(() => byteLabels(runtime, bytes(8, 1)).bytes);
    expect(inside).toThrow(/put data on the device before/);
  });

  it('refuse bytes that are no whole number of images or rows', () => {
    expect(() => byteImages(runtime, new Uint8Array(10), [1, 3, 3])).toThrow(/10 bytes.*\[1,3,3\]/);
    expect(() => byteLabels(runtime, new Uint8Array(5), 2)).toThrow(/5 bytes.*rows of 2/);
  });
});
