import {
  argMaxOracle,
  broadcastDims,
  broadcastShapes,
  elementCount,
  reducedShape,
  reduceOracle,
  varianceOracle,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import { argmax, max, mean, min, sum, sumToSize, variance } from '../../../src/ops/index.ts';
import { tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { expectNear } from '../../support/numbers.ts';
import { fromOp } from '../../support/observe.ts';
import { random } from '../../support/random.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { broadcastPairs, distinct, input, shapes } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();
const ops = { sum, mean, max, min } as const;

/** A tensor, some of its dimensions (a few of them counted from the end) and whether they stay with size 1. */
const cases = shapes(1, 4).chain((shape) =>
  fc.record({
    x: input(shape),
    dim: fc.option(
      fc
        .subarray(
          shape.map((_, d) => d),
          { minLength: 1 },
        )
        .chain((dims) => fc.boolean().map((back) => (back ? dims.map((d) => d - shape.length) : dims)))
        .chain((dims) => fc.boolean().map((alone) => (alone && dims.length === 1 ? dims[0] : dims))),
      { nil: undefined },
    ),
    keepdim: fc.boolean(),
  }),
);

/** One dimension can be given as a number. */
const listed = (dim: number | readonly number[] | undefined) => (typeof dim === 'number' ? [dim] : dim);
const positive = (dim: number | readonly number[] | undefined, rank: number) =>
  listed(dim)?.map((d) => (d < 0 ? d + rank : d)) ?? Array.from({ length: rank }, (_, d) => d);

describe.each(devices)('reductions on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(Object.keys(ops) as (keyof typeof ops)[])(
    '%s: value and gradient over any dimensions',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(cases, async ({ x, dim, keepdim }) => {
          await checkOp(runtime, {
            name,
            cancels: name === 'sum' || name === 'mean',
            inputs: [x],
            op: (values) => ops[name](values, { dim, keepdim }),
            oracle: (values) => reduceOracle(name, values, x.shape, listed(dim)),
            shape: reducedShape(x.shape, positive(dim, x.shape.length), keepdim),
            tolerance: 1e-5,
            step: 1e-6,
          });
        }),
        runs(device, 20),
      );
    },
  );

  it('variance: value and gradient, biased and not', async () => {
    const counted = fc.tuple(cases, fc.constantFrom(0, 1)).filter(([{ x, dim }, correction]) => {
      const count = positive(dim, x.shape.length).reduce((product, d) => product * x.shape[d], 1);
      return count > correction;
    });
    await fc.assert(
      fc.asyncProperty(counted, async ([{ x, dim, keepdim }, correction]) => {
        await checkOp(runtime, {
          name: 'variance',
          inputs: [x],
          op: (values) => variance(values, { dim, keepdim, correction }),
          oracle: (values) => varianceOracle(values, x.shape, listed(dim), correction),
          shape: reducedShape(x.shape, positive(dim, x.shape.length), keepdim),
          tolerance: 1e-5,
          gradientTolerance: 5e-5,
        });
      }),
      runs(device, 20),
    );
  });

  it('max and min share the gradient of ties evenly', async () => {
    const x = tensor(runtime, [5, 1, 5, 1, 5, 2], [2, 3]).requiresGrad_();
    backward(max(x), tensor(runtime, [6], []));
    expect([...(await x.grad!.array())]).toEqual([2, 0, 2, 0, 2, 0]);
    x.grad = null;
    backward(min(x, { dim: [1] }), tensor(runtime, [3, 4], [2]));
    expect([...(await x.grad!.array())]).toEqual([0, 3, 0, 4, 0, 0]);
  });

  it('argmax: the place of the largest in each row, without gradient', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes(1, 3).chain((shape) =>
          fc.tuple(fc.constant(shape), distinct(shape.reduce((a, b) => a * b, 1))),
        ),
        async ([shape, data]) => {
          const places = argmax(tensor(runtime, data, shape).requiresGrad_());
          expect(places.dtype).toBe('u32');
          expect(places.requiresGrad).toBe(false);
          expectClose(fromOp(await places.array(), device, 'argmax', 'value'), argMaxOracle(data, shape), 0);
        },
      ),
      runs(device, 10),
    );
  });

  it('sumToSize: back to the shape that was broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastPairs, fc.nat(), async ([a, b], seed) => {
        const wide = broadcastShapes(a, b);
        const next = random(seed);
        const data = Float32Array.from({ length: elementCount(wide) }, () => next());
        const y = sumToSize(tensor(runtime, data, wide), a);
        expect(y.shape).toEqual(a);
        const scale = elementCount(wide) / elementCount(a);
        const expected = reduceOracle('sum', data, wide, broadcastDims(a, wide));
        // Without dimensions to sum over, reduceOracle sums over none.
        expectNear(fromOp(await y.array(), device, 'sumToSize', 'value'), expected, 2e-6, scale);
      }),
      runs(device, 12),
    );
  });

  it('name dimensions that do not exist', () => {
    expect(() => sum(zeros(runtime, [2, 3]), { dim: [2] })).toThrow(/sum: dim \[2\] of a tensor \[2,3\]/);
    expect(() => sum(zeros(runtime, [2, 3]), { dim: -3 })).toThrow(/sum: dim \[-3\] of a tensor \[2,3\]/);
  });
});
