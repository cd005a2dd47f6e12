import {
  type Conv2dSpec,
  type ConvEpilogue,
  concatPlans,
  conv2dForwardOracle,
  conv2dInputGradientOracle,
  conv2dLayouts,
  conv2dWeightGradientOracle,
  elementCount,
  type KernelPlan,
  winogradForward,
  winogradInputGradient,
  winogradWeightGradient,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/device/device.ts';
import { WasmDevice } from '../../../src/device/wasm/wasm-device.ts';
import { openTestDevices } from '../../support/devices.ts';
import { sameSource } from '../../support/observe.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { type Memory, runNamed, values } from './cases.ts';

const devices = await openTestDevices();

const channels = fc.constantFrom(4, 5, 8, 12, 16, 17);

/** Odd sizes, whose last tiles reach over the edge; one-pixel outputs; every padding that there is. */
const anyWinograd: fc.Arbitrary<Conv2dSpec> = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    inChannels: channels,
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    outChannels: channels,
    kernel: fc.constant<[number, number]>([3, 3]),
    stride: fc.constant<[number, number]>([1, 1]),
    padding: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
  })
  .filter(({ height, width, padding }) => height + 2 * padding[0] >= 3 && width + 2 * padding[1] >= 3);

const epilogues: fc.Arbitrary<ConvEpilogue> = fc.record({
  bias: fc.boolean(),
  relu: fc.boolean(),
  batchNorm: fc.option(fc.record({ relu: fc.boolean() }), { nil: undefined }),
});

const one: Conv2dSpec = {
  batch: 1,
  inChannels: 4,
  height: 1,
  width: 1,
  outChannels: 4,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
};

/** One pixel; the layers of the MedMNIST net with few images; more tiles than one round of invocations or slices. */
const special: readonly Conv2dSpec[] = [
  one,
  { ...one, batch: 3, inChannels: 16, outChannels: 64, height: 12, width: 12, padding: [0, 0] },
  { ...one, batch: 2, inChannels: 64, outChannels: 64, height: 8, width: 8 },
  { ...one, batch: 9, inChannels: 8, outChannels: 12, height: 27, width: 13, padding: [2, 0] },
];
const cases = (device: Device) => ({ numRuns: runs(device, 14).numRuns + special.length });
const each = (device: Device) => ({
  ...cases(device),
  examples: special.map((spec): [Conv2dSpec] => [spec]),
});

function tensors(spec: Conv2dSpec) {
  const layouts = conv2dLayouts(spec);
  const data = (name: 'x' | 'weight' | 'bias' | 'y', seed: number) =>
    values(elementCount(layouts[name].shape), seed);
  return { layouts, x: data('x', 1), weight: data('weight', 2), bias: data('bias', 3), dy: data('y', 4) };
}

const scratchOf = ({ scratch }: KernelPlan): Record<string, Memory> =>
  Object.fromEntries(Object.entries(scratch).map(([name, words]) => [name, { words }]));

describe.each(devices)("Winograd's convolution on $name", ({ device }) => {
  it('winogradForward equals conv2dForwardOracle, with everything that may follow', async () => {
    await fc.assert(
      fc.asyncProperty(anyWinograd, epilogues, async (spec, epilogue) => {
        const { layouts, x, weight, bias } = tensors(spec);
        const [mean, scale, shift] = [6, 7, 8].map((seed) => values(spec.outChannels, seed));
        const perChannel = (data: Float64Array): Memory => ({ layout: layouts.bias, data });
        const plan = winogradForward(spec, epilogue, device.machine);
        const { y } = await runNamed(device, plan.kernels, {
          ...scratchOf(plan),
          x: { layout: layouts.x, data: x },
          weight: { layout: layouts.weight, data: weight },
          ...{ bias: perChannel(bias), mean: perChannel(mean) },
          ...{ scale: perChannel(scale), shift: perChannel(shift) },
          y: { layout: layouts.y },
        });
        const { relu, batchNorm } = epilogue;
        const pixels = layouts.y.shape[2] * layouts.y.shape[3];
        const sums = conv2dForwardOracle(spec, x, weight, epilogue.bias ? bias : undefined);
        const expected = sums.map((sum, index) => {
          const value = relu ? Math.max(0, sum) : sum;
          if (!batchNorm) return value;
          const k = Math.floor(index / pixels) % spec.outChannels;
          const normal = (value - mean[k]) * scale[k] + shift[k];
          return batchNorm.relu ? Math.max(0, normal) : normal;
        });
        // Batch norm may take away most of a sum, or ReLU all of it, but not its rounding: sums are the measure.
        const largest = Math.max(...sums.map(Math.abs));
        expectClose(sameSource([...y, largest], y), [...expected, largest]);
      }),
      {
        ...cases(device),
        examples: special.map((spec): [Conv2dSpec, ConvEpilogue] => [spec, { bias: true }]),
      },
    );
  });

  it('winogradInputGradient equals conv2dInputGradientOracle', async () => {
    await fc.assert(
      fc.asyncProperty(anyWinograd, async (spec) => {
        const { layouts, weight, dy } = tensors(spec);
        const plan = winogradInputGradient(spec, {}, device.machine);
        const { dx } = await runNamed(device, plan.kernels, {
          ...scratchOf(plan),
          dy: { layout: layouts.y, data: dy },
          weight: { layout: layouts.weight, data: weight },
          dx: { layout: layouts.x },
        });
        expectClose(dx, conv2dInputGradientOracle(spec, dy, weight));
      }),
      each(device),
    );
  });

  it('winogradWeightGradient equals conv2dWeightGradientOracle', async () => {
    await fc.assert(
      fc.asyncProperty(anyWinograd, async (spec) => {
        const { layouts, x, dy } = tensors(spec);
        const plan = winogradWeightGradient(spec, device.machine);
        const { dWeight } = await runNamed(device, plan.kernels, {
          ...scratchOf(plan),
          x: { layout: layouts.x, data: x },
          dy: { layout: layouts.y, data: dy },
          dWeight: { layout: layouts.weight },
        });
        expectClose(dWeight, conv2dWeightGradientOracle(spec, x, dy));
      }),
      each(device),
    );
  });
});

