import {
  type BinaryOp,
  binaryForward,
  binaryForwardOracle,
  binaryGradient,
  binaryGradientOracle,
  binaryGradientRow,
  binaryOps,
  broadcastDims,
  broadcastOracle,
  broadcastShapes,
  elementCount,
  expand,
  filterLayout,
  imageLayout,
  type Layout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/device/device.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { centralDifferences, expectWithin, layoutOf, numbers, runInto, shapes } from '../outputs.ts';

const devices = await openTestDevices();
const ops = Object.values<BinaryOp>(binaryOps);
const differentiable = ops.filter(({ row }) => row.gradient);

/** Two shapes that broadcast: leading dimensions missing or sizes replaced by 1, on either side. */
const pairs = (maxElements: number) =>
  shapes()
    .filter((shape) => elementCount(shape) <= maxElements)
    .chain((out) => {
      const side = fc
        .tuple(
          fc.integer({ min: 0, max: out.length }),
          fc.array(fc.boolean(), { minLength: out.length, maxLength: out.length }),
        )
        .map(([drop, ones]) => out.map((size, dim) => (ones[dim] ? 1 : size)).slice(drop));
      return fc.oneof(fc.constant([out, out]), fc.tuple(side, side), fc.tuple(fc.constant(out), side));
    });

/** Values of b stay away from 0 for the division; few different ones, so that ties happen. */
const operands = (a: number[], b: number[]) =>
  fc.tuple(
    layoutOf(a),
    layoutOf(b),
    layoutOf(broadcastShapes(a, b)),
    numbers(elementCount(a), 0.5, 4, 8),
    numbers(elementCount(b), 0.5, 4, 8),
    numbers(elementCount(broadcastShapes(a, b))),
  );
const cases = pairs(1500).chain(([a, b]) => operands(a, b));

async function forward(device: Device, op: BinaryOp, a: Layout, b: Layout, out: Layout) {
  const [x, y] = [a, b].map((layout) => fc.sample(numbers(elementCount(layout.shape), 0.5, 4, 8), 1)[0]);
  const [result] = await runInto(
    device,
    binaryForward(op, a, b, out, device.machine),
    [
      { layout: a, data: x },
      { layout: b, data: y },
    ],
    [{ layout: out }],
  );
  expectClose(result, binaryForwardOracle(op, x, a.shape, y, b.shape), 1e-6);
}

describe.each(differentiable)('$op', (op) => {
  it('has an oracle whose gradients agree with central differences', () => {
    fc.assert(
      fc.property(
        pairs(40).chain(([a, b]) => fc.tuple(fc.constant([a, b]), operands(a, b))),
        ([[shapeA, shapeB], [, , , a, b, dy]]) => {
          const out = broadcastShapes(shapeA, shapeB);
          const wideA = broadcastOracle(a, shapeA, out);
          // No ties: max is not smooth there.
          const wideB = broadcastOracle(b, shapeB, out).map((value) => value + 0.1);
          const f = (x: ArrayLike<number>, y: ArrayLike<number>) => binaryForwardOracle(op, x, out, y, out);
          const gradient = (of: 'a' | 'b') => binaryGradientOracle(op, of, dy, wideA, out, wideB, out);
          expectWithin(
            gradient('a'),
            centralDifferences((x) => f(x, wideB), wideA, dy),
            16,
          );
          expectWithin(
            gradient('b'),
            centralDifferences((y) => f(wideA, y), wideB, dy),
            16,
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  it.each(devices)('computes both gradients on $name', async ({ device }) => {
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom<('a' | 'b')[]>('a', 'b'), async ([a, b, out, x, y, dy], of) => {
        const data = { dy: { layout: out, data: dy }, a: { layout: a, data: x }, b: { layout: b, data: y } };
        const kernel = binaryGradient(op, of, a, b, out, device.machine);
        const inputs = binaryGradientRow(op, of).reads.map((name) => data[name]);
        const [result] = await runInto(device, kernel, inputs, [{ layout: out }]);
        expectClose(result, binaryGradientOracle(op, of, dy, x, a.shape, y, b.shape), 2e-6);
      }),
      { numRuns: 10 },
    );
  });
});

describe.each(devices)('binary kernels on $name', ({ device }) => {
  it.each(ops)('$op equals the oracle for any pair of shapes and layouts', async (op) => {
    await fc.assert(
      fc.asyncProperty(cases, async ([a, b, out, x, y]) => {
        const kernel = binaryForward(op, a, b, out, device.machine);
        const inputs = [
          { layout: a, data: x },
          { layout: b, data: y },
        ];
        const [result] = await runInto(device, kernel, inputs, [{ layout: out }]);
        expectClose(result, binaryForwardOracle(op, x, a.shape, y, b.shape), 1e-6);
      }),
      { numRuns: 10 },
    );
  });

  it('broadcasts the usual cases: bias, channel scale, scalar, filters', async () => {
    const image = imageLayout([4, 17, 9, 7]);
    await forward(device, binaryOps.add, image, imageLayout([1, 17, 1, 1]), image);
    await forward(device, binaryOps.mul, image, rowMajor([1, 17, 1, 1]), image);
    await forward(device, binaryOps.mul, image, imageLayout([4, 17, 1, 1]), image);
    await forward(device, binaryOps.div, image, rowMajor([]), image);
    await forward(device, binaryOps.sub, imageLayout([4, 1, 9, 7]), image, image);
    await forward(device, binaryOps.add, rowMajor([33, 10]), rowMajor([10]), rowMajor([33, 10]));
    const filter = filterLayout([6, 5, 3, 3]);
    await forward(device, binaryOps.div, filter, filter, filter);
    await forward(device, binaryOps.div, filter, rowMajor([6, 5, 3, 3]), filter);
    await forward(device, binaryOps.add, rowMajor([6, 1, 1, 1]), filter, filter);
    await forward(device, binaryOps.add, filter, rowMajor([5, 1, 1]), rowMajor([6, 5, 3, 3]));
  });

  it('expands and scales', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([, b, out, , y]) => {
        const [result] = await runInto(
          device,
          expand(b, out, 0.25, device.machine),
          [{ layout: b, data: y }],
          [{ layout: out }],
        );
        expectClose(
          result,
          broadcastOracle(y, b.shape, out.shape).map((value) => value / 4),
          1e-7,
        );
      }),
      { numRuns: 10 },
    );
  });
});

describe('broadcasting', () => {
  it('follows PyTorch', () => {
    expect(broadcastShapes([5, 1, 4], [3, 1])).toEqual([5, 3, 4]);
    expect(broadcastShapes([], [2])).toEqual([2]);
    expect(broadcastDims([3, 1], [5, 3, 4])).toEqual([0, 2]);
    expect(broadcastDims([1, 1], [1, 1])).toEqual([]);
  });

  it('names both shapes when they do not fit', () => {
    expect(() => broadcastShapes([2, 3], [4], 'add')).toThrow(/add: shapes \[2,3\] and \[4\].*3 against 4/);
    expect(() => binaryForward(binaryOps.mul, rowMajor([3]), rowMajor([2]), rowMajor([2]))).toThrow(
      /mulForward: shape \[3\] does not broadcast to \[2\]/,
    );
  });

  it('refuses gradients of comparisons', () => {
    expect(() => binaryGradientRow(binaryOps.gt, 'a')).toThrow(/no gradient/);
  });
});
