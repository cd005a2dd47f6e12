import {
  elementCount,
  filterLayout,
  imageLayout,
  type Layout,
  orderedLayout,
  relayout,
  reshape,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';

const devices = await openTestDevices();
const side = fc.integer({ min: 1, max: 7 });

describe.each(devices)('relayout on $name', ({ device }) => {
  it('keeps every element and zeroes the padding, between any two layouts', async () => {
    const layouts = [rowMajor, imageLayout, filterLayout];
    const which = fc.integer({ min: 0, max: 2 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(side, side, side, side), which, which, async (shape, a, b) => {
        const from: Layout = layouts[a](shape);
        const to: Layout = layouts[b](shape);
        const data = Float32Array.from({ length: shape.reduce((p, n) => p * n) }, (_, i) => i + 1);
        const [, y] = await runKernel(device, relayout(from, to, undefined, device.machine), [
          { layout: from, data },
          { layout: to, data: data.map(() => -1) },
        ]);
        expectClose(y, data, 0);
      }),
      { numRuns: 15 },
    );
  });

  it('reshape keeps the row-major order between any two shapes and layouts', async () => {
    const shapes = fc.tuple(side, side, side, fc.nat(2)).map(([a, b, c, merge]) => {
      const merged = [
        [a * b, c],
        [a, b * c],
        [c, a * b],
      ][merge];
      return { from: [a, b, c], to: merged };
    });
    const order = fc.boolean();
    await fc.assert(
      fc.asyncProperty(shapes, order, order, async (shape, transposedFrom, transposedTo) => {
        const from = transposedFrom ? orderedLayout(shape.from, [2, 0, 1]) : rowMajor(shape.from);
        const to = transposedTo ? orderedLayout(shape.to, [1, 0]) : rowMajor(shape.to);
        const data = Float32Array.from({ length: elementCount(shape.from) }, (_, i) => i + 1);
        const [, y] = await runKernel(device, reshape(from, to, device.machine), [
          { layout: from, data },
          { layout: to, data: data.map(() => -1) },
        ]);
        expectClose(y, data, 0);
      }),
      { numRuns: 15 },
    );
  });

  it('flattens images to rows in PyTorch order, and back', async () => {
    const channels = fc.constantFrom(3, 4, 6, 8, 20);
    await fc.assert(
      fc.asyncProperty(side, channels, side, side, async (n, c, h, w) => {
        const [images, rows] = [imageLayout([n, c, h, w]), rowMajor([n, c * h * w])];
        const data = Float32Array.from({ length: n * c * h * w }, (_, i) => i + 1);
        for (const [from, to] of [
          [images, rows],
          [rows, images],
        ]) {
          const [, y] = await runKernel(device, reshape(from, to, device.machine), [
            { layout: from, data },
            { layout: to, data: data.map(() => -1) },
          ]);
          expectClose(y, data, 0);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('permutes dimensions', async () => {
    const from = rowMajor([2, 3, 5]);
    const to = rowMajor([5, 2, 3]);
    const data = Float32Array.from({ length: 30 }, (_, i) => i + 1);
    const [, y] = await runKernel(device, relayout(from, to, [1, 2, 0], device.machine), [
      { layout: from, data },
      { layout: to },
    ]);
    const expected = Array.from({ length: 30 }, (_, i) => {
      const [k, n, m] = [Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3];
      return data[n * 15 + m * 5 + k];
    });
    expectClose(y, expected, 0);
  });
});
