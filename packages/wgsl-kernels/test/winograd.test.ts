import { describe, expect, it } from 'vitest';
import { type Conv2dSpec, chooseWinograd, conv2dFlop, machines, winogradForward } from '../src/index.ts';

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

describe("the kernels in Winograd's form", () => {
  it('multiplies less than half as often as the direct form', () => {
    const wide = { ...layer, inChannels: 64 };
    const [, product] = winogradForward(wide).kernels;
    expect(product.flop / conv2dFlop(wide)).toBeGreaterThan(16 / 36);
    expect(product.flop / conv2dFlop(wide)).toBeLessThan(0.5);
  });
});

describe('chooseWinograd', () => {
  const tuning = machines.cpu;
  const all = { forward: true, inputGradient: true, weightGradient: true };
  const none = { forward: false, inputGradient: false, weightGradient: false };

  it('takes 3x3 filters with stride 1 between many channels', () => {
    expect(chooseWinograd(layer, tuning)).toEqual(all);
    expect(chooseWinograd({ ...layer, outChannels: 15 }, tuning)).toEqual(none);
    expect(chooseWinograd({ ...layer, inChannels: 1 }, tuning)).toEqual(none);
    expect(chooseWinograd({ ...layer, stride: [1, 2] }, tuning)).toEqual(none);
    expect(chooseWinograd({ ...layer, kernel: [3, 1] }, tuning)).toEqual(none);
    expect(chooseWinograd({ ...layer, padding: [3, 3] }, tuning)).toEqual(none);
  });

  it('asks for enough tiles of what is computed', () => {
    // 4 images of 12x12 are 144 tiles, of 10x10 they are 100.
    const few = { ...layer, batch: 4 };
    expect(chooseWinograd(few, tuning)).toEqual({ ...none, inputGradient: true });
  });

  it('leaves devices alone that do not ask for it', () => {
    expect(chooseWinograd(layer, machines.gpu)).toEqual(none);
  });
});
