import { describe, expect, it } from 'vitest';
import {
  type Conv2dSpec,
  conv2dFlop,
  type KernelPlan,
  winogradForward,
  winogradInputGradient,
  winogradWeightGradient,
} from '../src/index.ts';

const layer: Conv2dSpec = {
  batch: 128,
  inChannels: 16,
  height: 12,
  width: 12,
  outChannels: 64,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [0, 0],
};
const odd: Conv2dSpec = {
  ...layer,
  batch: 3,
  inChannels: 5,
  height: 7,
  width: 6,
  outChannels: 12,
  padding: [1, 2],
};
const texts = ({ kernels }: KernelPlan) => kernels.map(({ wgsl }) => wgsl);

describe("the text of the kernels in Winograd's form", () => {
  it('winogradForward', () => {
    expect(texts(winogradForward(layer, { bias: true, relu: true }))).toMatchSnapshot();
  });

  it('winogradForward of padded images with odd numbers of rows, channels that fill no pair of vec4', () => {
    expect(texts(winogradForward(odd))).toMatchSnapshot();
  });

  it('winogradInputGradient', () => {
    expect(texts(winogradInputGradient(layer))).toMatchSnapshot();
  });

  it('winogradWeightGradient', () => {
    expect(texts(winogradWeightGradient(layer))).toMatchSnapshot();
    expect(texts(winogradWeightGradient(odd))).toMatchSnapshot();
  });

  it('multiplies less than half as often as the direct form', () => {
    const wide = { ...layer, inChannels: 64 };
    const [, product] = winogradForward(wide).kernels;
    expect(product.flop / conv2dFlop(wide)).toBeGreaterThan(16 / 36);
    expect(product.flop / conv2dFlop(wide)).toBeLessThan(0.5);
  });
});
