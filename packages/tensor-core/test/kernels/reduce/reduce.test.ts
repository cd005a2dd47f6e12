import {
  argMax,
  argMaxOracle,
  broadcastOracle,
  elementCount,
  expand,
  extremumGradient,
  extremumGradientOracle,
  filterLayout,
  imageLayout,
  type Layout,
  machines,
  normalizeDims,
  type ReduceOp,
  reduce,
  reducedShape,
  reduceOracle,
  rowMajor,
  variance,
  varianceGradient,
  varianceGradientOracle,
  varianceOracle,
  withUnitDims,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { centralDifferences, expectWithin, largest, layoutOf, numbers, runInto, shapes } from '../outputs.ts';
import { runKernelPlan } from '../run-plan.ts';

const devices = await openTestDevices();
const ops: ReduceOp[] = ['sum', 'mean', 'max', 'min'];
/** Few invocations per workgroup make two stages pay at small sizes. */
const kinds = fc.constantFrom(1, 4, 16).map((workgroupSize) => ({ ...machines.cpu, workgroupSize }));

interface Case {
  input: Layout;
  output: Layout;
  dims: number[];
  x: Float32Array;
  dy: Float32Array;
}

/** Any shape, dimensions, layouts and both ways to write the output's shape. `steps`: different values of x. */
const cases = (steps = 4096, maxElements = 1500): fc.Arbitrary<Case> =>
  shapes(4)
    .filter((shape) => elementCount(shape) <= maxElements)
    .chain((shape) => {
      const dimsOf = fc.subarray(shape.map((_, d) => d));
      return fc.tuple(dimsOf, fc.boolean()).chain(([dims, keep]) => {
        const result = reducedShape(shape, dims, keep);
        return fc.record({
          input: layoutOf(shape),
          output: layoutOf(result),
          dims: fc.constant(dims),
          x: numbers(elementCount(shape), -4, 4, steps),
          dy: numbers(elementCount(result)),
        });
      });
    });

/** A sum's rounding errors go with the size of its terms and the root of their number. */
function expectReduced(
  y: ArrayLike<number>,
  op: ReduceOp,
  x: ArrayLike<number>,
  shape: readonly number[],
  dims: readonly number[],
): void {
  const terms = op === 'sum' ? x.length / y.length : 1;
  expectWithin(y, reduceOracle(op, x, shape, dims), largest(x) * Math.sqrt(terms), 1e-6);
}

describe('oracles of the reductions', () => {
  it.each(['max', 'min'] as const)('%s: gradient agrees with central differences', (op) => {
    fc.assert(
      fc.property(cases(4096, 60), ({ input, dims, x, dy }) => {
        // Distinct values: the maximum is not smooth at a tie.
        const distinct = x.map((value, i) => value + i * 0.01);
        const f = (moved: Float64Array) => reduceOracle(op, moved, input.shape, dims);
        const expected = centralDifferences(f, distinct, dy, 1e-6);
        expectWithin(extremumGradientOracle(op, dy, distinct, input.shape, dims), expected, 4);
      }),
      { numRuns: 20 },
    );
  });

  it('variance: gradient agrees with central differences', () => {
    fc.assert(
      fc.property(cases(4096, 60), fc.constantFrom(0, 1), ({ input, dims, x, dy }, correction) => {
        fc.pre(dims.reduce((count, dim) => count * input.shape[dim], 1) > correction);
        const f = (moved: Float64Array) => varianceOracle(moved, input.shape, dims, correction);
        const actual = varianceGradientOracle(dy, x, input.shape, dims, correction);
        expectWithin(actual, centralDifferences(f, x, dy), 10);
      }),
      { numRuns: 20 },
    );
  });

  it('share a gradient among ties', () => {
    expect([...extremumGradientOracle('max', [6], [1, 3, 3, 0, 3], [5])]).toEqual([0, 2, 2, 0, 2]);
    expect([...argMaxOracle([1, 3, 3, 5, 5, 4], [2, 3])]).toEqual([1, 0]);
  });
});

describe.each(devices)('reductions on $name', ({ device }) => {
  it.each(ops)('%s equals the oracle for any dimensions and layouts', async (op) => {
    await fc.assert(
      fc.asyncProperty(cases(), kinds, async ({ input, output, dims, x }, machine) => {
        const plan = reduce(op, input, dims, output, machine);
        const { y } = await runKernelPlan(
          device,
          plan,
          { x: { layout: input, data: x } },
          { y: { layout: output } },
        );
        expectReduced(y, op, x, input.shape, dims);
      }),
      runs(device, 25),
    );
  });

  it('takes two stages where few results come from many elements', async () => {
    const large: [Layout, number[]][] = [
      [imageLayout([16, 17, 14, 13]), [0, 2, 3]],
      [imageLayout([16, 3, 28, 27]), [0, 2, 3]],
      [imageLayout([16, 17, 14, 13]), [0, 1, 2, 3]],
      [filterLayout([37, 43, 3, 3]), [1, 2, 3]],
      [rowMajor([3, 9001]), [1]],
      [rowMajor([9001, 3]), [0]],
      [rowMajor([5, 700, 7]), [0, 2]],
    ];
    for (const [input, dims] of large) {
      const output = rowMajor(reducedShape(input.shape, dims));
      for (const op of ops) {
        const [x] = fc.sample(numbers(elementCount(input.shape)), 1);
        const plan = reduce(op, input, dims, output, device.machine);
        const twoStages = elementCount(output.shape) <= 43;
        expect(plan.kernels.length, `${op} of [${input.shape}]`).toBe(
          twoStages && input.shape.length !== 3 ? 2 : 1,
        );
        const { y } = await runKernelPlan(
          device,
          plan,
          { x: { layout: input, data: x } },
          { y: { layout: output } },
        );
        expectReduced(y, op, x, input.shape, dims);
      }
    }
  });

  it('shares the gradient of max and min among ties', async () => {
    await fc.assert(
      fc.asyncProperty(
        cases(5),
        fc.constantFrom('max' as const, 'min' as const),
        kinds,
        async ({ input, output, dims, x, dy }, op, machine) => {
          const inputs = {
            x: { layout: input, data: x },
            y: { layout: output, data: reduceOracle(op, x, input.shape, dims) },
            dy: { layout: output, data: dy },
          };
          const plan = extremumGradient(input, dims, output, machine);
          const { dx } = await runKernelPlan(device, plan, inputs, { dx: { layout: input } });
          expectClose(dx, extremumGradientOracle(op, dy, x, input.shape, dims), 1e-6);
        },
      ),
      runs(device, 15),
    );
  });

  it('computes variance around a large mean, and its gradient', async () => {
    await fc.assert(
      fc.asyncProperty(cases(), fc.constantFrom(0, 1), kinds, async (drawn, correction, machine) => {
        const { input, output, dims, dy } = drawn;
        fc.pre(dims.reduce((count, dim) => count * input.shape[dim], 1) > correction);
        const x = drawn.x.map((value) => value + 100);
        const plan = variance(input, dims, output, { correction }, machine);
        const outputs = { y: { layout: output }, mean: { layout: output } };
        const { y, mean } = await runKernelPlan(device, plan, { x: { layout: input, data: x } }, outputs);
        // Deviations of numbers near 100 have an absolute error of 1e-5 in float32.
        const expected = varianceOracle(x, input.shape, dims, correction);
        // Relative to 100, that is 2e-6.
        expectWithin(y, expected, 100, 2e-6);
        const gradient = varianceGradient(input, dims, output, { correction }, machine);
        const inputs = [
          { layout: output, data: dy },
          { layout: input, data: x },
          { layout: output, data: mean },
        ];
        const [dx] = await runInto(device, gradient, inputs, [{ layout: input }]);
        const reference = varianceGradientOracle(dy, x, input.shape, dims, correction);
        expectWithin(dx, reference, 100, 1e-5);
      }),
      runs(device, 15),
    );
  });

  it('finds the first largest along any dimension', async () => {
    const drawn = shapes(4, 1).chain((shape) =>
      fc
        .tuple(fc.integer({ min: 0, max: shape.length - 1 }), fc.boolean())
        .chain(([dim, keep]) =>
          fc.tuple(
            layoutOf(shape),
            layoutOf(reducedShape(shape, [dim], keep)),
            fc.constant(dim),
            numbers(elementCount(shape), -4, 4, 6),
          ),
        ),
    );
    await fc.assert(
      fc.asyncProperty(drawn, async ([input, output, dim, x]) => {
        const kernel = argMax(input, output, dim, device.machine);
        const inputs = [{ layout: input, data: x }];
        const [y] = await runInto(device, kernel, inputs, [{ layout: output, type: 'u32' }]);
        expectClose(y, argMaxOracle(x, input.shape, dim), 0);
      }),
      runs(device, 20),
    );
  });

  it('brings the gradient of a sum back through a view with unit dimensions', async () => {
    await fc.assert(
      fc.asyncProperty(cases(), async ({ input, dims, dy }) => {
        const shape = reducedShape(input.shape, dims);
        const small = rowMajor(shape);
        const kernel = expand(withUnitDims(small, dims), input, 0.5, device.machine);
        const [dx] = await runInto(device, kernel, [{ layout: small, data: dy }], [{ layout: input }]);
        const expected = broadcastOracle(dy, reducedShape(input.shape, dims, true), input.shape);
        expectClose(
          dx,
          expected.map((value) => value / 2),
          1e-6,
        );
      }),
      { numRuns: 10 },
    );
  });
});

describe('errors of the reductions', () => {
  it('name dimensions and shapes', () => {
    expect(normalizeDims([2, 3, 4], [-1, 0])).toEqual([0, 2]);
    expect(() => normalizeDims([2, 3], [2], 'sum')).toThrow(/sum: dim \[2\] of a tensor \[2,3\]/);
    expect(() => normalizeDims([2, 3], [1, -1])).toThrow(/named once/);
    expect(() => reduce('sum', rowMajor([2, 3]), [1], rowMajor([3]))).toThrow(/gives \[2\].*not \[3\]/);
    expect(() => variance(rowMajor([1, 3]), [0], rowMajor([3]))).toThrow(/too few for correction 1/);
  });
});
