import * as ops from '@glassbox/tensor-core';
import { tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import * as nn from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

describe.each(await openTestRuntimes())('pooling layers on $name', ({ runtime }) => {
  const x = tensor(
    runtime,
    Float32Array.from({ length: 4 * 42 }, (_, i) => (i * 7) % 11),
    [1, 4, 6, 7],
  );
  const windows = { stride: 2, padding: 1, ceilMode: true };

  it.each([
    [
      new nn.MaxPool2d(3, { ...windows, dilation: [2, 1] }),
      ops.maxPool2d(x, { kernelSize: 3, ...windows, dilation: [2, 1] }),
      'MaxPool2d(kernelSize: 3x3, stride: 2x2, padding: 1x1, ceilMode: true, dilation: 2x1)',
    ],
    [
      new nn.AvgPool2d([3, 2], { ...windows, countIncludePad: false }),
      ops.avgPool2d(x, { kernelSize: [3, 2], ...windows, countIncludePad: false }),
      'AvgPool2d(kernelSize: 3x2, stride: 2x2, padding: 1x1, ceilMode: true, countIncludePad: false)',
    ],
    [
      new nn.AvgPool2d(4, { divisorOverride: 3 }),
      ops.avgPool2d(x, { kernelSize: 4, divisorOverride: 3 }),
      'AvgPool2d(kernelSize: 4x4, stride: 4x4, padding: 0x0, divisorOverride: 3)',
    ],
  ])('%s is its op', async (layer, expected, printed) => {
    const y = layer.forward(x);
    expect(y.shape).toEqual(expected.shape);
    expect(await y.array()).toEqual(await expected.array());
    expect(String(layer)).toBe(printed);
    // In a Sequential, too, where ops are computed together.
    const parts = [new nn.BatchNorm2d(new nn.Init(runtime, 0), 4), new nn.ReLU(), layer];
    const apart = parts.reduce((input: ops.Tensor, part) => part.forward(input), x);
    expect(await new nn.Sequential(...parts).forward(x).array()).toEqual(await apart.array());
  });

  it('says what is wrong with an option', () => {
    expect(() => new nn.MaxPool2d(2, { dilation: 0 })).toThrow(/MaxPool2d: dilation must be/);
    expect(() => new nn.MaxPool2d(2, { ceilMode: 1 as never })).toThrow(/ceilMode must be true or false/);
    expect(() => new nn.AvgPool2d(2, { divisorOverride: 0 })).toThrow(
      /AvgPool2d: divisorOverride must be a whole number other than 0/,
    );
    expect(() => new nn.MaxPool2d(3, { dilation: 4 }).forward(x)).toThrow(
      /3x3 window with dilation 4x4 does not fit into the 6x7 image/,
    );
  });
});
