import {
  broadcastShapes,
  crossEntropy,
  crossEntropyOracle,
  elementCount,
  faultWords,
  imageLayout,
  type LossReduction,
  type PointwiseLoss,
  type PointwiseLossData,
  pointwiseLossForward,
  pointwiseLossGradient,
  pointwiseLossGradientOracle,
  pointwiseLossOracle,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import type { Operand } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import {
  centralDifferences,
  expectWithin,
  largest,
  layoutOf,
  numbers,
  runInto,
  shapes,
  size,
} from '../outputs.ts';
import { runKernelPlan } from '../run-plan.ts';

const devices = await openTestDevices();
const scalar = rowMajor([]);
const noFaults: Operand = { words: faultWords, type: 'u32' };
const reductions = fc.constantFrom<LossReduction[]>('mean', 'sum');

const classCases = fc.tuple(size, size).chain(([N, C]) =>
  fc.record({
    shape: fc.constant([N, C] as const),
    logits: numbers(N * C, -20, 20),
    labels: fc.array(fc.integer({ min: 0, max: C - 1 }), { minLength: N, maxLength: N }),
    weight: fc.option(numbers(C, 0.25, 2), { nil: undefined }),
    labelSmoothing: fc.constantFrom(0, 0.1),
    ignoreIndex: fc.option(fc.constantFrom(0, 0xffffff9c), { nil: undefined }),
    reduction: reductions,
  }),
);

describe('crossEntropy', () => {
  it('has an oracle whose gradient agrees with central differences', () => {
    fc.assert(
      fc.property(classCases, ({ logits, labels, ...spec }) => {
        const x = logits.slice(0, 40 * spec.shape[1]).map((value) => value / 10);
        const { dlogits } = crossEntropyOracle(x, labels, spec);
        const loss = (moved: ArrayLike<number>) => [crossEntropyOracle(moved, labels, spec).loss];
        expectWithin(dlogits, centralDifferences(loss, x, [1]), 10);
      }),
      { numRuns: 25 },
    );
  });

  it('agrees with PyTorch', () => {
    const logits = [0.5, -1.25, 2, 0.25, 1.5, -0.75, -2, 0, 1, 3, -1, 0.125];
    const shape = [4, 3] as const;
    const labels = [2, 0, 1, 0];
    const weight = [0.5, 2, 1];
    const loss = (options: object) => {
      const spec = { shape, reduction: 'mean' as const, ...options };
      return crossEntropyOracle(logits, labels, spec).loss;
    };
    // torch.nn.functional.cross_entropy, float64.
    expect(loss({})).toBeCloseTo(0.808594482813, 9);
    expect(loss({ weight })).toBeCloseTo(0.939254570582, 9);
    expect(loss({ weight, labelSmoothing: 0.1 })).toBeCloseTo(1.07820680319, 9);
    expect(loss({ weight, labelSmoothing: 0.1, ignoreIndex: 1 })).toBeCloseTo(0.863610231969, 9);
    expect(loss({ labelSmoothing: 0.2, ignoreIndex: 0, reduction: 'sum' })).toBeCloseTo(1.9649675332, 9);
  });

  it('refuses what it cannot compute', () => {
    const logits = imageLayout([2, 5, 3, 3]);
    expect(() => crossEntropy({ logits, reduction: 'mean' })).toThrow(/expected logits \[N,C\]/);
    const spec = { logits: rowMajor([2, 5]), reduction: 'mean' as const, labelSmoothing: 1 };
    expect(() => crossEntropy(spec)).toThrow(/labelSmoothing 1/);
  });

  describe.each(devices)('on $name', ({ device }) => {
    it('equals the oracle: loss, rows and gradient', async () => {
      await fc.assert(
        fc.asyncProperty(classCases, async ({ logits, labels, weight, ...spec }) => {
          const layout = rowMajor(spec.shape);
          const rows = rowMajor([spec.shape[0]]);
          const plan = crossEntropy(
            { ...spec, logits: layout, weighted: weight !== undefined },
            device.machine,
          );
          const inputs: Record<string, Operand> = {
            logits: { layout, data: logits },
            labels: { layout: rows, data: labels, type: 'u32' },
            ...(weight && { weight: { layout: rowMajor([spec.shape[1]]), data: weight } }),
          };
          const outputs = { losses: { layout: rows }, dlogits: { layout }, loss: { layout: scalar } };
          inputs.faults = noFaults;
          const result = await runKernelPlan(device, plan, inputs, outputs);
          const expected = crossEntropyOracle(logits, labels, { ...spec, weight });
          expectWithin(result.losses, expected.losses, Math.max(1, largest(expected.losses)), 3e-6);
          expectWithin(result.loss, [expected.loss], Math.max(1, Math.abs(expected.loss)), 3e-6);
          expectWithin(result.dlogits, expected.dlogits, 2, 3e-6);
        }),
        runs(device, 30),
      );
    });

    it('notes the first label that is out of range; its row has loss NaN and no gradient', async () => {
      const layout = rowMajor([3, 2]);
      const inputs: Record<string, Operand> = {
        logits: { layout, data: [1, 2, 3, 4, 5, 6] },
        labels: { layout: rowMajor([3]), data: [0, 9, 1], type: 'u32' },
        faults: noFaults,
      };
      const outputs = { losses: { layout: rowMajor([3]) }, dlogits: { layout }, loss: { layout: scalar } };
      const plan = crossEntropy({ logits: layout, reduction: 'sum' }, device.machine);
      const { losses, dlogits, loss } = await runKernelPlan(device, plan, inputs, outputs);
      expectWithin([dlogits[2], dlogits[3]], [0, 0], 0);
      expect([losses[1], loss[0]]).toEqual([Number.NaN, Number.NaN]);
      expectWithin([losses[0], losses[2]], [Math.log1p(Math.E), Math.log1p(Math.exp(-1))], 1);
    });
  });
});

/** Data of a loss; weights only where the loss has them. */
const dataOf = (loss: PointwiseLoss) =>
  shapes().chain((shape) => {
    const count = elementCount(shape);
    const ones = fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length });
    const weights = fc.tuple(ones, fc.integer({ min: 0, max: shape.length })).chain(([one, drop]) => {
      const own = shape.map((length, dim) => (one[dim] ? 1 : length)).slice(drop);
      return fc.record({ shape: fc.constant(own), data: numbers(elementCount(own), 0.25, 2) });
    });
    const optional =
      loss === 'bceWithLogits' ? fc.option(weights, { nil: undefined }) : fc.constant(undefined);
    return fc.record({
      shape: fc.constant(shape),
      at: loss === 'huber' || loss === 'smoothL1' ? fc.constantFrom(0.5, 1, 3) : fc.constant(undefined),
      x: numbers(count, -8, 8),
      t: loss === 'bceWithLogits' ? numbers(count, 0, 1, 3) : numbers(count, -8, 8),
      weight: optional,
      posWeight: optional,
    });
  });

