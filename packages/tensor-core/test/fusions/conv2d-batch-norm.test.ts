import {
  batchNormForwardOracle,
  type Conv2dSpec,
  conv2dForwardOracle,
  conv2dOutputSize,
  elementCount,
  filterLayout,
  imageLayout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noGrad } from '../../src/autograd.ts';
import { chain } from '../../src/fusions/chain.ts';
import { batchNormStep, conv2dStep, step } from '../../src/fusions/steps.ts';
import { Runtime } from '../../src/index.ts';
import { type BatchNormOptions, batchNorm, type Conv2dOptions, conv2d, relu } from '../../src/ops/index.ts';
import { type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { distinct, imageLayoutsOf, imageShapes, input } from '../ops/arbitrary.ts';
import { checkOp } from '../ops/check-op.ts';
import { awayFromZero } from '../ops/kinks.ts';
import { openTestDevices } from '../support/devices.ts';
import { kernelsOf } from '../support/dispatches.ts';
import { random } from '../support/random.ts';
import { runs } from '../support/runs.ts';
import { withRelu } from '../support/steps.ts';

const devices = await openTestDevices();
const pairOf = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

const cases = fc
  .record({
    image: imageShapes,
    outChannels: fc.constantFrom(1, 3, 4, 5, 8),
    kernel: pairOf(1, 3),
    stride: pairOf(1, 2),
    padding: pairOf(0, 1),
    withBias: fc.boolean(),
    relu: fc.boolean(),
    reluAfter: fc.boolean(),
  })
  .filter(
    ({ image, kernel, padding }) =>
      image[2] + 2 * padding[0] >= kernel[0] && image[3] + 2 * padding[1] >= kernel[1],
  )
  .chain((options) => {
    const { image, outChannels, kernel } = options;
    const channels = [outChannels];
    return fc.record({
      options: fc.constant(options),
      frozen: fc.boolean(),
      x: input(image, { layouts: imageLayoutsOf, frozen: true }),
      weight: input([outChannels, image[1], ...kernel], { low: -1, high: 1, frozen: true }),
      bias: input(channels, { frozen: true }),
      normWeight: input(channels, { frozen: true }),
      normBias: input(channels, { frozen: true }),
      mean: distinct(outChannels),
      variance: distinct(outChannels, 0.3, 3),
    });
  });
const eps = 1e-3;

/** A convolution and batch norm by one call, with ReLUs between and after them where wanted. */
const conv2dBatchNorm = (
  x: Tensor,
  [weight, bias, options]: readonly [Tensor, Tensor | null, Conv2dOptions?],
  norm: BatchNormOptions,
  { between = false, after = false },
) =>
  chain(x, [
    ...withRelu(step(conv2dStep, weight, bias, options), between),
    ...withRelu(step(batchNormStep, norm), after),
  ]);

describe.each(devices)('a convolution and batch norm on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('evaluation: value and gradients, and the bits of the two ops', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ options, frozen, mean, variance, ...drawn }) => {
        const {
          image,
          outChannels,
          kernel,
          stride,
          padding,
          withBias,
          relu: between,
          reluAfter: after,
        } = options;
        const [batch, inChannels, height, width] = image;
        const spec: Conv2dSpec = { batch, inChannels, height, width, outChannels, kernel, stride, padding };
        const shape = [batch, outChannels, ...conv2dOutputSize(spec)];
        const { x, weight, normWeight, normBias, bias } = drawn;
        const used = withBias ? [x, weight, normWeight, normBias, bias] : [x, weight, normWeight, normBias];
        const inputs = used.map((each) => ({ ...each, frozen: frozen || each.frozen }));
        const convolved = (arrays: readonly Float64Array[]) =>
          conv2dForwardOracle(spec, arrays[0], arrays[1], arrays[4], false);
        const oracle = (arrays: readonly Float64Array[], withReLU = after) =>
          batchNormForwardOracle(
            between ? convolved(arrays).map((v) => Math.max(v, 0)) : convolved(arrays),
            shape,
            { weight: arrays[2], bias: arrays[3], mean, variance, eps, relu: withReLU },
          );
        const exact = inputs.map(({ data }) => Float64Array.from(data));
        fc.pre(!between || awayFromZero(convolved(exact)));
        fc.pre(!after || awayFromZero(oracle(exact, false)));
        const channels = [outChannels];
        const [runningMean, runningVar] = [mean, variance].map((d) => tensor(runtime, d, channels));
        const conv = { stride, padding };
        const statistics = { runningMean, runningVar, training: false, eps };
        await checkOp(runtime, {
          name: 'batchNorm',
          cancels: true,
          inputs,
          op: (images, filters, weight, bias, shift) =>
            conv2dBatchNorm(
              images,
              [filters, shift ?? null, conv],
              { weight, bias, ...statistics },
              { between, after },
            ),
          oracle: (...arrays) => oracle(arrays),
          shape,
          step: 1e-6,
          tolerance: 1e-5,
          gradientTolerance: 4e-5,
        });

        const [images, filters, scale, offset, shift] = inputs.map(({ data, shape, layout }) =>
          tensor(runtime, data, shape, { layout }).requiresGrad_(),
        );
        const norm = { weight: scale, bias: offset, ...statistics };
        const fused = noGrad(() =>
          conv2dBatchNorm(images, [filters, shift ?? null, conv], norm, { between, after }),
        );
        const y = conv2d(images, filters, shift ?? null, conv);
        const plain = batchNorm(between ? relu(y) : y, norm);
        expect(await fused.array()).toEqual(await (after ? relu(plain) : plain).array());
      }),
      runs(device, 24),
    );
  });

  const norm = (channels: number, training: boolean) => ({
    weight: zeros(runtime, [channels]),
    bias: zeros(runtime, [channels]),
    runningMean: zeros(runtime, [channels]),
    runningVar: zeros(runtime, [channels]),
    training,
  });

  it.each([
    [[2, 16, 18, 18], 16, 1], // in Winograd's form on the wasm device
    [[2, 1, 12, 12], 16, 2], // along rows on the wasm device
    [[2, 3, 12, 12], 2, 1],
  ])('has the bits of the two ops in every form: %j to %i channels', async (shape, outChannels, stride) => {
    const next = random(7);
    const drawn = (size: readonly number[], layout = rowMajor(size)) =>
      tensor(runtime, Float32Array.from({ length: elementCount(size) }, next), size, { layout });
    const filter = [outChannels, shape[1], 3, 3];
    const [x, weight] = [drawn(shape, imageLayout(shape)), drawn(filter, filterLayout(filter))];
    const [bias, scale, offset, runningMean] = [0, 1, 2, 3].map(() => drawn([outChannels]));
    const runningVar = tensor(runtime, new Float32Array(outChannels).fill(0.7), [outChannels]);
    const options = { weight: scale, bias: offset, runningMean, runningVar, training: false };
    const conv = { stride, padding: 1 };
    const fused = conv2dBatchNorm(x, [weight, bias, conv], options, { between: true, after: true });
    const plain = relu(batchNorm(relu(conv2d(x, weight, bias, conv)), options));
    expect(await fused.array()).toEqual(await plain.array());
  });

  it('never stores the image in between unless training or a gradient needs it', () => {
    const x = zeros(runtime, [2, 1, 4, 4]);
    const weight = zeros(runtime, [3, 1, 3, 3], { layout: filterLayout([3, 1, 3, 3]) });
    const run = (training: boolean) =>
      kernelsOf(runtime, () => conv2dBatchNorm(x, [weight, null], norm(3, training), { between: true }));
    expect(run(false)).toEqual(['batchNormScale', 'conv2dForward']);
    expect(run(true)).toContain('batchNormStatistics');
    weight.requiresGrad_();
    expect(run(false)).toEqual(['conv2dForward', 'batchNormForward']);
    expect(noGrad(() => run(false))).toEqual(['batchNormScale', 'conv2dForward']);
  });

  it('names a parameter of another size', () => {
    const x = zeros(runtime, [2, 1, 4, 4]);
    expect(() => conv2dBatchNorm(x, [zeros(runtime, [3, 1, 3, 3]), null], norm(2, false), {})).toThrow(
      /batchNorm: weight is \[2\].*\[2,3,2,2\] has 3 channels/,
    );
  });
});
