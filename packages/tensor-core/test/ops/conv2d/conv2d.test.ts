import {
  type Conv2dSpec,
  conv2dForms,
  conv2dForwardOracle,
  conv2dOutputSize,
  elementCount,
  filterLayout,
  imageLayout,
  type Layout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { chain } from '../../../src/fusions/chain.ts';
import { batchNormStep, conv2dStep, step } from '../../../src/fusions/steps.ts';
import { Runtime } from '../../../src/index.ts';
import { batchNorm, concat, conv2d, mul, slice, sum } from '../../../src/ops/index.ts';
import { type Tensor, tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { random } from '../../support/random.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { withRelu } from '../../support/steps.ts';
import { imageLayoutsOf, imageShapes, input, layoutsOf } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { awayFromZero } from '../kinks.ts';
import { checkWindows, recordedWindows } from '../recorded-windows.ts';

const devices = await openTestDevices();

const pairOf = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** One-pixel images, strides beyond the filter, padding beyond it too, odd channel counts, batch 1. */
const convolutions = fc
  .record({
    image: imageShapes,
    outChannels: fc.constantFrom(1, 3, 4, 5, 8),
    kernel: pairOf(1, 3),
    stride: pairOf(1, 3),
    padding: pairOf(0, 2),
    dilation: fc.oneof(fc.constant<[number, number]>([1, 1]), pairOf(1, 3)),
    groups: fc.constantFrom(1, 1, 2, 3),
    withBias: fc.boolean(),
    relu: fc.boolean(),
  })
  .filter(
    ({ image, kernel, padding, dilation }) =>
      image[2] + 2 * padding[0] > dilation[0] * (kernel[0] - 1) &&
      image[3] + 2 * padding[1] > dilation[1] * (kernel[1] - 1),
  )
  .chain((options) => {
    const { groups, kernel } = options;
    const [batch, groupChannels, ...size] = options.image;
    const image = [batch, groups * groupChannels, ...size];
    const outChannels = groups * options.outChannels;
    return fc.record({
      options: fc.constant({ ...options, image, outChannels }),
      x: input(image, { layouts: imageLayoutsOf, frozen: true }),
      weight: input([outChannels, groupChannels, ...kernel], {
        low: -1,
        high: 1,
        layouts: layoutsOf,
        frozen: true,
      }),
      bias: input([outChannels], { frozen: true }),
    });
  });

describe.each(devices)('conv2d on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('value and gradients of images, filters and bias', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async ({ options, x, weight, bias }) => {
        const { image, outChannels, kernel, stride, padding, dilation, groups, withBias, relu } = options;
        const [batch, inChannels, height, width] = image;
        const moves = { stride, padding, dilation, groups };
        const spec: Conv2dSpec = { batch, inChannels, height, width, outChannels, kernel, ...moves };
        const inputs = withBias ? [x, weight, bias] : [x, weight];
        const plain = (...arrays: Float64Array[]) =>
          conv2dForwardOracle(spec, arrays[0], arrays[1], arrays[2]);
        fc.pre(!relu || awayFromZero(plain(...inputs.map(({ data }) => Float64Array.from(data)))));
        await checkOp(runtime, {
          name: 'conv2d',
          cancels: true,
          inputs,
          op: (images, filters, shift) =>
            chain(images, withRelu(step(conv2dStep, filters, shift ?? null, moves), relu)),
          oracle: (...arrays) => (relu ? plain(...arrays).map((v) => Math.max(v, 0)) : plain(...arrays)),
          shape: [batch, outChannels, ...conv2dOutputSize(spec)],
          step: 1e-6,
        });
      }),
      runs(device, 24),
    );
  });

  it.each(recordedWindows('conv2d'))('PyTorch: $title', (recorded) =>
    checkWindows(runtime, conv2d, recorded),
  );

  it('groups are convolutions of their own, and batch norm may follow in the same kernel', async () => {
    const next = random(7);
    const filled = (...shape: number[]) =>
      tensor(runtime, Float32Array.from({ length: elementCount(shape) }, next), shape);
    const [x, weight] = [filled(2, 6, 5, 7), filled(9, 2, 3, 3)];
    const y = conv2d(x, weight, null, { padding: 1, groups: 3 });
    const apart = [0, 1, 2].map((g) =>
      conv2d(slice(x, 1, 2 * g, 2 * g + 2), slice(weight, 0, 3 * g, 3 * g + 3), null, { padding: 1 }),
    );
    expectClose(await y.array(), await concat(apart, 1).array());
    const [scale, shift, runningMean, deviation] = [filled(9), filled(9), filled(9), filled(9)];
    const runningVar = mul(deviation, deviation);
    const norm = { weight: scale, bias: shift, runningMean, runningVar, training: false };
    const fused = chain(x, [
      step(conv2dStep, weight, null, { padding: 1, groups: 3 }),
      step(batchNormStep, norm),
    ]);
    expect(await fused.array()).toEqual(await batchNorm(y, norm).array());
  });

  // Recorded in PyTorch: F.conv2d(x, ones, padding='same', dilation=…).
  it.each([
    [
      [2, 2],
      [3, 1],
      [17, 19, 21, 11, 1, 3, 5, 3, 9, 11, 13, 7],
    ],
    [
      [3, 2],
      [1, 3],
      [8, 14, 6, 8, 18, 33, 15, 18, 16, 30, 14, 16],
    ],
  ] as const)("padding 'same' of a filter of %j with dilation %j", async (kernel, dilation, expected) => {
    const x = tensor(
      runtime,
      Array.from({ length: 12 }, (_, i) => i),
      [1, 1, 3, 4],
    );
    const ones = tensor(runtime, new Float32Array(kernel[0] * kernel[1]).fill(1), [1, 1, ...kernel]);
    const y = conv2d(x, ones, null, { padding: 'same', dilation });
    expect(y.shape).toEqual([1, 1, 3, 4]);
    expect([...(await y.array())]).toEqual(expected);
    expect(() => conv2d(x, ones, null, { padding: 'same', stride: 2 })).toThrow(
      /padding 'same' needs a stride of 1, not \[2,2\]/,
    );
    const valid = conv2d(x, ones, null, { padding: 'valid' });
    expect(await valid.array()).toEqual(await conv2d(x, ones, null).array());
    expect(() => conv2d(x, ones, null, { padding: 'full' as 'same' })).toThrow(/or 'same' or 'valid'/);
  });

  it('a dilated filter is one with zeros between its taps', async () => {
    const next = random(8);
    const filled = (...shape: number[]) =>
      tensor(runtime, Float32Array.from({ length: elementCount(shape) }, next), shape);
    const [x, weight] = [filled(2, 5, 11, 9), filled(8, 5, 3, 2)];
    const apart = await weight.array();
    const spread = new Float32Array(8 * 5 * 5 * 4);
    apart.forEach((value, i) => {
      const [r, s] = [Math.floor(i / 2) % 3, i % 2];
      spread[(Math.floor(i / 6) * 5 + 2 * r) * 4 + 3 * s] = value;
    });
    const same = tensor(runtime, spread, [8, 5, 5, 4]);
    for (const moves of [{ stride: 1, padding: [2, 1] }, { stride: [2, 3] }] as const) {
      const y = conv2d(x, weight, null, { ...moves, dilation: [2, 3] });
      expectClose(await y.array(), await conv2d(x, same, null, moves).array());
    }
  });

  it('names the shapes and the fix', () => {
    const x = zeros(runtime, [1, 3, 4, 4]);
    expect(() => conv2d(x, zeros(runtime, [2, 3, 3, 3]), null, { dilation: 2 })).toThrow(
      /3x3 filter with dilation 2x2 does not fit into the 4x4 image .*smaller filter or dilation/,
    );
    expect(() => conv2d(x, zeros(runtime, [2, 3, 3, 3]), null, { dilation: 0 })).toThrow(/dilation must be/);
    expect(() => conv2d(x, zeros(runtime, [2, 1, 3, 3]), null)).toThrow(
      /conv2d: input has 3 channels but the filter expects 1 .*\[1,3,4,4\].*\[2,1,3,3\].*inChannels: 3/,
    );
    expect(() => conv2d(x, zeros(runtime, [2, 3, 3, 3]), zeros(runtime, [3]))).toThrow(
      /bias is \[3\].*2 output/,
    );
    expect(() => conv2d(x, zeros(runtime, [3, 3, 3, 3]), null, { groups: 3 })).toThrow(
      /input has 3 channels but the filter expects 3 in each of 3 groups/,
    );
    expect(() => conv2d(x, zeros(runtime, [2, 1, 3, 3]), null, { groups: 3 })).toThrow(
      /3 input and 2 output channels cannot be split into 3 equal groups/,
    );
    expect(() => conv2d(x, zeros(runtime, [3, 1, 3, 3]), null, { groups: 0 })).toThrow(/groups must be/);
    expect(() => conv2d(zeros(runtime, [3, 4]), zeros(runtime, [2, 3, 3, 3]), null)).toThrow(
      /images \[N,C,H,W\]/,
    );
  });
});

