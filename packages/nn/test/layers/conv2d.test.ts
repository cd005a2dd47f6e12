import { backward, imageTensor, sum } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import { Conv2d, Init } from '../../src/index.ts';
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
