import { type Adjustment, adjustImagesOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { adjustImages } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear, random } from '../../support/numbers.ts';
import { fromOp } from '../../support/observe.ts';
import { runs } from '../../support/runs.ts';
import { imageShapes, input } from '../arbitrary.ts';

const devices = await openTestDevices();
const kinds = fc.constantFrom<Adjustment>('brightness', 'contrast', 'gamma', 'noise');

describe.each(devices)('adjusted images on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('adjustImages: images and noise of any layout, the mean brightness of each image', async () => {
    const cases = imageShapes.chain((shape) =>
      fc.tuple(kinds, input(shape, { low: -1, high: 1 }), input(shape, { low: -1, high: 1 }), fc.nat()),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([adjustment, x, z, seed]) => {
        const { shape } = x;
        fc.pre(adjustment !== 'contrast' || shape[1] === 1 || shape[1] === 3);
        const next = random(seed);
        const amounts = Float32Array.from({ length: shape[0] }, () => 1 + 0.8 * next());
        const noise = tensor(runtime, z.data, shape, { layout: z.layout });
        const y = adjustImages(
          adjustment,
          tensor(runtime, x.data, shape, { layout: x.layout }),
          tensor(runtime, amounts, [shape[0]]),
          adjustment === 'noise' ? { noise } : {},
        );
        const expected = adjustImagesOracle(
          x.data,
          amounts,
          { shape, adjustment, mean: 0.5, std: 0.5 },
          z.data,
        );
        expectNear(fromOp(await y.array(), device, 'adjustImages', 'value'), expected, 1e-5, 1);
      }),
      runs(device, 30),
    );
  });

  it('says what it cannot do', () => {
    const x = zeros(runtime, [2, 5, 4, 4]);
    const amounts = zeros(runtime, [2]);
    const leaf = zeros(runtime, [2, 3, 4, 4]).requiresGrad_();
    expect(() => adjustImages('gamma', leaf, amounts)).toThrow(
      /adjustImages: images that require a gradient/,
    );
    expect(() => adjustImages('contrast', x, amounts)).toThrow(/1 or 3 channels, not \[2,5,4,4\]/);
    expect(() => adjustImages('gamma', x, zeros(runtime, [3]))).toThrow(
      /amounts is \[3\], but must be \[2\]/,
    );
    expect(() => adjustImages('noise', x, amounts)).toThrow(/'noise' takes the option noise/);
    expect(() => adjustImages('gamma', x, amounts, { noise: x })).toThrow(/nothing else does/);
    expect(() => adjustImages('noise', x, amounts, { noise: amounts })).toThrow(/noise is \[2\]/);
    expect(() => adjustImages('hue' as 'gamma', x, amounts)).toThrow(/adjustment must be 'brightness' or/);
    expect(() => adjustImages('gamma', x, amounts, { std: 0 })).toThrow(/std must be/);
  });
});
