import { expect, it } from 'vitest';
import { type Conv2dSpec, conv2dWeightGradient, conv2dWeightGradientPacked, machines } from '../src/index.ts';

it('conv2dWeightGradient packs images on a CPU', () => {
  const layer: Conv2dSpec = {
    batch: 64,
    inChannels: 16,
    height: 14,
    width: 14,
    outChannels: 32,
    kernel: [3, 3],
    stride: [2, 2],
    padding: [1, 1],
  };
  const { cpu } = machines;
  expect(conv2dWeightGradient(layer, cpu)).toEqual(conv2dWeightGradientPacked(layer, cpu));
});
