import {
  batchNormForwardOracle,
  batchNormScale,
  batchNormScaleOracle,
  type Conv2dSpec,
  conv2dBiasGradient,
  conv2dBiasGradientOracle,
  conv2dForward,
  conv2dForwardOracle,
  conv2dForwardPlain,
  conv2dInputGradient,
  conv2dInputGradientOracle,
  conv2dInputGradientPlain,
  conv2dLayouts,
  conv2dWeightGradient,
  conv2dWeightGradientOracle,
  conv2dWeightGradientPacked,
  conv2dWeightGradientPlain,
  elementCount,
  filterTransposedLayout,
  type KernelPlan,
  type Machine,
  transposeFilter,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { anyConv2d, runNamed, scratchMemory, specialConv2ds, values } from './cases.ts';

const devices = await openTestDevices();
const everyShape = { numRuns: 12 + specialConv2ds.length };
const withExamples = (flag: boolean) => ({
  ...everyShape,
  examples: specialConv2ds.map((spec): [Conv2dSpec, boolean] => [spec, flag]),
});

function tensors(spec: Conv2dSpec) {
  const layouts = conv2dLayouts(spec);
  const data = (name: 'x' | 'weight' | 'bias' | 'y', seed: number) =>
    values(elementCount(layouts[name].shape), seed);
  return { layouts, x: data('x', 1), weight: data('weight', 2), bias: data('bias', 3), dy: data('y', 4) };
}

describe.each(devices)('convolution on $name', ({ device }) => {
  it('conv2dForward equals its oracle', async () => {
    await fc.assert(
      fc.asyncProperty(anyConv2d, fc.boolean(), async (spec, extras) => {
        const { layouts, x, weight, bias } = tensors(spec);
        const { y } = await runNamed(
          device,
          conv2dForward(spec, { bias: extras, relu: extras }, device.machine).kernels,
          {
            x: { layout: layouts.x, data: x },
            weight: { layout: layouts.weight, data: weight },
            bias: { layout: layouts.bias, data: bias },
            y: { layout: layouts.y },
          },
        );
        expectClose(y, conv2dForwardOracle(spec, x, weight, extras ? bias : undefined, extras));
      }),
      withExamples(true),
    );
  });

  it('conv2dForward followed by batch norm equals their oracles, one after the other', async () => {
    const flags = fc.record({ bias: fc.boolean(), relu: fc.boolean(), behind: fc.boolean() });
    const all = { bias: true, relu: true, behind: true };
    await fc.assert(
      fc.asyncProperty(anyConv2d, flags, async (spec, { bias: withBias, relu, behind }) => {
        const { layouts, x, weight, bias } = tensors(spec);
        const channels = layouts.bias;
        const [mean, normBias, normWeight] = [6, 7, 8].map((seed) => values(spec.outChannels, seed));
        const variance = values(spec.outChannels, 9).map((v) => 1.5 + v);
        const eps = 1e-3;
        const { scale } = await runNamed(
          device,
          [batchNormScale({ channels: spec.outChannels, eps }, device.machine)],
          {
            weight: { layout: channels, data: normWeight },
            runningVariance: { layout: channels, data: variance },
            scale: { layout: channels },
          },
        );
        expectClose(scale, batchNormScaleOracle(normWeight, variance, eps));
        const epilogue = { bias: withBias, relu, batchNorm: { relu: behind } };
        const { y } = await runNamed(device, conv2dForward(spec, epilogue, device.machine).kernels, {
          x: { layout: layouts.x, data: x },
          weight: { layout: layouts.weight, data: weight },
          bias: { layout: channels, data: bias },
          mean: { layout: channels, data: mean },
          scale: { layout: channels, data: scale },
          shift: { layout: channels, data: normBias },
          y: { layout: layouts.y },
        });
        const convolved = conv2dForwardOracle(spec, x, weight, withBias ? bias : undefined, relu);
        const norm = { weight: normWeight, bias: normBias, mean, variance, eps, relu: behind };
        expectClose(y, batchNormForwardOracle(convolved, layouts.y.shape, norm), 4e-6);
      }),
      { ...everyShape, examples: specialConv2ds.map((spec): [Conv2dSpec, typeof all] => [spec, all]) },
    );
  });

  it('conv2dInputGradient equals its oracle', async () => {
    await fc.assert(
      fc.asyncProperty(anyConv2d, fc.boolean(), async (spec, extras) => {
        const { layouts, weight, dy } = tensors(spec);
        const bias = values(spec.inChannels, 5);
        const plan = conv2dInputGradient(spec, { bias: extras, relu: extras }, device.machine);
        const { dx } = await runNamed(device, plan.kernels, {
          ...scratchMemory(plan.scratch),
          dy: { layout: layouts.y, data: dy },
          weight: { layout: layouts.weight, data: weight },
          bias: {
            layout: { ...layouts.bias, shape: [spec.inChannels], extents: [32], size: 32 },
            data: bias,
          },
          dx: { layout: layouts.x },
        });
        const pixels = spec.height * spec.width;
        const expected = conv2dInputGradientOracle(spec, dy, weight).map((value, index) => {
          if (!extras) return value;
          return Math.max(0, value + bias[Math.floor(index / pixels) % spec.inChannels]);
        });
        expectClose(dx, expected);
      }),
      withExamples(false),
    );
  });

  it('conv2dWeightGradient equals its oracle', async () => {
    const manyImages: Conv2dSpec = { ...specialConv2ds[2], batch: 21, height: 28, width: 28 };
    await fc.assert(
      fc.asyncProperty(anyConv2d, async (spec) => {
        const { layouts, x, dy } = tensors(spec);
        const { kernels, scratch } = conv2dWeightGradient(spec, device.machine);
        const { dWeight } = await runNamed(device, kernels, {
          x: { layout: layouts.x, data: x },
          dy: { layout: layouts.y, data: dy },
          ...scratchMemory(scratch),
          dWeight: { layout: layouts.weight },
        });
        expectClose(dWeight, conv2dWeightGradientOracle(spec, x, dy));
      }),
      { numRuns: 20, examples: [...specialConv2ds, manyImages].map((spec): [Conv2dSpec] => [spec]) },
    );
  });

  it('conv2dWeightGradientPacked equals its oracle', async () => {
    const wide = anyConv2d.map((spec) => ({
      ...spec,
      batch: 2 * spec.batch + 1,
      inChannels: spec.inChannels + 3,
      outChannels: spec.outChannels + 3,
    }));
    const manyImages: Conv2dSpec = { ...specialConv2ds[3], batch: 67, height: 4, width: 5 };
    await fc.assert(
      fc.asyncProperty(wide, async (spec) => {
        const { layouts, x, dy } = tensors(spec);
        const { kernels, scratch } = conv2dWeightGradientPacked(spec, device.machine);
        const { dWeight } = await runNamed(device, kernels, {
          x: { layout: layouts.x, data: x },
          dy: { layout: layouts.y, data: dy },
          ...scratchMemory(scratch),
          dWeight: { layout: layouts.weight },
        });
        expectClose(dWeight, conv2dWeightGradientOracle(spec, x, dy));
      }),
      { numRuns: 16, examples: [specialConv2ds[3], manyImages].map((spec): [Conv2dSpec] => [spec]) },
    );
    expect(() => conv2dWeightGradientPacked(specialConv2ds[2])).toThrow(/both sides need 4 or more/);
  });

  it('conv2dBiasGradient equals its oracle', async () => {
    const large = [1, 3, 20].map((outChannels) => ({
      ...specialConv2ds[2],
      batch: 17,
      height: 29,
      outChannels,
    }));
    await fc.assert(
      fc.asyncProperty(anyConv2d, async (spec) => {
        const { layouts, dy } = tensors(spec);
        const { kernels, scratch } = conv2dBiasGradient(spec, device.machine);
        const { dBias } = await runNamed(device, kernels, {
          dy: { layout: layouts.y, data: dy },
          ...scratchMemory(scratch),
          dBias: { layout: layouts.bias },
        });
        expectClose(dBias, conv2dBiasGradientOracle(spec, dy), 1e-5);
      }),
      { numRuns: 15, examples: large.map((spec): [Conv2dSpec] => [spec]) },
    );
  });

  it('the plain kernels equal the oracles', async () => {
    const flags = fc.record({ bias: fc.boolean(), relu: fc.boolean(), batchNorm: fc.boolean() });
    const all = { bias: true, relu: true, batchNorm: true };
    await fc.assert(
      fc.asyncProperty(anyConv2d, flags, async (spec, { bias: withBias, relu, batchNorm }) => {
        const { layouts, x, weight, bias, dy } = tensors(spec);
        const channels = layouts.bias;
        const [mean, scale, shift] = [6, 7, 8].map((seed) => values(spec.outChannels, seed));
        const epilogue = { bias: withBias, relu, ...(batchNorm ? { batchNorm: { relu: false } } : {}) };
        const images = { layout: layouts.x, data: x };
        const gradients = { layout: layouts.y, data: dy };
        const filters = { layout: layouts.weight, data: weight };
        const { y } = await runNamed(device, [conv2dForwardPlain(spec, epilogue, device.machine)], {
          x: images,
          weight: filters,
          bias: { layout: channels, data: bias },
          mean: { layout: channels, data: mean },
          scale: { layout: channels, data: scale },
          shift: { layout: channels, data: shift },
          y: { layout: layouts.y },
        });
        const { dx } = await runNamed(device, [conv2dInputGradientPlain(spec, {}, device.machine)], {
          dy: gradients,
          weight: filters,
          dx: { layout: layouts.x },
        });
        const { dWeight } = await runNamed(device, [conv2dWeightGradientPlain(spec, device.machine)], {
          x: images,
          dy: gradients,
          dWeight: { layout: layouts.weight },
        });
        const [, , p, q] = layouts.y.shape;
        const convolved = conv2dForwardOracle(spec, x, weight, withBias ? bias : undefined, relu);
        const normal = convolved.map((value, index) => {
          const k = Math.floor(index / (p * q)) % spec.outChannels;
          return batchNorm ? (value - mean[k]) * scale[k] + shift[k] : value;
        });
        expectClose(y, normal, 4e-6);
        expectClose(dx, conv2dInputGradientOracle(spec, dy, weight));
        expectClose(dWeight, conv2dWeightGradientOracle(spec, x, dy));
      }),
      {
        numRuns: 6 + specialConv2ds.length,
        examples: specialConv2ds.map((spec): [Conv2dSpec, typeof all] => [spec, all]),
      },
    );
  });

  it('any tile gives the same result', async () => {
    const spec: Conv2dSpec = { ...specialConv2ds[3], outChannels: 20 };
    const { layouts, x, weight } = tensors(spec);
    const expected = conv2dForwardOracle(spec, x, weight);
    for (const [pixels, channels4] of [
      [1, 1],
      [4, 2],
      [6, 2],
      [5, 3],
      [3, 4],
    ]) {
      const { kernels } = conv2dForward(spec, {}, device.machine, { pixels, channels4 });
      const { y } = await runNamed(device, kernels, {
        x: { layout: layouts.x, data: x },
        weight: { layout: layouts.weight, data: weight },
        y: { layout: layouts.y },
      });
      expectClose(y, expected);
    }
  });

  it('tiles along rows equal the oracle', async () => {
    const planar = anyConv2d.map((spec) => ({
      ...spec,
      inChannels: 1 + (spec.inChannels % 3),
      outChannels: spec.outChannels + 3,
    }));
    const tiles: fc.Arbitrary<number[]> = fc.constantFrom([1, 1], [2, 4], [4, 2], [3, 1]);
    const examples = specialConv2ds
      .filter(({ inChannels, outChannels }) => inChannels < 4 && outChannels >= 4)
      .map((spec): [Conv2dSpec, number[], boolean] => [spec, [2, 4], true]);
    const onlyPadding: Conv2dSpec = {
      ...{ batch: 1, inChannels: 2, height: 1, width: 1, outChannels: 4 },
      ...{ kernel: [1, 1], stride: [1, 2], padding: [0, 1] },
    };
    examples.push([onlyPadding, [1, 1], false]);
    await fc.assert(
      fc.asyncProperty(planar, tiles, fc.boolean(), async (spec, [pixels, channels4], extras) => {
        const { layouts, x, weight, bias } = tensors(spec);
        const epilogue = { bias: extras, relu: extras };
        const tile = { form: 'rows', pixels, channels4 } as const;
        const { y } = await runNamed(device, conv2dForward(spec, epilogue, device.machine, tile).kernels, {
          x: { layout: layouts.x, data: x },
          weight: { layout: layouts.weight, data: weight },
          bias: { layout: layouts.bias, data: bias },
          y: { layout: layouts.y },
        });
        expectClose(y, conv2dForwardOracle(spec, x, weight, extras ? bias : undefined, extras));
      }),
      { numRuns: 12 + examples.length, examples },
    );
  });

  it('tiles over images equal the oracles', async () => {
    const wide = anyConv2d.map((spec) => ({
      ...spec,
      batch: spec.batch + 1,
      inChannels: spec.inChannels + 3,
      outChannels: spec.outChannels + 3,
    }));
    const tiles: fc.Arbitrary<number[]> = fc.constantFrom([1, 1], [2, 4], [3, 3], [6, 2]);
    const padded: Conv2dSpec = { ...specialConv2ds[3], batch: 7, padding: [2, 1] };
    await fc.assert(
      fc.asyncProperty(wide, tiles, fc.boolean(), async (spec, [pixels, channels4], extras) => {
        const { layouts, x, weight, bias, dy } = tensors(spec);
        const epilogue = { bias: extras, relu: extras };
        const tile = { form: 'images', pixels: Math.min(pixels, spec.batch), channels4 } as const;
        const { y } = await runNamed(device, conv2dForward(spec, epilogue, device.machine, tile).kernels, {
          x: { layout: layouts.x, data: x },
          weight: { layout: layouts.weight, data: weight },
          bias: { layout: layouts.bias, data: bias },
          y: { layout: layouts.y },
        });
        const plan = conv2dInputGradient(spec, {}, device.machine, tile);
        const { dx } = await runNamed(device, plan.kernels, {
          ...scratchMemory(plan.scratch),
          dy: { layout: layouts.y, data: dy },
          weight: { layout: layouts.weight, data: weight },
          dx: { layout: layouts.x },
        });
        expectClose(y, conv2dForwardOracle(spec, x, weight, extras ? bias : undefined, extras));
        expectClose(dx, conv2dInputGradientOracle(spec, dy, weight));
      }),
      {
        numRuns: 14,
        examples: [
          [padded, [2, 4], true],
          [padded, [6, 2], false],
        ],
      },
    );
  });

  it('a large filter is packed where a CPU reads it again and again, with the same bits', async () => {
    const costly = device.machine.jumps === 'costly';
    const spec: Conv2dSpec = {
      batch: 64,
      inChannels: 128,
      height: 5,
      width: 5,
      outChannels: 256,
      kernel: [3, 3],
      stride: [2, 2],
      padding: [1, 1],
    };
    const { layouts, x, weight, dy } = tensors(spec);
    const operands = {
      x: { layout: layouts.x, data: x },
      weight: { layout: layouts.weight, data: weight },
    };
    const plain: Machine = { ...device.machine, jumps: 'cheap' };
    const [packing, direct] = [device.machine, plain].map((machine) => conv2dForward(spec, {}, machine));
    expect(packing.kernels.map(({ name }) => name)).toEqual(
      costly ? ['conv2dFilterPack', 'conv2dForward'] : ['conv2dForward'],
    );
    if (!costly) return;
    const run = (plan: KernelPlan) =>
      runNamed(device, plan.kernels, {
        ...operands,
        y: { layout: layouts.y },
        ...scratchMemory(plan.scratch),
      });
    expect((await run(packing)).y).toEqual((await run(direct)).y);
    const [packingBack, directBack] = [device.machine, plain].map((m) => conv2dInputGradient(spec, {}, m));
    expect(packingBack.kernels.map(({ name }) => name)).toEqual([
      'transposeFilter',
      'conv2dFilterPack',
      'conv2dInputGradient',
    ]);
    const back = (plan: KernelPlan) =>
      runNamed(device, plan.kernels, {
        dy: { layout: layouts.y, data: dy },
        weight: operands.weight,
        dx: { layout: layouts.x },
        ...scratchMemory(plan.scratch),
      });
    expect((await back(packingBack)).dx).toEqual((await back(directBack)).dx);
  });

  it('transposeFilter moves every weight', async () => {
    await fc.assert(
      fc.asyncProperty(anyConv2d, async (spec) => {
        const { layouts, weight } = tensors(spec);
        const { transposed } = await runNamed(device, [transposeFilter(layouts.weight, device.machine)], {
          weight: { layout: layouts.weight, data: weight },
          transposed: { layout: filterTransposedLayout(layouts.weight.shape) },
        });
        expectClose(transposed, weight, 0);
      }),
      { numRuns: 10 },
    );
  });
});

describe('convolution oracles', () => {
  it('the input gradient equals central differences of the forward pass', () => {
    fc.assert(
      fc.property(anyConv2d, (spec) => {
        const { x, weight, dy } = tensors(spec);
        const dx = conv2dInputGradientOracle(spec, dy, weight);
        const loss = (input: Float64Array) =>
          conv2dForwardOracle(spec, input, weight).reduce((sum, value, i) => sum + value * dy[i], 0);
        for (let index = 0; index < x.length; index += Math.ceil(x.length / 7)) {
          const at = (step: number) => loss(x.map((value, i) => (i === index ? value + step : value)));
          expect(dx[index]).toBeCloseTo((at(1e-3) - at(-1e-3)) / 2e-3, 6);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('the weight and bias gradients equal central differences of the forward pass', () => {
    fc.assert(
      fc.property(anyConv2d, (spec) => {
        const { x, weight, bias, dy } = tensors(spec);
        const loss = (w: Float64Array, b: Float64Array) =>
          conv2dForwardOracle(spec, x, w, b).reduce((sum, value, i) => sum + value * dy[i], 0);
        const nudged = (data: Float64Array, at: number, step: number) =>
          data.map((value, i) => (i === at ? value + step : value));
        const dWeight = conv2dWeightGradientOracle(spec, x, dy);
        for (let i = 0; i < weight.length; i += Math.ceil(weight.length / 5)) {
          const slope = loss(nudged(weight, i, 1e-3), bias) - loss(nudged(weight, i, -1e-3), bias);
          expect(dWeight[i]).toBeCloseTo(slope / 2e-3, 6);
        }
        const slope = loss(weight, nudged(bias, 0, 1e-3)) - loss(weight, nudged(bias, 0, -1e-3));
        expect(conv2dBiasGradientOracle(spec, dy)[0]).toBeCloseTo(slope / 2e-3, 6);
      }),
      { numRuns: 10 },
    );
  });
});

describe('convolution shapes', () => {
  it('names the shapes and the fix where the filter does not fit', () => {
    const spec: Conv2dSpec = { ...specialConv2ds[0], kernel: [3, 3] };
    expect(() => conv2dForward(spec)).toThrow(
      /3x3 filter does not fit into the 1x1 image.*\[1,1,1,1\].*enlarge/,
    );
    expect(() => conv2dForward({ ...spec, stride: [0, 1] })).toThrow(/stride is 0,1/);
    const vectors = { ...specialConv2ds[3] };
    expect(() => conv2dForward(vectors, {}, undefined, { form: 'rows', pixels: 2, channels4: 2 })).toThrow(
      /fewer than 4 channels to 4 or more/,
    );
    expect(() => conv2dForward(vectors, {}, undefined, { form: 'images', pixels: 9, channels4: 2 })).toThrow(
      /over 9 images is for batches of at least so many/,
    );
  });
});
