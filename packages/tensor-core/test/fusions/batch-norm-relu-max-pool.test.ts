import {
  batchNormForwardOracle,
  batchNormReluMaxPoolForwardOracle,
  type Pool2dSpec,
  pool2dOutputSize,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chain } from '../../src/fusions/chain.ts';
import { batchNormStep, maxPool2dStep, step } from '../../src/fusions/steps.ts';
import { Runtime } from '../../src/index.ts';
import type { BatchNormOptions, Pool2dOptions } from '../../src/ops/index.ts';
import { type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { distinct, imageLayoutsOf, input } from '../ops/arbitrary.ts';
import { checkOp } from '../ops/check-op.ts';
import { awayFromZero } from '../ops/kinks.ts';
import { openTestDevices } from '../support/devices.ts';
import { runs } from '../support/runs.ts';
import { withRelu } from '../support/steps.ts';

const devices = await openTestDevices();
const eps = 1e-3;

const batchNormReluMaxPool = (x: Tensor, norm: BatchNormOptions, pool: Pool2dOptions) =>
  chain(x, [...withRelu(step(batchNormStep, norm), true), step(maxPool2dStep, pool)]);

const cases = fc
  .record({
    image: fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(1, 3, 4, 5, 8),
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 2, max: 6 }),
    ),
    size: fc.integer({ min: 1, max: 2 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.nat(1),
    dilation: fc.constantFrom(1, 1, 2),
    ceilMode: fc.boolean(),
  })
  .chain(({ padding, size, dilation, ...rest }) =>
    fc.record({
      options: fc.constant({
        ...rest,
        size,
        padding: Math.min(padding, Math.floor(size / 2)),
        dilation: Math.min(...rest.image.slice(2)) > 2 ? dilation : 1,
      }),
      x: input(rest.image, { layouts: imageLayoutsOf, frozen: true }),
      weight: input([rest.image[1]], { frozen: true }),
      bias: input([rest.image[1]], { frozen: true }),
      mean: distinct(rest.image[1]),
      variance: distinct(rest.image[1], 0.3, 3),
    }),
  );

describe.each(devices)('batch norm, ReLU and max-pooling on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each([true, false])('training %s: value and gradients', async (training) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ options, x, weight, bias, mean, variance }) => {
        const { image, size, stride, padding, dilation, ceilMode } = options;
        const [batch, channels, height, width] = image;
        const window = {
          kernel: [size, size],
          stride: [stride, stride],
          padding: [padding, padding],
          dilation: [dilation, dilation],
          ceilMode,
        } as const;
        const spec: Pool2dSpec = { batch, channels, height, width, ...window };
        const values = (g: ArrayLike<number>, b: ArrayLike<number>) => ({
          weight: g,
          bias: b,
          eps,
          ...(training ? {} : { mean, variance }),
        });
        const smooth = batchNormForwardOracle(x.data, image, values(weight.data, bias.data));
        fc.pre(awayFromZero(smooth));
        const [runningMean, runningVar] = [mean, variance].map((d) => tensor(runtime, d, [channels]));
        await checkOp(runtime, {
          name: 'batchNorm',
          inputs: [x, weight, bias],
          op: (images, weight, bias) =>
            batchNormReluMaxPool(
              images,
              { weight, bias, runningMean, runningVar, training, eps },
              { kernelSize: size, stride, padding, dilation, ceilMode },
            ),
          oracle: (images, g, b) => batchNormReluMaxPoolForwardOracle(images, spec, values(g, b)).y,
          shape: [batch, channels, ...pool2dOutputSize(spec)],
          step: 1e-6,
          tolerance: 2e-5,
          gradientTolerance: 1e-4,
        });
      }),
      runs(device, 20),
    );
  });

  it('names what does not fit', () => {
    const one = zeros(runtime, [4]);
    const norm = {
      weight: zeros(runtime, [3]),
      bias: one,
      runningMean: one,
      runningVar: one,
      training: false,
    };
    const x = zeros(runtime, [1, 4, 2, 2]);
    expect(() => batchNormReluMaxPool(x, norm, { kernelSize: 2 })).toThrow(/batchNorm: weight is \[3\]/);
    expect(() => batchNormReluMaxPool(x, { ...norm, weight: one }, { kernelSize: 3 })).toThrow(
      /does not fit/,
    );
  });
});