describe("conv2d in Winograd's form on the wasm device", () => {
  const { device } = devices.find(({ name }) => name === 'wasm')!;
  const runtime = new Runtime(device);

  it('value and gradients, with tiles that reach over the edge', async () => {
    const image = [2, 16, 15, 17];
    const [outChannels, padding] = [17, 1];
    const [batch, inChannels, height, width] = image;
    const filter = [outChannels, inChannels, 3, 3];
    const spec: Conv2dSpec = {
      ...{ batch, inChannels, height, width, outChannels },
      ...{ kernel: [3, 3], stride: [1, 1], padding: [padding, padding] },
    };
    const all = { forward: 'winograd', inputGradient: 'winograd', weightGradient: 'winograd' };
    expect(conv2dForms(spec, device.machine)).toEqual(all);
    const next = random(5);
    const operand = (shape: number[], layout: Layout) => ({
      ...{ shape, layout, frozen: false },
      data: Float32Array.from({ length: elementCount(shape) }, next),
    });
    await checkOp(runtime, {
      name: 'conv2d',
      cancels: true,
      inputs: [
        operand(image, imageLayout(image)),
        operand(filter, filterLayout(filter)),
        operand([outChannels], rowMajor([outChannels])),
      ],
      op: (x, weight, bias) => conv2d(x, weight, bias, { padding }),
      oracle: (x, weight, bias) => conv2dForwardOracle(spec, x, weight, bias),
      shape: [batch, outChannels, ...conv2dOutputSize(spec)],
    });
  });

  it('the same bits eagerly, recorded and replayed', async () => {
    const next = random(6);
    const leaf = (shape: number[], layout: Layout) =>
      tensor(runtime, Float32Array.from({ length: elementCount(shape) }, next), shape, {
        layout,
      }).requiresGrad_();
    const x = leaf([2, 16, 16, 16], imageLayout([2, 16, 16, 16]));
    const weight = leaf([16, 16, 3, 3], filterLayout([16, 16, 3, 3]));
    const train = () => {
      for (const tensor of [x, weight]) tensor.grad = null;
      const y = chain(x, withRelu(step(conv2dStep, weight, null, { padding: 1 }), true));
      backward(sum(y));
      return y;
    };
    const bits = async (y: Tensor) => [await y.array(), await x.grad!.array(), await weight.grad!.array()];
    const eager = await bits(train());
    const recording = runtime.record(train);
    expect(await bits(recording.result)).toEqual(eager);
    recording.replay();
    expect(await bits(recording.result)).toEqual(eager);
    recording.dispose();
  });
});
