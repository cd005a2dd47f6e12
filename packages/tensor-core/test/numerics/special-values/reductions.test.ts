import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import {
  argmax,
  crossEntropy,
  logSoftmax,
  max,
  mean,
  min,
  mseLoss,
  relu,
  reshape,
  softmax,
  sum,
  variance,
} from '../../../src/ops/index.ts';
import { tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { comparison, fixture, numbers, ordinary, type Texts } from './support.ts';

const devices = await openTestDevices();
const reductions = { sum, mean, max, min };
const alongLast = { softmax, logSoftmax };

describe.each(devices)('special values of reductions on $name', ({ device }) => {
  const { runtime, exact, floats, check, compared } = comparison(device);

  /** Each row alone, beside others, and down a column: all three ways to reduce. */
  const ways: readonly (readonly [
    string,
    (row: number[]) => { data: number[]; shape: number[]; dim: number; copies: number },
  ])[] = [
    ['alone', (row) => ({ data: row, shape: [row.length], dim: 0, copies: 1 })],
    ['in rows', (row) => ({ data: [row, row, row].flat(), shape: [3, row.length], dim: 1, copies: 3 })],
    [
      'in columns',
      (row) => ({ data: row.flatMap((v) => [v, v, v, v, v]), shape: [row.length, 5], dim: 0, copies: 5 }),
    ],
  ];
  it.each(ways)('reductions %s', async (_, lay) => {
    for (const one of fixture.reductions) {
      const row = numbers(one.x);
      const { data, shape, dim, copies } = lay(row);
      const spread = (texts: Texts) =>
        dim === 0 && copies > 1
          ? texts.flatMap((t) => Array(copies).fill(t))
          : Array(copies).fill(texts).flat();
      for (const name of ['sum', 'mean', 'max', 'min'] as const) {
        const x = floats(data, shape).requiresGrad_();
        const y = reductions[name](x, { dim });
        backward(y, floats(Array(copies).fill(1), y.shape));
        const what = `${name} of [${row.slice(0, 6)}${row.length > 6 ? ', …' : ''}]`;
        check(what, await y.array(), Array(copies).fill(one[name].y[0]), () => row);
        check(`gradient of ${what}`, await x.grad!.array(), spread(one[name].dx), () => row);
      }
      // PyTorch's variance sums in float64: where a sum of squares overflows float32 it may differ.
      if (
        one.variance !== undefined &&
        !(ordinary(row) && !ordinary([Math.fround(row.reduce((s, v) => s + v * v, 0))]))
      ) {
        const y = variance(floats(data, shape), { dim });
        check(
          `variance of [${row.slice(0, 6)}]`,
          await y.array(),
          Array(copies).fill(one.variance),
          () => row,
          { relative: 1e-5 },
        );
      }
      if (dim === shape.length - 1) {
        const places = await argmax(floats(data, shape)).array();
        if (exact || ordinary(row))
          expect([...places], `argmax of [${row}]`).toEqual(Array(copies).fill(one.argmax));
        for (const name of ['softmax', 'logSoftmax'] as const) {
          const x = floats(data, shape).requiresGrad_();
          const y = alongLast[name](x);
          const result = await y.array();
          backward(
            y,
            floats(
              Array(copies)
                .fill(row.map((_, i) => i + 1))
                .flat(),
              shape,
            ),
          );
          const what = `${name} of [${row.slice(0, 6)}]`;
          check(what, result, spread(one[name].y), () => row, { relative: 1e-5 });
          // Differences of numbers near each other.
          const scale = Math.max(1, row.length);
          const dx = [...(await x.grad!.array())];
          const wanted = numbers(spread(one[name].dx));
          if (exact || ordinary([...row, ...wanted])) {
            const near = wanted.every((v, i) =>
              Number.isFinite(v) ? Math.abs(dx[i] - v) <= 1e-5 * scale : Object.is(dx[i], v),
            );
            expect(near, `gradient of ${what}: ${dx} instead of ${wanted}`).toBe(true);
          }
        }
      }
    }
  });

  it('reductions of nothing: a sum is 0, as in PyTorch; what there is not is an error, not NaN', async () => {
    for (const { op, shape, dim, y } of fixture.empty) {
      const x = floats([], shape);
      const reduced = () => (op === 'variance' ? variance(x, { dim }) : reductions[op](x, { dim }));
      if (op === 'sum' && y!.length > 0) check(`sum of [${shape}]`, await reduced().array(), y!, () => []);
      else expect(reduced).toThrow(new RegExp(`^${op}: the tensor \\[${shape}\\] is empty`));
    }
    for (const op of [softmax, logSoftmax, argmax])
      expect(() => op(floats([], [2, 0]))).toThrow(/max: .*\[2,0\] is empty/i);
    const labels = tensor(runtime, [], [0], { dtype: 'u32' });
    expect(() => crossEntropy(floats([], [0, 2]), labels)).toThrow(/crossEntropy: .*\[0,2\] is empty/);
    expect(() => mseLoss(floats([]), floats([]))).toThrow(/mse: .*\[0\] is empty/);
    expect(() => relu(floats([]))).toThrow(/relu.*: .*\[0\] is empty/);
    expect(() => reshape(floats([], [0, 3]), [3, 0])).toThrow(/reshape: .*\[0,3\] is empty/);
  });

  it('compared enough', () => {
    expect(compared()).toBeGreaterThan(exact ? 21000 : 1300);
  });
});
