import {
  batchNormForwardOracle,
  batchNormRunningOracle,
  batchNormStatisticsOracle,
  elementCount,
  imageLayout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { chain } from '../../../src/fusions/chain.ts';
import { batchNormStep, step } from '../../../src/fusions/steps.ts';
import { Runtime } from '../../../src/index.ts';
import { type BatchNormOptions, batchNorm, full, mul, relu, sum } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { withRelu } from '../../support/steps.ts';
import { distinct, imageLayoutsOf, input, layoutsOf } from '../arbitrary.ts';
import { checkOp, expectZeroPadding } from '../check-op.ts';
import { awayFromZero } from '../kinks.ts';

const devices = await openTestDevices();

const channels = fc.constantFrom(1, 3, 5, 8, 17);
const shape = fc.oneof(
  fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    channels,
    fc.integer({ min: 2, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
  ),
  fc.tuple(fc.integer({ min: 2, max: 7 }), channels),
);
const cases = shape.chain((x) =>
  fc.record({
    x: input(x, { layouts: x.length === 4 ? imageLayoutsOf : layoutsOf, frozen: true }),
    weight: input([x[1]], { frozen: true }),
    bias: input([x[1]], { frozen: true }),
    mean: distinct(x[1]),
    variance: distinct(x[1], 0.3, 3),
    reluBefore: fc.boolean(),
    relu: fc.boolean(),
  }),
);
const eps = 1e-3;
const momentum = 0.25;

describe.each(devices)('batchNorm on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each([true, false])('training %s: value, gradients and running statistics', async (training) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ x, weight, bias, mean, variance, reluBefore, relu: afterwards }) => {
        const channels = [x.shape[1]];
        const runningMean = tensor(runtime, mean, channels);
        const runningVar = tensor(runtime, variance, channels);
        // After a ReLU it masks the gradient that it hands back, for the ReLU to pass on.
        const activate = (values: Float64Array) => (reluBefore ? values.map((v) => Math.max(v, 0)) : values);
        const oracle = (values: Float64Array, weight: Float64Array, bias: Float64Array, relu = afterwards) =>
          batchNormForwardOracle(activate(values), x.shape, {
            weight,
            bias,
            eps,
            relu,
            ...(training ? {} : { mean, variance }),
          });
        const exact = [x, weight, bias].map(({ data }) => Float64Array.from(data));
        fc.pre(!afterwards || awayFromZero(oracle(exact[0], exact[1], exact[2], false)));
        await checkOp(runtime, {
          name: 'batchNorm',
          inputs: [x, weight, bias],
          op: (input, weight, bias) => {
            const options = { weight, bias, runningMean, runningVar, training, momentum, eps };
            return chain(
              reluBefore ? relu(input) : input,
              withRelu(step(batchNormStep, options), afterwards),
            );
          },
          oracle: (values, weight, bias) => oracle(values, weight, bias),
          shape: x.shape,
          tolerance: 2e-5,
          gradientTolerance: 1e-4,
        });
        const before = { mean, variance };
        const batch = batchNormStatisticsOracle(activate(Float64Array.from(x.data)), x.shape);
        const after = training ? batchNormRunningOracle(before, batch, momentum) : before;
        expectClose(await runningMean.array(), after.mean);
        expectClose(await runningVar.array(), after.variance);
      }),
      runs(device, 20),
    );
  });

  it.each([true, false])(
    'training %s, eps 0: padding channels stay 0, and nothing after it is NaN',
    async (training) => {
      for (const shape of [
        [2, 5, 2, 3],
        [4, 3],
      ]) {
        const count = elementCount(shape);
        const values = Float64Array.from({ length: count }, (_, i) => ((i * 7) % 11) / 4);
        const channel = (from: number) => Float64Array.from({ length: shape[1] }, (_, c) => from + c / 8);
        const [weight, bias, mean, variance] = [1, -1, 0.5, 2].map(channel);
        const own = (data: Float64Array) => tensor(runtime, data, [shape[1]]);
        const layout = shape.length === 4 ? imageLayout(shape) : rowMajor(shape);
        const options = {
          weight: own(weight),
          bias: own(bias),
          runningMean: own(mean),
          runningVar: own(variance),
        };
        const x = tensor(runtime, values, shape, { layout }).requiresGrad_();
        const y = batchNorm(x, { ...options, training, eps: 0 });
        backward(sum(mul(y, y)));
        for (const each of [y, x.grad!]) await expectZeroPadding(each, `[${shape}]`);
        const statistics = training ? batchNormStatisticsOracle(values, shape) : { mean, variance };
        const expected = batchNormForwardOracle(values, shape, { ...statistics, weight, bias, eps: 0 });
        expectClose(await y.array(), expected, 1e-5);
        expectClose([await sum(y).item()], [expected.reduce((total, value) => total + value, 0)], 1e-5);
      }
    },
  );

  it('does without scale, shift and running statistics', async () => {
    const shape = [4, 5, 2, 3];
    const values = Float32Array.from({ length: 120 }, (_, i) => Math.sin(i));
    const run = async (options: BatchNormOptions) => {
      const x = tensor(runtime, values, shape).requiresGrad_();
      const y = batchNorm(x, options);
      backward(sum(mul(y, y)));
      return [await y.array(), await x.grad!.array()];
    };
    const own = (value: number) => full(runtime, [5], value);
    const whole = { weight: own(1), bias: own(0), runningMean: own(0.5), runningVar: own(2) };
    expect(await run({ training: true })).toEqual(await run({ ...whole, training: true }));
    const { runningMean, runningVar } = whole;
    const evaluation = { training: false, runningMean: own(0.5), runningVar: own(2) };
    expect(await run({ ...evaluation, weight: null, bias: null })).toEqual(
      await run({ ...whole, ...evaluation }),
    );
    const before = await runningMean.array();
    await run({ runningMean, runningVar, training: true, momentum: full(runtime, [1], 0) });
    expect(await runningMean.array()).toEqual(before);
    await run({ runningMean, runningVar, training: true, momentum: full(runtime, [1], 1) });
    expectClose(
      await runningVar.array(),
      batchNormRunningOracle(
        { mean: [0, 0, 0, 0, 0], variance: [0, 0, 0, 0, 0] },
        batchNormStatisticsOracle(values, shape),
        1,
      ).variance,
    );
  });

  it('names what is missing', () => {
    const x = zeros(runtime, [2, 1, 3, 3]);
    const one = zeros(runtime, [1]);
    expect(() => batchNorm(x, { training: false })).toThrow(
      /without running statistics only `training: true`/,
    );
    expect(() => batchNorm(x, { training: true, runningMean: one })).toThrow(/give both/);
    const momentum = zeros(runtime, [2]);
    expect(() => batchNorm(x, { training: true, runningMean: one, runningVar: one, momentum })).toThrow(
      /momentum is \[2\], not \[1\]/,
    );
  });

  it('names a parameter of another size', () => {
    const one = zeros(runtime, [1]);
    const two = zeros(runtime, [2]);
    const options = { weight: two, bias: two, runningMean: one, runningVar: two, training: false };
    expect(() => batchNorm(zeros(runtime, [1, 2, 3, 3]), options)).toThrow(
      /batchNorm: runningMean is \[1\].*\[1,2,3,3\] has 2 channels/,
    );
  });

  it('refuses a batch statistic of a single value', () => {
    const one = zeros(runtime, [1]);
    const options = { weight: one, bias: one, runningMean: one, runningVar: one, training: true };
    expect(() => batchNorm(zeros(runtime, [1, 1, 1, 1]), options)).toThrow(/one value|single|more than 1/i);
  });
});
