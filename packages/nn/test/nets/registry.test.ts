import { imageTensor, noGrad, openRuntime } from '@glassbox/tensor-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';
import { headOf, leastParameters, makeNet, netNames, smallestImage } from '../../src/index.ts';

let runtime: Awaited<ReturnType<typeof openRuntime>>;
beforeEach(async () => {
  runtime = await openRuntime({ device: 'wasm' });
});
afterEach(() => runtime.destroy());

// More than 100 million numbers of a VGG take their time; with a small `hidden` they are in the other tests.
describe.each(netNames.filter((name) => !name.startsWith('vgg') || amount(0, 1)))('the net %s', (name) => {
  const imageSize = smallestImage(name);

  it('takes the smallest images that it says, and has the head that it says', () => {
    const net = makeNet(runtime, name, { numClasses: 3, inChannels: 1, imageSize }).eval();
    const x = imageTensor(runtime, new Float32Array(imageSize ** 2), [1, 1, imageSize, imageSize]);
    expect(noGrad(() => net.forward(x)).shape).toEqual([1, 3]);
    expect(net.namedParameters().get(`${headOf(name)}.weight`)!.shape[0]).toBe(3);
    const fewest = net.parameterCount() / leastParameters(name);
    expect(fewest).toBeGreaterThan(1);
    expect(fewest).toBeLessThan(name === 'medmnist' ? 1.5 : 1.03);
  });

  it('refuses smaller ones', () => {
    const shape = { numClasses: 2, inChannels: 1, imageSize: imageSize - 1 };
    expect(() => makeNet(runtime, name, shape)).toThrow(`images of ${imageSize} pixels or more`);
  });
});
