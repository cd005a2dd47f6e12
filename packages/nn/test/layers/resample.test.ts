import * as ops from '@glassbox/tensor-core';
import { tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import * as nn from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';

describe.each(await openTestRuntimes())('layers that resample on $name', ({ runtime }) => {
  const x = tensor(
    runtime,
    Float32Array.from({ length: 80 }, (_, i) => (i * 7) % 11),
    [1, 4, 4, 5],
  );

  it.each([
    [
      new nn.Upsample({ scaleFactor: 2 }),
      ops.interpolate(x, { scaleFactor: 2 }),
      "Upsample(scaleFactor: 2, mode: 'nearest')",
    ],
    [
      new nn.Upsample({ size: [3, 7], mode: 'bilinear', alignCorners: true }),
      ops.interpolate(x, { size: [3, 7], mode: 'bilinear', alignCorners: true }),
      "Upsample(size: 3x7, alignCorners: true, mode: 'bilinear')",
    ],
    [new nn.AdaptiveAvgPool2d(1), ops.adaptiveAvgPool2d(x, 1), 'AdaptiveAvgPool2d(outputSize: 1)'],
    [
      new nn.AdaptiveMaxPool2d([3, 2]),
      ops.adaptiveMaxPool2d(x, [3, 2]),
      'AdaptiveMaxPool2d(outputSize: 3x2)',
    ],
    [new nn.ZeroPad2d(1), ops.pad(x, [1, 1, 1, 1]), 'ZeroPad2d(padding: 1x1x1x1)'],
    [
      new nn.ConstantPad2d([1, 0, -1, 2], 3),
      ops.pad(x, [1, 0, -1, 2], { value: 3 }),
      'ConstantPad2d(padding: 1x0x-1x2, value: 3)',
    ],
    [
      new nn.ReflectionPad2d(2),
      ops.pad(x, [2, 2, 2, 2], { mode: 'reflect' }),
      'ReflectionPad2d(padding: 2x2x2x2)',
    ],
    [
      new nn.ReplicationPad2d(2),
      ops.pad(x, [2, 2, 2, 2], { mode: 'replicate' }),
      'ReplicationPad2d(padding: 2x2x2x2)',
    ],
    [
      new nn.CircularPad2d(2),
      ops.pad(x, [2, 2, 2, 2], { mode: 'circular' }),
      'CircularPad2d(padding: 2x2x2x2)',
    ],
    [new nn.PixelShuffle(2), ops.pixelShuffle(x, 2), 'PixelShuffle(upscaleFactor: 2)'],
    [
      new nn.PixelUnshuffle(2),
      ops.pixelUnshuffle(ops.slice(x, 3, 0, 4), 2),
      'PixelUnshuffle(downscaleFactor: 2)',
      ops.slice(x, 3, 0, 4),
    ],
  ])('%s is its op', async (layer, expected, printed, input = x) => {
    const y = layer.forward(input);
    expect(y.shape).toEqual(expected.shape);
    expect(await y.array()).toEqual(await expected.array());
    expect(String(layer)).toBe(printed);
  });

  it('say what does not fit when they are made', () => {
    expect(() => new nn.Upsample({} as never)).toThrow(/Upsample: give either size or scaleFactor/);
    expect(() => new nn.AdaptiveAvgPool2d(0)).toThrow(/AdaptiveAvgPool2d: outputSize/);
    expect(() => new nn.ZeroPad2d([1, 2] as never)).toThrow(
      /ZeroPad2d: padding must be .*left, right, top, bottom/,
    );
    expect(() => new nn.PixelShuffle(3).forward(x)).toThrow(
      /4 channels cannot be split into squares of 3 x 3/,
    );
    expect(() => new nn.PixelUnshuffle(2).forward(x)).toThrow(/4 x 5 pixels cannot be split by 2/);
  });
});
