import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import { affineGrid } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input } from '../arbitrary.ts';
import { checkOp, expectScaled } from '../check-op.ts';
import { recorded } from './recorded.ts';

/** theta · (x, y, 1) at the middles of pixels, from -1 to 1 between the outer edges or the outer pixels. */
function oracle(theta: Float64Array, [n, h, w]: readonly number[], alignCorners: boolean): Float64Array {
  const at = (k: number, count: number) => {
    const middle = (count - 1) / 2;
    const half = alignCorners ? Math.max(middle, 0.5) : count / 2;
    return (k - middle) / half;
  };
  return Float64Array.from({ length: n * h * w * 2 }, (_, i) => {
    const [row, p] = [6 * Math.floor(i / (2 * h * w)) + 3 * (i % 2), Math.floor(i / 2) % (h * w)];
    return theta[row] * at(p % w, w) + theta[row + 1] * at(Math.floor(p / w), h) + theta[row + 2];
  });
}

describe.each(await openTestDevices())('affineGrid on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded.affineGrid)(
    'for [$size], alignCorners $alignCorners, is PyTorch’s',
    async ({ size, alignCorners, theta, grid, dy, dTheta }) => {
      const matrices = tensor(runtime, theta, [size[0], 2, 3]).requiresGrad_();
      const found = affineGrid(matrices, size, { alignCorners });
      expect(found.shape).toEqual([size[0], size[2], size[3], 2]);
      backward(found, tensor(runtime, dy, found.shape));
      expectScaled('grid', await found.array(), grid, 4, 1e-6);
      expectScaled('gradient', await matrices.grad!.array(), dTheta, 32, 1e-6);
    },
  );

  it('value and gradient for images of any size', async () => {
    const cases = fc
      .record({ n: fc.constantFrom(1, 3), h: fc.constantFrom(1, 2, 5), w: fc.constantFrom(1, 4, 7) })
      .chain(({ n, h, w }) =>
        fc.record({
          theta: input([n, 2, 3]),
          size: fc.constant([n, h, w] as const),
          alignCorners: fc.boolean(),
        }),
      );
    await fc.assert(
      fc.asyncProperty(cases, async ({ theta, size: [n, h, w], alignCorners }) => {
        await checkOp(runtime, {
          name: 'affineGrid',
          inputs: [theta],
          op: (matrices) => affineGrid(matrices, [n, 1, h, w], { alignCorners }),
          oracle: (matrices) => oracle(matrices, [n, h, w], alignCorners),
          shape: [n, h, w, 2],
          cancels: true,
        });
      }),
      runs(device, 16),
    );
  });

  it('says what does not fit', () => {
    const theta = zeros(runtime, [2, 2, 3]);
    expect(() => affineGrid(theta, [1, 1, 4, 4])).toThrow(/theta is \[2,2,3\], but must be \[1,2,3\]/);
    expect(() => affineGrid(theta, [2, 4, 4])).toThrow(/four whole numbers above 0/);
    expect(() => affineGrid(theta, [2, 1, 0, 4])).toThrow(/four whole numbers above 0/);
  });
});
