import { affineImagesOracle, randomMatricesOracle, randomUniformOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noGrad } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import { affineImages, randomMatrices } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear } from '../../support/numbers.ts';
import { fromOp } from '../../support/observe.ts';
import { runs } from '../../support/runs.ts';
import { imageShapes, input } from '../arbitrary.ts';

const devices = await openTestDevices();
const keys = fc.record({ seed: fc.maxSafeNat(), stream: fc.nat(), step: fc.nat() });

describe.each(devices)('affine images on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('randomMatrices: those of its oracle, from the uniform numbers of this seed, stream and step', async () => {
    const options = {
      degrees: [-30, 60],
      scale: [0.5, 1.5],
      shear: [-5, 5, 0, 8],
      translate: [3, 2],
    } as const;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), keys, async (batch, key) => {
        const matrices = randomMatrices(runtime, batch, { ...key, step: () => key.step }, options);
        expect(matrices.shape).toEqual([batch, 2, 3]);
        const u = randomUniformOracle([batch, 8], { low: 0, high: 1 }, key);
        const expected = randomMatricesOracle(u, { batch, ...options });
        expectNear(fromOp(await matrices.array(), device, 'randomMatrices', 'value'), expected, 1e-5, 1);
      }),
      runs(device, 10),
    );
  });

  it('affineImages: images of any layout as the oracle sees them', async () => {
    const cases = imageShapes.chain((shape) =>
      fc.tuple(input(shape), fc.boolean(), fc.integer({ min: 1, max: 6 })),
    );
    await fc.assert(
      fc.asyncProperty(cases, keys, async ([x, edge, height], { seed }) => {
        const { shape, data, layout } = x;
        const [n, c, , w] = shape;
        const u = randomUniformOracle([n, 8], { low: 0, high: 1 }, { seed, stream: 0, step: 0 });
        const drawn = randomMatricesOracle(u, { batch: n, degrees: [-180, 180], scale: [0.5, 2] });
        const matrices = tensor(runtime, Float32Array.from(drawn), [n, 2, 3]);
        const mean = Array.from({ length: c }, (_, k) => 0.1 * k);
        const y = affineImages(tensor(runtime, data, shape, { layout }), matrices, {
          size: [height, w],
          interpolation: 'bilinear',
          ...(edge ? { paddingMode: 'edge' as const } : { fill: 0.75 }),
          mean,
          std: 0.25,
        });
        expect(y.shape).toEqual([n, c, height, w]);
        const fill = edge ? ('edge' as const) : mean.map((m) => (0.75 - m) / 0.25);
        const expected = affineImagesOracle(data, drawn, shape, [height, w], {
          interpolation: 'bilinear',
          fill,
        });
        expectNear(fromOp(await y.array(), device, 'affineImages', 'value'), expected, 1e-5, 2);
      }),
      runs(device, 20),
    );
  });

  it('says what it cannot do: gradients, other shapes, other numbers', () => {
    const x = zeros(runtime, [2, 3, 4, 4]);
    const matrices = zeros(runtime, [2, 2, 3]);
    const source = { seed: 0, stream: 0, step: () => 0 };
    const leaf = zeros(runtime, [2, 3, 4, 4]).requiresGrad_();
    expect(() => affineImages(leaf, matrices)).toThrow(
      /affineImages: images that require a gradient.*detach/,
    );
    expect(noGrad(() => affineImages(leaf, matrices)).requiresGrad).toBe(false);
    expect(affineImages(leaf.detach(), matrices).requiresGrad).toBe(false);
    expect(() => affineImages(x, zeros(runtime, [1, 2, 3]))).toThrow(
      /matrices is \[1,2,3\], but must be \[2,2,3\]/,
    );
    expect(() => affineImages(zeros(runtime, [2, 3]), matrices)).toThrow(/expected images \[N,C,H,W\]/);
    expect(() => affineImages(zeros(runtime, [0, 3, 4, 4]), matrices)).toThrow(/empty/);
    expect(() => affineImages(x, matrices, { fill: [1, 2] })).toThrow(/2 numbers for 3 channels/);
    expect(() => affineImages(x, matrices, { fill: 1e39 })).toThrow(/1e\+39 is too large; black is 0/);
    expect(() => randomMatrices(runtime, 2, source, { translate: [0, 1e39] })).toThrow(/translate must be/);
    expect(() => randomMatrices(runtime, 2, source, { scale: [0, 1] })).toThrow(/scale must be/);
    expect(() => affineImages(x, matrices, { mean: [1, 2] })).toThrow(/mean has 2 numbers.*3 channels/);
    expect(() => affineImages(x, matrices, { interpolation: 'cubic' as 'nearest' })).toThrow(
      /'nearest' or 'bilinear'/,
    );
    expect(() => randomMatrices(runtime, 2, source, { degrees: [3, 1] })).toThrow(
      /degrees must be two numbers/,
    );
    expect(() => randomMatrices(runtime, 2, source, { shear: [0, 90, 0, 0] })).toThrow(/from -89 to 89/);
    expect(() => randomMatrices(runtime, 0, source)).toThrow(/batch must be a whole number above 0/);
  });
});
