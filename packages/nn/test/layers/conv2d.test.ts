import { backward, conv2d, convTranspose2d, imageTensor, pad, sum, type Tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { Conv2d, type Conv2dLayerOptions, ConvTranspose2d, Init, ReLU, Sequential } from '../../src/index.ts';
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

describe.each(await openTestRuntimes())('Conv2d with dilation on $name', ({ runtime }) => {
  const init = new Init(runtime, 0);
  const counted = imageTensor(
    runtime,
    Float32Array.from({ length: 12 }, (_, i) => i),
    [1, 1, 3, 4],
  );

  // Recorded in PyTorch: F.conv2d(x, ones, padding='same', dilation=…).
  it.each([
    [
      [2, 2],
      [3, 1],
      [17, 19, 21, 11, 1, 3, 5, 3, 9, 11, 13, 7],
    ],
    [
      [3, 2],
      [1, 3],
      [8, 14, 6, 8, 18, 33, 15, 18, 16, 30, 14, 16],
    ],
  ] as const)(
    "a filter of %j with dilation %j keeps the size with 'same'",
    async (kernelSize, dilation, expected) => {
      const layer = new Conv2d(init, 1, 1, { kernelSize, padding: 'same', dilation, bias: false });
      layer.weight.write(new Float32Array(layer.weight.size).fill(1));
      const y = layer.forward(counted);
      expect(y.shape).toEqual([1, 1, 3, 4]);
      expect([...(await y.array())]).toEqual(expected);
    },
  );

  it('is its op, prints itself, and pads in any mode', async () => {
    const options = { kernelSize: 3, padding: 2, dilation: 2, paddingMode: 'circular' } as const;
    const layer = new Conv2d(init, 4, 6, options);
    const x = imageTensor(
      runtime,
      Float32Array.from({ length: 4 * 30 }, (_, i) => Math.sin(i)),
      [1, 4, 5, 6],
    );
    const padded = pad(x, [2, 2, 2, 2], { mode: 'circular' });
    const y = conv2d(padded, layer.weight, layer.bias, { dilation: 2 });
    expect(await layer.forward(x).array()).toEqual(await y.array());
    expect(String(layer)).toContain("padding: 2x2x2x2, dilation: 2x2, paddingMode: 'circular'");
    expect(() => new Conv2d(init, 1, 1, { kernelSize: 3, dilation: 1.5 })).toThrow(/dilation must be/);
    expect(() => new Conv2d(init, 4, 1, { kernelSize: 3, dilation: 3 }).forward(x)).toThrow(
      /3x3 filter with dilation 3x3 does not fit into the 5x6 image/,
    );
  });
});

describe.each(await openTestRuntimes())(
  'ConvTranspose2d with groups and dilation on $name',
  ({ runtime }) => {
    const init = new Init(runtime, 0);

    it('is its op, with filters and initialisation as in PyTorch', async () => {
      const options = { kernelSize: 3, stride: 2, padding: 1, outputPadding: 1, dilation: 2, groups: 2 };
      const layer = new ConvTranspose2d(init, 4, 6, options);
      expect(layer.weight.shape).toEqual([4, 3, 3, 3]);
      // The fan-in is that of the weight's second dimension.
      const largest = Math.max(...(await layer.weight.array()).map(Math.abs));
      expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(27));
      expect(largest).toBeGreaterThan(0.5 / Math.sqrt(27));
      const x = imageTensor(
        runtime,
        Float32Array.from({ length: 4 * 20 }, (_, i) => Math.sin(i)),
        [1, 4, 4, 5],
      );
      const { kernelSize, ...moves } = options;
      const y = convTranspose2d(x, layer.weight, layer.bias, moves);
      expect(y.shape).toEqual([1, 6, 10, 12]);
      expect(await layer.forward(x).array()).toEqual(await y.array());
      expect(String(layer)).toBe(
        'ConvTranspose2d(4, 6, kernelSize: 3x3, stride: 2x2, padding: 1x1, dilation: 2x2, ' +
          'outputPadding: 1x1, groups: 2)',
      );
    });

    it('refuses groups that do not divide the channels', () => {
      expect(() => new ConvTranspose2d(init, 4, 6, { kernelSize: 3, groups: 4 })).toThrow(
        'ConvTranspose2d: 4 input and 6 output channels cannot be split into 4 equal groups',
      );
    });
  },
);

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
