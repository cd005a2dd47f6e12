import { gatherImagesOracle, gatherLabelsOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { gatherImages, gatherLabels, storeImages, storeLabels } from '../../../src/ops/index.ts';
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
          const images = storeImages(runtime, pixels, shape);
          const labels = storeLabels(runtime, classes, columns);
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

  it('16-bit and float images, planes, normalised channel by channel, with float labels', async () => {
    const kinds = fc.record({
      source: fc.constantFrom('u16', 'f32'),
      order: fc.constantFrom('NHWC', 'NCHW'),
    }) as fc.Arbitrary<{ source: 'u16' | 'f32'; order: 'NHWC' | 'NCHW' }>;
    await fc.assert(
      fc.asyncProperty(sets, kinds, async ({ set, rows }, { source, order }) => {
        const { count, channels, height, width, columns, seed } = set;
        const shape = [channels, height, width] as const;
        const numbers = bytes(count * channels * height * width, seed);
        const pixels =
          source === 'u16'
            ? Uint16Array.from(numbers, (x) => 257 * x)
            : Float32Array.from(numbers, (x) => x / 7 - 9);
        const targets = Float32Array.from(bytes(count * columns, seed + 1), (x) => x / 3 - 40);
        const images = storeImages(runtime, pixels, shape, { order });
        const chosen = tensor(runtime, rows, [rows.length], { dtype: 'u32' });
        const mean = Array.from({ length: channels }, (_, k) => 0.1 * k);
        const std = Array.from({ length: channels }, (_, k) => 0.5 + k);
        const range = source === 'u16' ? 65535 : 1;
        const oracle = (m: number | number[], s: number | number[]) =>
          gatherImagesOracle(pixels, shape, rows, m, s, { range, order });
        const found = await gatherImages(images, chosen, { mean, std }).array();
        expectClose(fromOp(found, device, 'gatherImages', 'value'), oracle(mean, std));
        const plain = await gatherImages(images, chosen).array();
        expectClose(
          plain,
          source === 'f32' ? oracle(0, 1) : oracle(0.5, 0.5),
          source === 'f32' ? 0 : undefined,
        );
        const labels = gatherLabels(storeLabels(runtime, targets, columns), chosen, 'f32');
        expectClose(await labels.array(), gatherLabelsOracle(targets, columns, rows), 0);
      }),
      runs(device, 20),
    );
  });

  it('refuse a normalisation that does not fit', () => {
    const images = storeImages(runtime, new Uint8Array(27), [3, 3, 3]);
    const rows = tensor(runtime, [0], [1], { dtype: 'u32' });
    const wrong = (options: object) => () => gatherImages(images, rows, options);
    expect(wrong({ mean: [0.5, 0.5] })).toThrow(/mean has 2 numbers, but images have 3 channels/);
    expect(wrong({ std: [1, 1, 0] })).toThrow(/std must be above 0/);
    expect(wrong({ std: 1e-60 })).toThrow(
      /std must be above 0, and a number that 32-bit floats can divide by/,
    );
    expect(wrong({ mean: Number.NaN })).toThrow(/mean must be a finite number/);
    const floats = storeLabels(runtime, Float32Array.of(1, 2));
    expect(() => gatherLabels(floats, rows)).toThrow(/floats are no class numbers/);
  });
});
