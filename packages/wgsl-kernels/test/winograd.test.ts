import { expect, it } from 'vitest';
import { type Conv2dSpec, conv2dFlop, winogradForward } from '../src/index.ts';

it("Winograd's form multiplies less than half as often as the direct form", () => {
  const wide: Conv2dSpec = {
    batch: 128,
    inChannels: 64,
    height: 12,
    width: 12,
    outChannels: 64,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [0, 0],
  };
  const [, product] = winogradForward(wide).kernels;
  expect(product.flop / conv2dFlop(wide)).toBeGreaterThan(16 / 36);
  expect(product.flop / conv2dFlop(wide)).toBeLessThan(0.5);
});
