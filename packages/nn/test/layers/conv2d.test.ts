import { backward, conv2d, imageTensor, pad, sum, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { Conv2d, type Conv2dLayerOptions, Init, ReLU, Sequential } from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

describe.each(await openTestRuntimes())('Conv2d in groups on $name', ({ runtime }) => {
  it('a depthwise layer filters each channel by itself', async () => {
    const layer = new Conv2d(new Init(runtime, 0), 4, 4, { kernelSize: 3, padding: 1, groups: 4 });
    expect(layer.weight.shape).toEqual([4, 1, 3, 3]);
    // PyTorch's default: uniform between ±1/√fan-in, and the fan-in is that of one group.
    const largest = Math.max(...(await layer.weight.array()).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / 3);
    expect(largest).toBeGreaterThan(1 / 6);
    const images = Float32Array.from({ length: 4 * 25 }, (_, i) => Math.sin(i));
    const outputs = async (data: Float32Array) =>
      layer.forward(imageTensor(runtime, data, [1, 4, 5, 5])).array();
    const changed = images.map((value, i) => (i < 25 ? value + 1 : value));
    const [before, after] = [await outputs(images), await outputs(changed)];
    expect(after.slice(0, 25)).not.toEqual(before.slice(0, 25));
    expect(after.slice(25)).toEqual(before.slice(25));
    backward(sum(layer.forward(imageTensor(runtime, images, [1, 4, 5, 5]))));
    expect(layer.weight.grad!.shape).toEqual([4, 1, 3, 3]);
  });

  it('refuses groups that do not divide the channels', () => {
    const init = new Init(runtime, 0);
    expect(() => new Conv2d(init, 4, 6, { kernelSize: 3, groups: 4 })).toThrow(
      'Conv2d: 4 input and 6 output channels cannot be split into 4 equal groups',
    );
    expect(() => new Conv2d(init, 4, 6, { kernelSize: 3, groups: 0 })).toThrow(/groups must be/);
  });
});

describe.each(await openTestRuntimes())('padding of Conv2d on $name', ({ runtime }) => {
  const ones = (shape: readonly number[]) =>
    imageTensor(runtime, new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1), shape);
  const make = (options: Conv2dLayerOptions, channels = 1) =>
    new Conv2d(new Init(runtime, 0), channels, 2, options);

  it("a filter of an even size has one row and column more at the end with 'same', as in PyTorch", async () => {
    const layer = make({ kernelSize: 2, padding: 'same', bias: false });
    layer.weight.write(new Float32Array(8).fill(1));
    const y = layer.forward(ones([1, 1, 3, 3]));
    expect(y.shape).toEqual([1, 2, 3, 3]);
    expect([...(await y.array())].slice(0, 9)).toEqual([4, 4, 2, 4, 4, 2, 2, 2, 1]);
    expect(String(layer)).toContain('padding: 0x1x0x1');
  });

  it.each(['reflect', 'replicate', 'circular'] as const)(
    'paddingMode %s pads before the convolution',
    async (paddingMode) => {
      const layer = make({ kernelSize: 3, padding: [1, 2], paddingMode }, 4);
      const x = imageTensor(
        runtime,
        Float32Array.from({ length: 4 * 30 }, (_, i) => Math.sin(i)),
        [1, 4, 5, 6],
      ).requiresGrad_();
      const gradients = async (y: Tensor) => {
        backward(sum(y.square()));
        const found = [
          ...(await y.array()),
          ...(await x.grad!.array()),
          ...(await layer.weight.grad!.array()),
        ];
        x.grad = layer.weight.grad = null;
        return found;
      };
      const alone = await gradients(layer.forward(x).relu());
      const { weight, bias } = layer;
      const byOps = conv2d(pad(x, [2, 2, 1, 1], { mode: paddingMode }), weight, bias).relu();
      expect(alone).toEqual(await gradients(byOps));
      // In a Sequential, too, where ops are computed together.
      expect(alone).toEqual(await gradients(new Sequential(layer, new ReLU()).forward(x)));
      expect(String(layer)).toContain(`paddingMode: '${paddingMode}'`);
      expect(() => layer.forward(ones([1, 3, 5, 6]))).toThrow(/Conv2d/);
    },
  );

  it('says which padding modes there are', () => {
    expect(() => make({ kernelSize: 3, paddingMode: 'mirror' as 'reflect' })).toThrow(
      /paddingMode must be 'zeros' or/,
    );
    const layer = make({ kernelSize: 9, padding: 4, paddingMode: 'reflect' });
    expect(() => layer.forward(ones([1, 1, 4, 4]))).toThrow(/pad: .* mode 'reflect' does not fit/);
  });
});
