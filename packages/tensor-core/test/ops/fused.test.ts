/** What one fused op computes, several ops compute with the same bits: values, gradients, running statistics. */
import { elementCount, imageLayout, rowMajor } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../src/autograd.ts';
import {
  type BatchNormOptions,
  batchNorm,
  batchNormReluMaxPool,
  conv2d,
  linear,
  maxPool2d,
  neg,
  relu,
} from '../../src/ops/index.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { type Tensor, tensor } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { kernelsOf } from '../support/dispatches.ts';
import { random } from '../support/random.ts';
import { runs } from '../support/runs.ts';

const devices = await openTestDevices();

/** Channels-last and planar images, one channel, odd ones, one image. */
const imageShape = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.constantFrom(1, 2, 3, 4, 5, 8, 17),
  fc.integer({ min: 2, max: 7 }),
  fc.integer({ min: 2, max: 7 }),
);
const normShape = fc.oneof(
  imageShape,
  fc.tuple(fc.integer({ min: 2, max: 9 }), fc.constantFrom(1, 3, 4, 8, 17)),
);

/** Everything that an op leaves: its value, the gradients of its leaves, and buffers that it changed. */
async function outcome(
  runtime: Runtime,
  seed: number,
  shapes: readonly (readonly number[])[],
  body: (leaves: readonly Tensor[], buffers: BatchNormOptions) => Tensor,
) {
  const next = random(seed);
  const fill = (shape: readonly number[], low = -1) =>
    Float32Array.from({ length: elementCount(shape) }, () => low + ((1 - low) * (next() + 1)) / 2);
  const leaf = (shape: readonly number[]) =>
    tensor(runtime, fill(shape), shape, {
      layout: shape.length === 4 ? imageLayout(shape) : rowMajor(shape),
    }).requiresGrad_();
  const leaves = shapes.map(leaf);
  const channels = shapes.at(-1)!;
  const [runningMean, runningVar] = [
    tensor(runtime, fill(channels), channels),
    tensor(runtime, fill(channels, 0.2), channels),
  ];
  const [weight, bias] = [leaf(channels), leaf(channels)];
  let result: Tensor | undefined;
  const kernels = kernelsOf(runtime, () => {
    result = runtime.step(() => {
      const y = body(leaves, { weight, bias, runningMean, runningVar, training: true });
      if (y.requiresGrad) backward(y, tensor(runtime, fill(y.shape), y.shape));
      return y;
    });
  });
  const learnt = [...leaves, weight, bias];
  const values = await Promise.all([result!, runningMean, runningVar].map((t) => t.array()));
  const gradients = await Promise.all(learnt.map(({ grad }) => grad?.array() ?? null));
  return { kernels, bits: { values, gradients } };
}

describe.each(devices)('fused ops on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each([true, false])('batch norm with ReLU, training %s', async (training) => {
    await fc.assert(
      fc.asyncProperty(normShape, fc.boolean(), fc.nat(), async (shape, behindRelu, seed) => {
        const shapes = [shape, [shape[1]]];
        const before = (x: Tensor) => (behindRelu ? relu(x) : x);
        const fused = await outcome(runtime, seed, shapes, ([x], norm) =>
          batchNorm(before(x), { ...norm, training, relu: true }),
        );
        const plain = await outcome(runtime, seed, shapes, ([x], norm) =>
          relu(batchNorm(before(x), { ...norm, training })),
        );
        expect(fused.bits).toEqual(plain.bits);
        expect(plain.kernels.filter((name) => /relu/.test(name)).length).toBeGreaterThan(
          fused.kernels.filter((name) => /relu/.test(name)).length,
        );
      }),
      runs(device, 16),
    );
  });

  it.each([true, false])('batch norm with ReLU and max-pooling, training %s', async (training) => {
    const windows = fc.constantFrom(
      { kernelSize: 2 },
      { kernelSize: [2, 1] as const, stride: 1 },
      { kernelSize: 2, stride: [1, 2] as const, padding: 1 },
    );
    await fc.assert(
      fc.asyncProperty(imageShape, windows, fc.boolean(), fc.nat(), async (shape, pool, behindRelu, seed) => {
        const shapes = [shape, [shape[1]]];
        const before = (x: Tensor) => (behindRelu ? relu(x) : x);
        const fused = await outcome(runtime, seed, shapes, ([x], norm) =>
          batchNormReluMaxPool(before(x), { ...norm, training }, pool),
        );
        const plain = await outcome(runtime, seed, shapes, ([x], norm) =>
          maxPool2d(relu(batchNorm(before(x), { ...norm, training })), pool),
        );
        expect(fused.bits).toEqual(plain.bits);
        expect(fused.kernels.length).toBeLessThan(plain.kernels.length);
      }),
      runs(device, 16),
    );
  });

  it('a linear layer with ReLU', async () => {
    const side = fc.constantFrom(1, 2, 5, 8, 13);
    await fc.assert(
      fc.asyncProperty(side, side, side, fc.nat(), async (m, k, n, seed) => {
        const shapes = [[m, k], [n, k], [n]];
        const fused = await outcome(runtime, seed, shapes, ([x, w, b]) => linear(x, w, b, { relu: true }));
        const plain = await outcome(runtime, seed, shapes, ([x, w, b]) => relu(linear(x, w, b)));
        expect(fused.bits).toEqual(plain.bits);
        expect(fused.kernels.length).toBe(plain.kernels.length - 1);
      }),
      runs(device, 12),
    );
  });

  it("a convolution's bias in front of batch norm takes its gradient from there", async () => {
    await fc.assert(
      fc.asyncProperty(imageShape, fc.boolean(), fc.nat(), async (shape, rectified, seed) => {
        const filters = 5;
        const shapes = [shape, [filters, shape[1], 2, 2], [filters]];
        const withNorm = (
          x: Tensor,
          w: Tensor,
          b: Tensor,
          norm: BatchNormOptions,
          between = (y: Tensor) => y,
        ) => batchNorm(between(conv2d(x, w, b, { padding: 1, relu: rectified })), norm);
        const fused = await outcome(runtime, seed, shapes, ([x, w, b], norm) => withNorm(x, w, b, norm));
        expect(fused.kernels.filter((name) => /BiasGradient/.test(name))).toEqual([]);
        const bias = fused.bits.gradients[2]!;
        if (!rectified) expect([...bias]).toEqual([0, 0, 0, 0, 0]);
        // A detour that hides the convolution from batch norm: the bias gradient is summed up by itself.
        const plain = await outcome(runtime, seed, shapes, ([x, w, b], norm) =>
          withNorm(x, w, b, norm, (y) => neg(neg(y))),
        );
        expect(plain.kernels.filter((name) => /BiasGradient/.test(name)).length).toBeGreaterThan(0);
        const scale = Math.max(1, ...plain.bits.gradients[2]!.map(Math.abs));
        for (const [k, value] of plain.bits.gradients[2]!.entries()) {
          expect(Math.abs(bias[k] - value)).toBeLessThan(2e-5 * scale);
        }
      }),
      runs(device, 12),
    );
  });
});
