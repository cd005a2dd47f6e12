import { crossEntropyOracle, pointwiseLossOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import {
  bceWithLogits,
  crossEntropy,
  full,
  huberLoss,
  l1Loss,
  mseLoss,
  mul,
  smoothL1Loss,
} from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { distinct, input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();
const reduction = fc.constantFrom('mean', 'sum' as const);

const classified = fc
  .record({ rows: fc.constantFrom(1, 3, 7, 16), classes: fc.constantFrom(1, 2, 3, 5, 9) })
  .chain(({ rows, classes }) =>
    fc.record({
      logits: input([rows, classes], { low: -4, high: 4 }),
      labels: fc.array(fc.nat(classes - 1), { minLength: rows, maxLength: rows }),
      weight: fc.option(distinct(classes, 0.2, 3), { nil: undefined }),
      labelSmoothing: fc.constantFrom(0, 0.125),
      reduction,
    }),
  );

/** Two tensors of a shape whose differences are not 0. */
const pairs = shapes(0, 4).chain((shape) =>
  fc.record({
    x: input(shape, { frozen: true }),
    t: input(shape, { low: -2.1, high: 1.83, frozen: true }),
    reduction,
  }),
);

const weighted = shapes(1, 4).chain((shape) => {
  const columns = [shape.at(-1)!];
  return fc.record({
    x: input(shape, { low: -6, high: 6 }),
    targets: fc.array(fc.constantFrom(0, 1, 0.25), {
      minLength: shape.reduce((a, b) => a * b, 1),
      maxLength: shape.reduce((a, b) => a * b, 1),
    }),
    weight: fc.option(
      fc.oneof(fc.constant(shape), fc.constant(columns), fc.constant([])).chain((s) =>
        distinct(
          s.reduce((a, b) => a * b, 1),
          0.2,
          3,
        ).map((data) => ({ data, shape: s })),
      ),
      { nil: undefined },
    ),
    posWeight: fc.option(
      distinct(columns[0], 0.2, 4).map((data) => ({ data, shape: columns })),
      { nil: undefined },
    ),
    reduction,
  });
});

describe.each(devices)('losses on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('crossEntropy: weights, smoothing, reductions', async () => {
    await fc.assert(
      fc.asyncProperty(classified, async ({ logits, labels, weight, labelSmoothing, reduction }) => {
        const t = tensor(runtime, labels, [labels.length], { dtype: 'u32' });
        const w = weight && tensor(runtime, weight, [weight.length]);
        await checkOp(runtime, {
          name: 'crossEntropy',
          inputs: [logits],
          op: (x) => crossEntropy(x, t, { weight: w, labelSmoothing, reduction }),
          oracle: (x) => [
            crossEntropyOracle(x, labels, {
              shape: [labels.length, logits.shape[1]],
              weight,
              labelSmoothing,
              reduction,
            }).loss,
          ],
          shape: [],
          gradientTolerance: 5e-5,
        });
      }),
      runs(device, 20),
    );
  });

  it.each([
    ['mseLoss', mseLoss, 'mse'],
    ['l1Loss', l1Loss, 'l1'],
    ['huberLoss', huberLoss, 'huber'],
    ['smoothL1Loss', smoothL1Loss, 'smoothL1'],
  ] as const)('%s: value, gradients of both sides', async (name, op, loss) => {
    await fc.assert(
      fc.asyncProperty(pairs, async ({ x, t, reduction }) => {
        fc.pre(x.data.every((v, i) => Math.abs(v - t.data[i]) > 1e-3));
        await checkOp(runtime, {
          name,
          inputs: [x, t],
          op: (a, b) => op(a, b, { reduction }),
          oracle: (a, b) => [pointwiseLossOracle(loss, reduction, { x: a, t: b, shape: x.shape })],
          shape: [],
          step: 1e-5,
        });
      }),
      runs(device, 18),
    );
  });

  it('bceWithLogits: weights of elements and of positives', async () => {
    await fc.assert(
      fc.asyncProperty(weighted, async ({ x, targets, weight, posWeight, reduction }) => {
        const t = tensor(runtime, targets, x.shape);
        const w = weight && tensor(runtime, weight.data, weight.shape);
        const p = posWeight && tensor(runtime, posWeight.data, posWeight.shape);
        await checkOp(runtime, {
          name: 'bceWithLogits',
          inputs: [x],
          op: (logits) => bceWithLogits(logits, t, { weight: w, posWeight: p, reduction }),
          oracle: (logits) => [
            pointwiseLossOracle('bceWithLogits', reduction, {
              x: logits,
              t: targets,
              shape: x.shape,
              weight,
              posWeight,
            }),
          ],
          shape: [],
          gradientTolerance: 5e-5,
        });
      }),
      runs(device, 20),
    );
  });

  it('keep their factors until backward, even if everyone else forgets them', async () => {
    const x = zeros(runtime, [2, 3]).requiresGrad_();
    const t = tensor(runtime, [0, 1, 0, 1, 0, 1], [2, 3]);
    const two = () => mul(full(runtime, [3], 1), 2);
    const loss = (() => bceWithLogits(x, t, { weight: two(), posWeight: two(), reduction: 'sum' }))();
    await runtime.collectGarbage();
    backward(loss);
    expect([...(await x.grad!.array())]).toEqual([1, -2, 1, -2, 1, -2]);
  });

  it('say what does not fit', () => {
    const logits = zeros(runtime, [2, 3]);
    expect(() => crossEntropy(logits, tensor(runtime, [0, 1], [2]))).toThrow(
      /u32 labels \[N,…\] .*, got \[2,3\] and f32/,
    );
    const labels = tensor(runtime, [0, 1], [2], { dtype: 'u32' });
    expect(() => crossEntropy(logits, labels, { weight: zeros(runtime, [2]) })).toThrow(
      /weight is \[2\].*3 classes/,
    );
    expect(() => mseLoss(logits, zeros(runtime, [2]))).toThrow(/mse: input \[2,3\] and target \[2\]/);
    expect(() => bceWithLogits(logits, zeros(runtime, [2, 3]).requiresGrad_())).toThrow(/detach\(\) it/);
  });
});
