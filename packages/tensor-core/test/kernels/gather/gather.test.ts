import {
  faultWords,
  type GatherLabelsSpec,
  gatherImages,
  gatherImagesOracle,
  gatherLabels,
  gatherLabelsOracle,
  imageLayout,
  imageRange,
  imageWords,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear, random } from '../../support/numbers.ts';
import { expectClose, type Operand, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

const devices = await openTestDevices();
const noFaults: Operand = { words: faultWords, type: 'u32' };

/** Bytes as the kernel wants them: four in a word, the last word filled up. */
function words(bytes: Uint8Array): Uint32Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return new Uint32Array(padded.buffer);
}

/** 16-bit numbers as the kernel wants them: two in a word. */
function halves(values: readonly number[]): Uint32Array {
  const padded = new Uint16Array(Math.ceil(values.length / 2) * 2);
  padded.set(values);
  return new Uint32Array(padded.buffer);
}

function randomBytes(length: number, next: () => number): Uint8Array {
  return Uint8Array.from({ length }, () => (next() + 1) * 128);
}

function randomRows(length: number, below: number, next: () => number): Uint32Array {
  return Uint32Array.from({ length }, () => Math.floor(((next() + 1) / 2) * below));
}

const side = fc.integer({ min: 1, max: 9 });
const imageShape = fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 8, 17), side, side);
const dataSet = fc.record({
  shape: imageShape,
  images: fc.integer({ min: 1, max: 11 }),
  batch: fc.integer({ min: 1, max: 6 }),
  seed: fc.integer(),
});