describe("Winograd's convolution", () => {
  it('has the gradients that central differences of conv2dForwardOracle give', async () => {
    const device = devices.find(({ name }) => name === 'wasm')!.device;
    const spec: Conv2dSpec = { ...one, batch: 2, inChannels: 5, outChannels: 8, height: 5, width: 6 };
    const { layouts, x, weight, dy } = tensors(spec);
    const plans = [
      winogradInputGradient(spec, {}, device.machine),
      winogradWeightGradient(spec, device.machine),
    ];
    const { dx, dWeight } = await runNamed(
      device,
      plans.flatMap(({ kernels }) => kernels),
      {
        ...scratchOf(concatPlans(...plans)),
        x: { layout: layouts.x, data: x },
        weight: { layout: layouts.weight, data: weight },
        dy: { layout: layouts.y, data: dy },
        dx: { layout: layouts.x },
        dWeight: { layout: layouts.weight },
      },
    );
    const loss = (images: Float64Array, filters: Float64Array) =>
      conv2dForwardOracle(spec, images, filters).reduce((sum, value, i) => sum + value * dy[i], 0);
    const nudged = (data: Float64Array, at: number, step: number) =>
      data.map((value, i) => (i === at ? value + step : value));
    const slopes = (data: Float64Array, f: (moved: Float64Array) => number) =>
      Float64Array.from(data, (_, at) => (f(nudged(data, at, 1e-3)) - f(nudged(data, at, -1e-3))) / 2e-3);
    expectClose(
      dx,
      slopes(x, (moved) => loss(moved, weight)),
    );
    expectClose(
      dWeight,
      slopes(weight, (moved) => loss(x, moved)),
    );
  });

  it('gives the same bits on one thread as on three', async () => {
    const spec = special[3];
    const { layouts, x, weight, dy } = tensors(spec);
    const results = await Promise.all(
      [1, 3].map(async (threads) => {
        const device = await WasmDevice.open({ threads });
        try {
          const plans = [
            winogradForward(spec, {}, device.machine),
            winogradWeightGradient(spec, device.machine),
          ];
          return await Promise.all(
            plans.map((plan) =>
              runNamed(device, plan.kernels, {
                ...scratchOf(plan),
                x: { layout: layouts.x, data: x },
                weight: { layout: layouts.weight, data: weight },
                dy: { layout: layouts.y, data: dy },
                y: { layout: layouts.y },
                dWeight: { layout: layouts.weight },
              }),
            ),
          );
        } finally {
          await device.destroy();
        }
      }),
    );
    expect(results[0][0].y).toEqual(results[1][0].y);
    expect(results[0][1].dWeight).toEqual(results[1][1].dWeight);
  });

  it('refuses what it cannot compute, and says what it can', () => {
    expect(() => winogradForward({ ...one, stride: [2, 1] })).toThrow(/dilation 1 .*not 3x3 with stride 2x1/);
    expect(() => winogradForward({ ...one, padding: [1, 2], dilation: [1, 2] })).toThrow(
      /dilation 1x2 .*use the direct kernels/,
    );
    expect(() => winogradInputGradient({ ...one, padding: [3, 1] })).toThrow(/padding up to 2.*3x1/);
    expect(() => winogradWeightGradient({ ...one, inChannels: 3 })).toThrow(
      /from 3 to 4 channels; use the direct/,
    );
    expect(() => winogradForward({ ...one, padding: [0, 0] })).toThrow(/does not fit/);
  });
});
