import {
  backward,
  crossEntropy,
  imageTensor,
  mseLoss,
  type Runtime,
  type Tensor,
  tensor,
} from '@glassbox/tensor-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Autoencoder, MedMnistNet, type Module, PracticalNet, RandomStream } from '../../src/index.ts';
import { openTestRuntimes } from '../support/runtime.ts';
import { autoencoderLoss, medMnistLoss, practicalLoss, type Weights } from './float64.ts';

const runtimes = await openTestRuntimes();

interface Case {
  readonly widths: readonly number[];
  readonly channels: number;
  readonly size: number;
  readonly batch: number;
  readonly hidden: readonly [number, number];
  readonly seed: number;
}

const classes = 3;
const width = fc.integer({ min: 1, max: 5 });

const cases = (layers: { min: number; max: number }, sizes: { min: number; max: number }) =>
  fc.record({
    widths: fc.array(width, { minLength: layers.min, maxLength: layers.max }),
    channels: fc.constantFrom(1, 3),
    size: fc.integer(sizes),
    batch: fc.integer({ min: 2, max: 3 }),
    hidden: fc.tuple(width, width),
    seed: fc.nat(),
  });

/** Draws images, labels and every parameter; nothing keeps the special values that it starts with (0 and 1). */
function draw({ channels, size, batch, seed }: Case, net: Module) {
  const random = new RandomStream(seed, 1);
  const uniform = (low: number, high: number) =>
    Math.fround(low + ((high - low) * random.below(2 ** 24)) / 2 ** 24);
  const shape = [batch, channels, size, size];
  const images = Float32Array.from({ length: batch * channels * size * size }, () => uniform(-1, 1));
  const labels = Array.from({ length: batch }, () => random.below(classes));
  const weights = new Map<string, Float64Array>();
  for (const [name, parameter] of net.namedParameters()) {
    const scale = name.startsWith('bn') && name.endsWith('weight');
    const values = Float32Array.from({ length: parameter.size }, () =>
      scale ? uniform(0.5, 1.5) : uniform(-0.6, 0.6),
    );
    parameter.write(values);
    weights.set(name, Float64Array.from(values));
  }
  return {
    images: { data: Float64Array.from(images), shape },
    labels,
    weights,
    sign: () => (random.below(2) ? 1 : -1),
  };
}

/**
 * Compares the gradient of every parameter with the float64 net's: its derivative along a random direction, and along
 * some elements. Relative to the larger of the tensor's largest gradient and 1e-2 of the largest of all: a bias
 * before batch norm has the gradient 0, and what float32 leaves of it.
 */
async function compare(
  net: Module,
  { weights, sign }: { readonly weights: Weights; readonly sign: () => number },
  exactLoss: (weights: Weights) => number,
): Promise<void> {
  const gradients = new Map<string, ArrayLike<number>>();
  for (const [name, parameter] of net.namedParameters()) gradients.set(name, await parameter.grad!.array());
  const largest = (values: ArrayLike<number>) =>
    Array.from(values).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const overall = Math.max(...[...gradients.values()].map(largest));
  const step = 1e-7;
  for (const [name, gradient] of gradients) {
    const base = weights.get(name)!;
    const slope = (direction: (element: number) => number) => {
      const moved = (by: number) =>
        exactLoss(
          new Map(weights).set(
            name,
            base.map((value, e) => value + by * direction(e)),
          ),
        );
      return (moved(step) - moved(-step)) / (2 * step);
    };
    const scale = Math.max(largest(gradient), 1e-2 * overall);
    const signs = Array.from(gradient, sign);
    const along = Array.from(gradient).reduce((sum, value, e) => sum + value * signs[e], 0);
    const bound = 2e-4 * scale;
    expect(Math.abs(along - slope((e) => signs[e])), `${name}, all elements`).toBeLessThan(
      bound * gradient.length,
    );
    const some = [0, Math.floor(gradient.length / 2), gradient.length - 1];
    for (const element of new Set(some)) {
      const exact = slope((e) => Number(e === element));
      expect(Math.abs(gradient[element] - exact), `${name}, element ${element}`).toBeLessThan(bound);
    }
  }
}

async function lossOf(runtime: Runtime, forward: () => Tensor): Promise<number> {
  const loss = runtime.step(() => {
    const value = forward();
    backward(value);
    return value;
  });
  return loss.item();
}

describe.each(runtimes)('gradients of nets of any width on $name', ({ name, runtime }) => {
  // SwiftShader compiles some 60 kernels for each net.
  const runs = { numRuns: name === 'wasm' ? 10 : 4 };

  it('PracticalNet', async () => {
    await fc.assert(
      fc.asyncProperty(cases({ min: 1, max: 3 }, { min: 5, max: 9 }), async (drawn) => {
        const { widths, channels: inChannels, size: imageSize } = drawn;
        // A single pixel an image would leave batch norm two or three values, and gradients that float32 cannot hold.
        fc.pre(imageSize > 2 ** widths.length);
        const net = new PracticalNet(runtime, { widths, inChannels, imageSize, numClasses: classes });
        const own = draw(drawn, net);
        const x = imageTensor(runtime, own.images.data, own.images.shape);
        const labels = tensor(runtime, own.labels, [drawn.batch], { dtype: 'u32' });
        const exact = (weights: Weights) => practicalLoss(own.images, own.labels, widths, weights);
        const loss = await lossOf(runtime, () => crossEntropy(net.forward(x), labels));
        expect(loss).toBeCloseTo(exact(own.weights), 4);
        await compare(net, own, exact);
      }),
      runs,
    );
  });

  it('MedMnistNet', async () => {
    await fc.assert(
      fc.asyncProperty(cases({ min: 5, max: 5 }, { min: 16, max: 18 }), async (drawn) => {
        const { widths, hidden, channels: inChannels, size: imageSize } = drawn;
        const net = new MedMnistNet(runtime, { widths, hidden, inChannels, imageSize, numClasses: classes });
        const own = draw(drawn, net);
        const x = imageTensor(runtime, own.images.data, own.images.shape);
        const labels = tensor(runtime, own.labels, [drawn.batch], { dtype: 'u32' });
        const exact = (weights: Weights) => medMnistLoss(own.images, own.labels, widths, weights);
        const loss = await lossOf(runtime, () => crossEntropy(net.forward(x), labels));
        expect(loss).toBeCloseTo(exact(own.weights), 4);
        await compare(net, own, exact);
      }),
      runs,
    );
  });

  it('Autoencoder', async () => {
    await fc.assert(
      fc.asyncProperty(cases({ min: 1, max: 3 }, { min: 4, max: 9 }), async (drawn) => {
        const { widths, channels: inChannels, size: imageSize } = drawn;
        const net = new Autoencoder(runtime, { widths, inChannels, imageSize, dropout: 0 });
        const own = draw(drawn, net);
        const x = imageTensor(runtime, own.images.data, own.images.shape);
        const exact = (weights: Weights) => autoencoderLoss(own.images, widths, weights);
        const loss = await lossOf(runtime, () => mseLoss(net.forward(x), x));
        expect(loss).toBeCloseTo(exact(own.weights), 5);
        await compare(net, own, exact);
      }),
      runs,
    );
  });
});