describe.each(devices)('gather on $name', ({ device }) => {
  it('builds normalised batches from bytes', async () => {
    await fc.assert(
      fc.asyncProperty(dataSet, fc.boolean(), async ({ shape, images, batch, seed }, perChannel) => {
        const next = random(seed);
        const bytes = randomBytes(images * shape[0] * shape[1] * shape[2], next);
        const rows = randomRows(batch, images, next);
        // The last image ends where the data end: reading beyond it must not matter.
        rows[batch - 1] = images - 1;
        const mean = perChannel ? Array.from({ length: shape[0] }, next) : undefined;
        const std = perChannel ? Array.from({ length: shape[0] }, () => 1.5 + next()) : undefined;
        const y = imageLayout([batch, ...shape]);
        expect(words(bytes).length).toBe(imageWords(images, shape));
        const results = await runKernel(device, gatherImages({ images, y, mean, std }, device.machine), [
          { words: imageWords(images, shape), data: words(bytes), type: 'u32' },
          { words: batch, data: rows, type: 'u32' },
          noFaults,
          { layout: y, data: new Float32Array(batch * bytes.length).fill(9) },
        ]);
        expectNear(results[3], gatherImagesOracle(bytes, shape, rows, mean, std), 1e-6);
      }),
      runs(device, 20),
    );
  });

  it('builds them from 16 bits, floats, and planes', async () => {
    const sources = fc.constantFrom('u8', 'u16', 'f32');
    const orders = fc.constantFrom('NHWC', 'NCHW');
    await fc.assert(
      fc.asyncProperty(
        dataSet,
        sources,
        orders,
        fc.boolean(),
        async ({ shape, images, batch, seed }, source, order, perChannel) => {
          const next = random(seed);
          const count = images * shape[0] * shape[1] * shape[2];
          const largest = imageRange[source];
          const values = Array.from({ length: count }, () =>
            source === 'f32' ? 3 * next() : Math.floor(((next() + 1) / 2) * (largest + 1)),
          );
          const rows = randomRows(batch, images, next);
          rows[batch - 1] = images - 1;
          const mean = perChannel ? Array.from({ length: shape[0] }, next) : undefined;
          const std = perChannel ? Array.from({ length: shape[0] }, () => 1.5 + next()) : 0.25;
          const y = imageLayout([batch, ...shape]);
          const kernel = gatherImages({ images, source, order, y, mean, std }, device.machine);
          const data = {
            u8: () => words(Uint8Array.from(values)),
            u16: () => halves(values),
            f32: () => values,
          };
          const stored = data[source]();
          expect(stored.length).toBe(imageWords(images, shape, source));
          const results = await runKernel(device, kernel, [
            { words: stored.length, data: stored, type: source === 'f32' ? 'f32' : 'u32' },
            { words: batch, data: rows, type: 'u32' },
            noFaults,
            { layout: y, data: new Float32Array(batch * (count / images)).fill(9) },
          ]);
          const held = source === 'f32' ? Float32Array.from(values) : values;
          const expected = gatherImagesOracle(held, shape, rows, mean, std, { range: largest, order });
          expectNear(results[3], expected, 2e-6);
        },
      ),
      runs(device, 30),
    );
  });

  it('gives exactly what float32 gives for all 65,536 numbers of 16 bits', async () => {
    const numbers = Array.from({ length: 65536 }, (_, i) => i);
    const y = imageLayout([1, 1, 256, 256]);
    const kernel = gatherImages({ images: 1, source: 'u16', y }, device.machine);
    const results = await runKernel(device, kernel, [
      { words: 32768, data: halves(numbers), type: 'u32' },
      { words: 1, type: 'u32' },
      noFaults,
      { layout: y },
    ]);
    const expected = Float32Array.from(numbers, (x) => (Math.fround(x / 65535) - 0.5) / 0.5);
    expect(results[3]).toEqual(expected);
  });

  it.each([28, 30])('gives exactly what float32 gives for all 256 bytes, lines of %i', async (w) => {
    const h = Math.ceil(256 / w);
    const bytes = Uint8Array.from({ length: h * w }, (_, i) => i);
    const y = imageLayout([1, 1, h, w]);
    const results = await runKernel(device, gatherImages({ images: 1, y }, device.machine), [
      { words: imageWords(1, [1, h, w]), data: words(bytes), type: 'u32' },
      { words: 1, type: 'u32' },
      noFaults,
      { layout: y },
    ]);
    // Each operation of (x/255 - 0.5)/0.5 rounded to float32, as PyTorch computes it.
    const expected = Float32Array.from(bytes, (byte) => (Math.fround(byte / 255) - 0.5) / 0.5);
    expect(results[3]).toEqual(expected);
  });

  it('picks labels', async () => {
    const options = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      columns: fc.option(fc.constantFrom(1, 2, 4, 14), { nil: undefined }),
      batch: fc.integer({ min: 1, max: 9 }),
      kinds: fc.constantFrom(
        { source: 'u8', output: 'u32' },
        { source: 'u8', output: 'f32' },
        { source: 'u32', output: 'u32' },
        { source: 'u32', output: 'f32' },
        { source: 'f32', output: 'f32' },
      ) as fc.Arbitrary<Pick<GatherLabelsSpec, 'source' | 'output'>>,
      seed: fc.integer(),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ count, columns, batch, kinds: { source, output }, seed }) => {
        const next = random(seed);
        const length = count * (columns ?? 1);
        const own = {
          u8: () => randomBytes(length, next),
          u32: () => Uint32Array.from({ length }, () => 1e6 * (next() + 1)),
          f32: () => Float32Array.from({ length }, () => 1e3 * next()),
        };
        const bytes = own[source]();
        const labels = bytes instanceof Uint8Array ? words(bytes) : new Uint32Array(bytes.buffer);
        const rows = randomRows(batch, count, next);
        const y = rowMajor(columns === undefined ? [batch] : [batch, columns]);
        const results = await runKernel(device, gatherLabels({ count, source, y, output }, device.machine), [
          { words: labels.length, data: labels, type: 'u32' },
          { words: batch, data: rows, type: 'u32' },
          noFaults,
          { layout: y, data: new Float32Array(bytes.length * batch).fill(7), type: output },
        ]);
        expectClose(results[3], gatherLabelsOracle(bytes, columns ?? 1, rows), 0);
      }),
      runs(device, 20),
    );
  });
});

describe('gather refuses', () => {
  it('shapes that it cannot build', () => {
    expect(() => gatherImages({ images: 1, y: rowMajor([3, 4]) })).toThrow(/\[B,C,H,W\]/);
    expect(() => gatherImages({ images: 1e6, y: imageLayout([1, 3, 64, 64]) })).toThrow(/4 GiB/);
    expect(() => gatherImages({ images: 1, y: imageLayout([1, 3, 4, 4]), mean: [0.5] })).toThrow(/channel 1/);
    expect(() => gatherLabels({ count: 1, source: 'u8', y: rowMajor([1, 1, 1]), output: 'u32' })).toThrow(
      /\[B,L\]/,
    );
    expect(() => gatherLabels({ count: 1, source: 'f32', y: rowMajor([1]), output: 'u32' })).toThrow(
      /floats are no class numbers/,
    );
  });
});
