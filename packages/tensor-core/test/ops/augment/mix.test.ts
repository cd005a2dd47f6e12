import { mixImagesOracle, randomMixesOracle, randomUniformOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { mixImages, randomMixes } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear } from '../../support/numbers.ts';
import { fromOp } from '../../support/observe.ts';
import { runs } from '../../support/runs.ts';
import { imageShapes, input } from '../arbitrary.ts';

const devices = await openTestDevices();
const options = { size: [28, 20], kind: 'mixup', alpha: 0.4 } as const;
const source = { seed: 6, stream: 2, step: () => 4 };

describe.each(devices)('mixed images on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('randomMixes: those of its oracle, from the uniform numbers of this seed, stream and step', async () => {
    const mixes = randomMixes(runtime, 300, source, options);
    expect(mixes.shape).toEqual([300, 6]);
    const u = randomUniformOracle([300, 4], { low: 0, high: 1 }, { ...source, step: 4 });
    const expected = randomMixesOracle(u, { batch: 300, ...options });
    expectNear(fromOp(await mixes.array(), device, 'randomMixes', 'value'), expected, 2e-5);
  });

  it('mixImages: images of any layout', async () => {
    const mix = fc
      .tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 6 })), fc.constantFrom(0, 0.25, 1))
      .map((numbers) => [...numbers, 0.5]);
    const cases = imageShapes.chain((shape) =>
      fc.tuple(input(shape), fc.array(mix, { minLength: shape[0], maxLength: shape[0] })),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([{ shape, data, layout }, drawn]) => {
        const mixes = tensor(runtime, drawn.flat(), [shape[0], 6]);
        const y = mixImages(tensor(runtime, data, shape, { layout }), mixes);
        const expected = mixImagesOracle(data, drawn.flat(), shape);
        expectNear(fromOp(await y.array(), device, 'mixImages', 'value'), expected, 1e-6);
      }),
      runs(device, 20),
    );
  });

  it('says what it cannot do', () => {
    const mixes = zeros(runtime, [2, 6]);
    const leaf = zeros(runtime, [2, 3, 4, 4]).requiresGrad_();
    expect(() => mixImages(leaf, mixes)).toThrow(/mixImages: images that require a gradient/);
    expect(() => mixImages(leaf.detach(), zeros(runtime, [2, 3]))).toThrow(/mixes is \[2,3\]/);
    expect(() => randomMixes(runtime, 2, source, { ...options, alpha: 0 })).toThrow(/alpha must be/);
    expect(() => randomMixes(runtime, 2, source, { ...options, kind: 'mix' as never })).toThrow(/kind must/);
  });
});
