import {
  faultWords,
  gatherImages,
  gatherImagesOracle,
  gatherLabels,
  gatherLabelsOracle,
  imageLayout,
  imageWords,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear, random } from '../../support/numbers.ts';
import { expectClose, type Operand, runKernel } from '../../support/run-kernel.ts';

const devices = await openTestDevices();
const noFaults: Operand = { words: faultWords, type: 'u32' };

/** Bytes as the kernel wants them: four in a word, the last word filled up. */
function words(bytes: Uint8Array): Uint32Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
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
      { numRuns: 20 },
    );
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
      source: fc.constantFrom('u8', 'u32'),
      output: fc.constantFrom('u32', 'f32'),
      seed: fc.integer(),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ count, columns, batch, source, output, seed }) => {
        const next = random(seed);
        const bytes = randomBytes(count * (columns ?? 1), next);
        const labels = source === 'u8' ? words(bytes) : Uint32Array.from(bytes);
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
      { numRuns: 20 },
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
  });
});
