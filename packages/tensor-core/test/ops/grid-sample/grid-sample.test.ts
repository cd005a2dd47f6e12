import { gridSampleOracle, imageLayout } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import { affineGrid, gridSample, sum } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input } from '../arbitrary.ts';
import { checkOp, expectScaled } from '../check-op.ts';
import { recorded } from './recorded.ts';

/** Images, places between their pixels, and how they are read. */
const cases = fc
  .record({
    n: fc.constantFrom(1, 2),
    c: fc.constantFrom(1, 3, 4, 5),
    h: fc.constantFrom(3, 4),
    w: fc.constantFrom(2, 5),
    mode: fc.constantFrom('bilinear' as const, 'nearest' as const),
    paddingMode: fc.constantFrom('zeros' as const, 'border' as const, 'reflection' as const),
    alignCorners: fc.boolean(),
    seed: fc.nat(1000),
  })
  .chain(({ n, c, h, w, seed, ...options }) => {
    // Quarters of pixels, in and around the image: no kink of bilinear or nearest is near.
    const place = (k: number, pixels: number) => {
      const at = ((k * 7 + seed * (pixels + 2)) % (pixels + 3)) - 1.5 + (k % 2 ? 0.25 : -0.25);
      return Math.fround(options.alignCorners ? (2 * at) / (pixels - 1) - 1 : (2 * at + 1) / pixels - 1);
    };
    const data = Float32Array.from({ length: n * 3 * 2 * 2 }, (_, k) => place(k, k % 2 ? h : w));
    return fc.record({
      x: input([n, c, h, w]),
      grid: input([n, 3, 2, 2]).map((one) => ({ ...one, data })),
      options: fc.constant(options),
    });
  });

describe.each(await openTestDevices())('gridSample on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(recorded.gridSample.map((one) => ({ ...one, title: JSON.stringify(one.options) })))(
    'of [$shape] with $title is PyTorch’s',
    async ({ options, shape, size, x, grid, y, dy, dx, dGrid, title }) => {
      for (const layout of [undefined, imageLayout(shape)]) {
        const images = tensor(runtime, x, shape, layout && { layout }).requiresGrad_();
        const places = tensor(runtime, grid, [shape[0], ...size, 2]).requiresGrad_();
        const result = gridSample(images, places, options);
        expect(result.shape).toEqual([shape[0], shape[1], ...size]);
        backward(result, tensor(runtime, dy, result.shape));
        expectScaled(title, await result.array(), y, 4, 1e-6);
        expectScaled(`${title}: dx`, await images.grad!.array(), dx, 8, 1e-6);
        expectScaled(`${title}: dGrid`, await places.grad!.array(), dGrid, 64, 1e-6);
      }
    },
  );

  it('value and gradients of images and grids in any layout', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ x, grid, options }) => {
        await checkOp(runtime, {
          name: 'gridSample',
          inputs: [x, grid],
          op: (images, places) => gridSample(images, places, options),
          oracle: (images, places) =>
            gridSampleOracle(images, places, { shape: x.shape, size: [3, 2], ...options }),
          shape: [...x.shape.slice(0, 2), 3, 2],
          cancels: true,
          gradientTolerance: 4e-5,
        });
      }),
      runs(device, 24),
    );
  });

  it('leaves images as they are where the grid does, and trains an affine map', async () => {
    const values = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => Math.sin(i));
    const x = tensor(runtime, values, [2, 3, 4, 5]);
    const theta = tensor(runtime, [1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0], [2, 2, 3]).requiresGrad_();
    for (const alignCorners of [false, true]) {
      const y = gridSample(x, affineGrid(theta, x.shape, { alignCorners }), { alignCorners });
      expectScaled('identity', await y.array(), values, 1, 1e-5);
    }
    backward(sum(gridSample(x, affineGrid(theta, x.shape))));
    expect(theta.grad!.shape).toEqual([2, 2, 3]);
  });

  it('asks for no gradient that nobody wants', () => {
    const x = zeros(runtime, [1, 2, 3, 4]).requiresGrad_();
    const grid = zeros(runtime, [1, 2, 2, 2]);
    backward(sum(gridSample(x, grid)));
    expect(x.grad).not.toBeNull();
    expect(grid.grad).toBeNull();
  });

  it('says what does not fit', () => {
    const x = zeros(runtime, [2, 1, 3, 4]);
    expect(() => gridSample(x, zeros(runtime, [1, 2, 2, 2]))).toThrow(
      /gridSample: grid is \[1,2,2,2\], but must be \[2,P,Q,2\] for images \[2,1,3,4\]/,
    );
    expect(() => gridSample(zeros(runtime, [3, 4]), zeros(runtime, [1]))).toThrow(/expected images/);
    expect(() => gridSample(x, zeros(runtime, [2, 1, 1, 2]), { mode: 'bicubic' as never })).toThrow(/mode/);
  });
});
