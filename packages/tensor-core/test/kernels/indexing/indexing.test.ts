import {
  cumsum,
  cumsumOracle,
  elementCount,
  faultWords,
  type Layout,
  oneHot,
  oneHotOracle,
  rowMajor,
  type TakeSpec,
  take,
  takeGradient,
  takeGradientOracle,
  takeOracle,
  topK,
  topKOracle,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { type Operand, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { centralDifferences, cleaned, expectWithin, numbers, runInto, shapes } from '../outputs.ts';

const devices = await openTestDevices();
const noFaults: Operand = { words: faultWords, type: 'u32' };
/** An operand of whole numbers in a layout. */
const whole = (layout: Layout, data: ArrayLike<number>): Operand => ({ layout, data, type: 'u32' });

/** A shape, one of its dimensions, and whether each element has an index of its own. */
const taken = shapes(3, 1).chain((shape) =>
  fc.nat(shape.length - 1).chain((dimension) =>
    fc.record({ each: fc.boolean(), count: fc.constantFrom(1, 2, 3, 5, 8) }).chain(({ each, count }) => {
      const to = each ? shape.map((size, dim) => (dim === dimension ? count : size)) : [count];
      const size = elementCount(to);
      return fc.record({
        shape: fc.constant(shape),
        dimension: fc.constant(dimension),
        each: fc.constant(each),
        indexShape: fc.constant(to),
        index: fc.array(fc.nat(shape[dimension] - 1), { minLength: size, maxLength: size }),
        x: numbers(elementCount(shape)),
        ignored: fc.constantFrom(undefined, 0),
      });
    }),
  ),
);

describe('take', () => {
  it('has as gradient what central differences of the oracle say', () => {
    fc.assert(
      fc.property(taken, (spec) => {
        const { index, x } = spec;
        const y = takeOracle(x, index, spec);
        const dy = y.map((_, i) => ((i * 13) % 9) - 4);
        const expected = centralDifferences((moved) => takeOracle(moved, index, spec), x, dy);
        expectWithin(takeGradientOracle(dy, index, { ...spec, ignored: undefined }), expected, 40);
      }),
      { numRuns: 20 },
    );
  });

  it.each(devices)(
    'equals the oracle along any dimension, and its gradient, on $name',
    async ({ device }) => {
      await fc.assert(
        fc.asyncProperty(taken, async ({ shape, dimension, each, indexShape, index, x, ignored }) => {
          const layouts = { x: rowMajor(shape), index: rowMajor(indexShape) };
          const to = each
            ? indexShape
            : [...shape.slice(0, dimension), ...indexShape, ...shape.slice(dimension + 1)];
          const spec: TakeSpec = { op: 'gather', ...layouts, y: rowMajor(to), dimension, each };
          const positions = whole(spec.index, index);
          const inputs = [{ layout: spec.x, data: x }, positions, noFaults];
          const [y] = await runInto(device, take(spec, device.machine), inputs, [{ layout: spec.y }]);
          expect(y).toEqual(takeOracle(x, index, { shape, dimension, each }));
          const dy = Float32Array.from(y, (_, i) => ((i * 13) % 9) - 4);
          const gradient = takeGradient(ignored === undefined ? spec : { ...spec, ignored }, device.machine);
          const operands = [{ layout: spec.y, data: dy }, positions];
          const [dx] = await runInto(device, gradient, operands, [{ layout: spec.x }]);
          expectWithin(dx, takeGradientOracle(dy, index, { shape, dimension, each, ignored }), 64);
        }),
        runs(device, 60),
      );
    },
  );

  it.each(devices)(
    'notes the first index that does not exist, and gives NaN, on $name',
    async ({ device }) => {
      for (const [dimension, each, indexShape] of [
        [0, false, [2, 3]],
        [1, false, [6]],
        [0, true, [2, 3]],
      ] as const) {
        const index = [0, 1, 9, 1, 0, 0xffffffff];
        const shape = [2, 3];
        const to = each
          ? indexShape
          : [...shape.slice(0, dimension), ...indexShape, ...shape.slice(dimension + 1)];
        const layouts = { x: rowMajor(shape), index: rowMajor(indexShape), y: rowMajor(to) };
        const spec: TakeSpec = { op: 'indexSelect', ...layouts, dimension, each };
        const x = [1, 2, 3, 4, 5, 6];
        const results = await runKernel(device, take(spec, device.machine), [
          { layout: spec.x, data: Float32Array.from(x) },
          whole(spec.index, index),
          noFaults,
          { words: spec.y.size },
        ]);
        const at = 4 * 5;
        expect(Array.from(results[2]).slice(at + 1, at + 4)).toEqual([2, 9, shape[dimension]]);
        expect(results[2][at]).toBeGreaterThan(0);
        expect(cleaned('take', spec.y, results[3])).toEqual(takeOracle(x, index, { shape, dimension, each }));
      }
    },
  );

  it('names shapes that do not fit', () => {
    const spec = {
      op: 'gather',
      x: rowMajor([2, 3]),
      index: rowMajor([4]),
      dimension: 1,
      each: false,
    } as const;
    expect(() => take({ ...spec, y: rowMajor([2, 3]) })).toThrow(/\[4\] from dimension 1 of \[2,3\]/);
  });
});

const labels = fc
  .tuple(shapes(2, 1), fc.constantFrom(1, 2, 3, 4, 7, 9))
  .chain(([shape, classes]) =>
    fc.tuple(
      fc.constant(shape),
      fc.constant(classes),
      fc.array(fc.nat(classes), { minLength: elementCount(shape), maxLength: elementCount(shape) }),
    ),
  );

describe.each(devices)('on $name', ({ device }) => {
  it('oneHot equals the oracle, with a row of NaN for a label beyond the classes', async () => {
    await fc.assert(
      fc.asyncProperty(labels, async ([shape, classes, values]) => {
        const layout = rowMajor(shape);
        const kernel = oneHot({ labels: layout, classes }, device.machine);
        const inputs = [whole(layout, values), noFaults];
        const [y] = await runInto(device, kernel, inputs, [{ layout: rowMajor([...shape, classes]) }]);
        expect(y).toEqual(oneHotOracle(values, classes));
      }),
      runs(device, 20),
    );
  });

  it('topK equals the oracle: ties by position, NaN above all, -0 as 0', async () => {
    const special = [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40, -1e-40];
    const rows = shapes(2, 1).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        k: fc.integer({ min: 1, max: shape.at(-1)! }),
        largest: fc.boolean(),
        x: fc.array(fc.oneof(fc.constantFrom(...special), fc.integer({ min: -3, max: 3 })), {
          minLength: elementCount(shape),
          maxLength: elementCount(shape),
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(rows, async ({ shape, k, largest, x }) => {
        const layout = rowMajor(shape);
        const index = rowMajor([...shape.slice(0, -1), k]);
        const kernel = topK({ x: layout, k, largest }, device.machine);
        const values = Float32Array.from(x);
        const inputs = [{ layout, data: values }];
        const [found] = await runInto(device, kernel, inputs, [{ layout: index, type: 'u32' }]);
        expect(found).toEqual(topKOracle(values, shape.at(-1)!, { k, largest }));
      }),
      runs(device, 40),
    );
  });

  it('cumsum equals the oracle along any dimension from both ends', async () => {
    const sums = shapes(3, 1).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        dimension: fc.nat(shape.length - 1),
        reverse: fc.boolean(),
        x: numbers(elementCount(shape)),
      }),
    );
    await fc.assert(
      fc.asyncProperty(sums, async ({ shape, dimension, reverse, x }) => {
        const layout = rowMajor(shape);
        const kernel = cumsum({ layout, dimension, reverse }, device.machine);
        const [y] = await runInto(device, kernel, [{ layout, data: x }], [{ layout }]);
        expectWithin(y, cumsumOracle(x, shape, dimension, reverse), 64);
      }),
      runs(device, 40),
    );
  });

  it('cumsum of many equal numbers keeps its digits', async () => {
    const layout = rowMajor([20_000]);
    const x = new Float32Array(20_000).fill(0.1);
    const [y] = await runInto(
      device,
      cumsum({ layout, dimension: 0 }, device.machine),
      [{ layout, data: x }],
      [{ layout }],
    );
    const expected = cumsumOracle(x, [20_000], 0);
    expect(Math.abs(y[19_999] / expected[19_999] - 1)).toBeLessThan(5e-6);
  });
});

it('cumsum has as gradient the sums from the other end', () => {
  const x = Float64Array.from({ length: 30 }, (_, i) => Math.sin(i));
  const dy = Float64Array.from({ length: 30 }, (_, i) => Math.cos(2 * i));
  const expected = centralDifferences((moved) => cumsumOracle(moved, [2, 5, 3], 1), x, dy);
  expectWithin(cumsumOracle(dy, [2, 5, 3], 1, true), expected, 10);
});
