import { elementCount, sigmoidOp, unaryForwardOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Runtime } from '../../src/index.ts';
import { add, concat, mul, permute, reshape, sigmoid, slice, square, sum } from '../../src/ops/index.ts';
import type { Tensor } from '../../src/tensor.ts';
import { input, shapes } from '../ops/arbitrary.ts';
import { checkOp } from '../ops/check-op.ts';
import { concatenated, forEachPosition, indexOf, permuted, sliced } from '../ops/oracles.ts';
import { openTestDevices } from '../support/devices.ts';
import { runs } from '../support/runs.ts';

const devices = await openTestDevices();

/** A value and its float64 twin. */
interface Step {
  readonly shape: readonly number[];
  readonly op: (x: Tensor, first: Tensor) => Tensor;
  readonly oracle: (x: Float64Array, first: Float64Array) => Float64Array;
}

/** One op on a tensor of `shape`, chosen by four numbers; `start` is the shape of the chain's first tensor. */
function link([kind, a, b, c]: readonly number[], shape: readonly number[], start: readonly number[]): Step {
  const rank = shape.length;
  const dim = a % rank;
  switch (kind % 8) {
    case 0: {
      const order = shape.map((_, d) => (d + 1 + (b % rank)) % rank);
      const to = order.map((d) => shape[d]);
      return { shape: to, op: (x) => permute(x, order), oracle: (x) => permuted(x, shape, order) };
    }
    case 1: {
      const to = b % 2 ? [elementCount(shape)] : [1, ...shape];
      return { shape: to, op: (x) => reshape(x, to), oracle: (x) => x };
    }
    case 2: {
      const from = b % shape[dim];
      const end = from + 1 + (c % (shape[dim] - from));
      const to = shape.with(dim, end - from);
      return {
        shape: to,
        op: (x) => slice(x, dim, from, end),
        oracle: (x) => sliced(x, shape, dim, from, end),
      };
    }
    case 3: {
      const to = shape.with(dim, 2 * shape[dim]);
      // Twice the same tensor, once changed: a join of two paths.
      return {
        shape: to,
        op: (x) => concat([x, square(x)], dim),
        oracle: (x) => concatenated([x, x.map((v) => v * v)], [shape, shape], dim),
      };
    }
    case 4: {
      const to = shape.with(dim, 1);
      const oracle = (x: Float64Array) => {
        const y = new Float64Array(elementCount(to));
        forEachPosition(shape, (position, index) => {
          y[indexOf(to, position.with(dim, 0))] += x[index];
        });
        return y;
      };
      return { shape: to, op: (x) => sum(x, { dim, keepdim: true }), oracle };
    }
    case 5:
      return {
        shape,
        op: (x) => sigmoid(x),
        oracle: (x) => unaryForwardOracle(sigmoidOp, x),
      };
    case 6: {
      // The chain's first tensor once more: its gradients come from far apart.
      const total = (x: ArrayLike<number>) => Array.from(x).reduce((s, v) => s + v, 0) / elementCount(start);
      return {
        shape,
        op: (x, first) => add(x, mul(sum(first), 1 / elementCount(start))),
        oracle: (x, first) => x.map((v) => v + total(first)),
      };
    }
    default:
      return { shape, op: (x) => mul(x, -0.5), oracle: (x) => x.map((v) => v * -0.5) };
  }
}

const chains = shapes(1, 4)
  .filter((shape) => elementCount(shape) <= 60)
  .chain((shape) =>
    fc.record({
      x: input(shape, { low: -1, high: 1 }),
      choices: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()), { minLength: 2, maxLength: 7 }),
    }),
  );

describe.each(devices)('chains of ops on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('any chain of reshape, permute, slice, concat, sum and pointwise ops', async () => {
    await fc.assert(
      fc.asyncProperty(chains, async ({ x, choices }) => {
        const steps: Step[] = [];
        let shape = x.shape;
        for (const choice of choices) {
          const step = link(choice, shape, x.shape);
          if (elementCount(step.shape) > 200) continue;
          steps.push(step);
          shape = step.shape;
        }
        await checkOp(runtime, {
          name: 'concat',
          inputs: [x],
          op: (first) => steps.reduce((t, step) => step.op(t, first), mul(first, 1)),
          oracle: (first) => steps.reduce((v, step) => step.oracle(v, first), first),
          shape,
          tolerance: 1e-5,
          gradientTolerance: 5e-5,
          cancels: true,
          leastGradient: 0.01,
        });
      }),
      runs(device, 36),
    );
  });
});
