import { eraseImagesOracle, randomBoxesOracle, randomUniformOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { eraseImages, randomBoxes } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear } from '../../support/numbers.ts';
import { fromOp } from '../../support/observe.ts';
import { runs } from '../../support/runs.ts';
import { imageShapes, input } from '../arbitrary.ts';

const devices = await openTestDevices();
const options = { size: [28, 28], p: 0.6, scale: [0.02, 0.33], ratio: [0.3, 3.3] } as const;
const source = { seed: 6, stream: 2, step: () => 4 };

describe.each(devices)('erased images on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('randomBoxes: those of its oracle, from the uniform numbers of this seed, stream and step', async () => {
    const boxes = randomBoxes(runtime, 300, source, options);
    expect(boxes.shape).toEqual([300, 4]);
    const u = randomUniformOracle([300, 24], { low: 0, high: 1 }, { ...source, step: 4 });
    const expected = randomBoxesOracle(u, { batch: 300, ...options });
    expectNear(fromOp(await boxes.array(), device, 'randomBoxes', 'value'), expected, 0);
  });

  it('eraseImages: images of any layout', async () => {
    const box = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 4, maxLength: 4 });
    const cases = imageShapes.chain((shape) =>
      fc.tuple(input(shape), fc.array(box, { minLength: shape[0], maxLength: shape[0] })),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([{ shape, data, layout }, drawn]) => {
        const boxes = tensor(runtime, drawn.flat(), [shape[0], 4]);
        const y = eraseImages(tensor(runtime, data, shape, { layout }), boxes, { value: 0.75 });
        const expected = eraseImagesOracle(data, drawn.flat(), shape, 0.5);
        expectNear(fromOp(await y.array(), device, 'eraseImages', 'value'), expected, 0);
      }),
      runs(device, 20),
    );
  });

  it('says what it cannot do', () => {
    const boxes = zeros(runtime, [2, 4]);
    const leaf = zeros(runtime, [2, 3, 4, 4]).requiresGrad_();
    expect(() => eraseImages(leaf, boxes)).toThrow(/eraseImages: images that require a gradient/);
    expect(() => eraseImages(leaf.detach(), zeros(runtime, [2, 3]))).toThrow(/boxes is \[2,3\]/);
    expect(() => eraseImages(leaf.detach(), boxes, { value: [1, 2] })).toThrow(/2 numbers for 3 channels/);
    expect(() => randomBoxes(runtime, 2, source, { ...options, scale: [0.5, 0.1] })).toThrow(/scale must be/);
    expect(() => randomBoxes(runtime, 2, source, { ...options, ratio: [0, 1] })).toThrow(/ratio must be/);
  });
});