const losses: PointwiseLoss[] = ['mse', 'l1', 'huber', 'smoothL1', 'bceWithLogits'];

describe.each(losses)('%s', (loss) => {
  it('has an oracle whose gradient agrees with central differences', () => {
    fc.assert(
      fc.property(dataOf(loss), reductions, (drawn, reduction) => {
        fc.pre(drawn.x.length <= 80);
        // No element right on the corner of l1.
        const x = drawn.x.map((value, i) => (Math.abs(value - drawn.t[i]) < 1e-3 ? value + 0.1 : value));
        const f = (moved: ArrayLike<number>) => [
          pointwiseLossOracle(loss, reduction, { ...drawn, x: moved }),
        ];
        const actual = pointwiseLossGradientOracle(loss, reduction, 1.5, { ...drawn, x });
        expectWithin(actual, centralDifferences(f, x, [1.5]), 50);
      }),
      { numRuns: 20 },
    );
  });

  describe.each(devices)('on $name', ({ device }) => {
    const drawn = dataOf(loss).chain((data) => {
      const { shape, weight, posWeight } = data;
      return fc.record({
        data: fc.constant<PointwiseLossData>(data),
        layouts: fc.record({
          x: layoutOf(shape),
          t: layoutOf(shape),
          weight: weight ? layoutOf(weight.shape) : fc.constant(undefined),
          posWeight: posWeight ? layoutOf(posWeight.shape) : fc.constant(undefined),
        }),
        reduction: reductions,
        machine: anyMachine,
      });
    });

    it('equals the oracle, forward and backward', async () => {
      await fc.assert(
        fc.asyncProperty(drawn, async ({ data, layouts, reduction, machine }) => {
          const spec = { loss, reduction, at: data.at, ...layouts };
          const inputs: Record<string, Operand> = {
            x: { layout: layouts.x, data: data.x },
            t: { layout: layouts.t, data: data.t },
            ...(data.weight && { weight: { layout: layouts.weight!, data: data.weight.data } }),
            ...(data.posWeight && { posWeight: { layout: layouts.posWeight!, data: data.posWeight.data } }),
          };
          const plan = pointwiseLossForward(spec, machine);
          const result = await runKernelPlan(device, plan, inputs, { loss: { layout: scalar } });
          const expected = pointwiseLossOracle(loss, reduction, data);
          expectWithin(result.loss, [expected], Math.max(1, expected), 5e-6);

          const kernel = pointwiseLossGradient(spec, machine);
          const all: Record<string, Operand> = { dy: { layout: scalar, data: [1.5] }, ...inputs };
          const operands = kernel.bindings.slice(0, -1).map(({ name }) => all[name]);
          const [dx] = await runInto(device, kernel, operands, [{ layout: layouts.x }]);
          const gradient = pointwiseLossGradientOracle(loss, reduction, 1.5, data);
          expectWithin(dx, gradient, Math.max(1, largest(gradient)), 3e-6);
        }),
        runs(device, 15),
      );
    });

    it('adds up a batch of images in two stages', async () => {
      const x = imageLayout([16, 5, 28, 27]);
      const [values, targets] = [0, 1].map(() => fc.sample(numbers(elementCount(x.shape), 0, 1), 1)[0]);
      const plan = pointwiseLossForward({ loss, reduction: 'mean', x }, device.machine);
      expect(plan.kernels).toHaveLength(2);
      const inputs = { x: { layout: x, data: values }, t: { layout: x, data: targets } };
      const result = await runKernelPlan(device, plan, inputs, { loss: { layout: scalar } });
      const data = { x: values, t: targets, shape: x.shape };
      expectWithin(result.loss, [pointwiseLossOracle(loss, 'mean', data)], 1, 1e-6);
    });
  });
});

describe('bceWithLogits', () => {
  it('agrees with PyTorch', () => {
    const data = {
      shape: [2, 3],
      x: [0.5, -1.25, 2, 30, 1.5, -40],
      t: [1, 0, 0.5, 0, 1, 1],
      weight: { data: [1, 0.5], shape: [2, 1] },
      posWeight: { data: [3, 1, 0.5], shape: [3] },
    };
    // torch.nn.functional.binary_cross_entropy_with_logits, float64.
    expect(pointwiseLossOracle('bceWithLogits', 'mean', data)).toBeCloseTo(4.64501044686, 9);
    expect(broadcastShapes(data.weight.shape, data.posWeight.shape)).toEqual(data.shape);
  });

  it('refuses weights where a loss has none, and targets of another shape', () => {
    const x = rowMajor([2, 3]);
    const spec = { loss: 'mse' as const, reduction: 'mean' as const, x };
    expect(() => pointwiseLossForward({ ...spec, weight: x })).toThrow(/takes no weights/);
    expect(() => pointwiseLossForward({ ...spec, t: rowMajor([2]) })).toThrow(
      /targets \[2\] must have the shape/,
    );
  });
});
