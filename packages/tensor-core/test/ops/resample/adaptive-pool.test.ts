import { adaptiveMeanTaps, adaptiveWindows } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { adaptiveAvgPool2d, adaptiveMaxPool2d } from '../../../src/ops/index.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { checkOp } from '../check-op.ts';
import { checkRecorded, checkSeparable, images, recorded } from './checks.ts';

describe.each(await openTestDevices())('adaptive pooling on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded('adaptiveAvgPool2d'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, adaptiveAvgPool2d, one),
  );
  it.each(recorded('adaptiveMaxPool2d'))('$title is PyTorch’s', (one) =>
    checkRecorded(runtime, adaptiveMaxPool2d, one),
  );

  it('adaptiveAvgPool2d: value and gradient of images of any size', () =>
    checkSeparable(runtime, 'adaptiveAvgPool2d', {
      op: (x) => adaptiveAvgPool2d(x, [2, 3]),
      height: (from) => adaptiveMeanTaps(from, 2),
      width: (from) => adaptiveMeanTaps(from, 3),
    }));

  it('adaptiveMaxPool2d: value and gradient of images of any size', async () => {
    await fc.assert(
      fc.asyncProperty(images, async (x) => {
        const [n, c, h, w] = x.shape;
        const oracle = (a: Float64Array) =>
          Float64Array.from({ length: n * c * 6 }, (_, i) => {
            const [plane, p, q] = [Math.floor(i / 6), Math.floor((i % 6) / 3), i % 3];
            const [top, bottom] = adaptiveWindows(h, 2)[p];
            const [left, right] = adaptiveWindows(w, 3)[q];
            let most = Number.NEGATIVE_INFINITY;
            for (let row = top; row < bottom; row++)
              for (let column = left; column < right; column++)
                most = Math.max(most, a[(plane * h + row) * w + column]);
            return most;
          });
        // Values further apart than central differences reach, in an order that the drawn ones give.
        const ranks = [...x.data.keys()].sort((a, b) => x.data[a] - x.data[b]);
        const data = new Float32Array(x.data.length);
        for (const [rank, at] of ranks.entries()) data[at] = rank / 64;
        await checkOp(runtime, {
          name: 'adaptiveMaxPool2d',
          inputs: [{ ...x, data }],
          op: (a) => adaptiveMaxPool2d(a, [2, 3]),
          oracle,
          shape: [n, c, 2, 3],
        });
      }),
      runs(device, 8),
    );
  });

  it('says what does not fit', () => {
    expect(() => adaptiveAvgPool2d(zeros(runtime, [1, 2, 3, 4]), 0)).toThrow(/outputSize/);
  });
});
