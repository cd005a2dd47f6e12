import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatOf, samples, ulpError } from './accuracy.ts';
import { ACCURACY, measure } from './accuracy-table.ts';
import { evaluate } from './harness.ts';

describe('approximated functions stay within their error limits', () => {
  for (const entry of ACCURACY) {
    const domain = entry.domains.map(([low, high]) => `[${low}, ${high}]`).join(' x ');
    for (const relaxedSimd of [true, false]) {
      it(`${entry.expression} on ${domain}${relaxedSimd ? '' : ', without fused multiply-add'}`, () => {
        fc.assert(
          fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
            const { worst, at, found, expected, shapesAgree } = measure(entry, 4000, seed, relaxedSimd);
            expect(shapesAgree).toBe(true);
            if (!(worst <= entry.limit)) {
              expect.fail(
                `${entry.expression} of ${at} is ${found}, ${worst.toFixed(2)} ulp from ${expected}`,
              );
            }
          }),
          { numRuns: 3 },
        );
      });
    }
  }
});

describe('special arguments', () => {
  const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
  const cases: [string, number[], number[]][] = [
    ['exp(a)', [0, -INF, INF, 1000, -1000, NAN], [1, 0, INF, INF, 0, NAN]],
    ['exp2(a)', [0, 10, -149, -1000, 1000], [1, 1024, 2 ** -149, 0, INF]],
    ['log(a)', [1, 0, INF, -1, NAN], [0, -INF, INF, NAN, NAN]],
    ['log2(a)', [1, 8, 2 ** -149, 0, INF], [0, 3, -149, -INF, INF]],
    ['sin(a)', [0, -0], [0, -0]],
    ['cos(a)', [0], [1]],
    ['tanh(a)', [0, -0, INF, -INF, 1e-30], [0, -0, 1, -1, Math.fround(1e-30)]],
    ['sinh(a)', [0, -0, INF, -INF], [0, -0, INF, -INF]],
    ['cosh(a)', [0, INF, -INF], [1, INF, INF]],
    ['atan(a)', [0, INF, -INF, 1], [0, Math.PI / 2, -Math.PI / 2, Math.PI / 4]],
    ['asin(a)', [0, 1, -1], [0, Math.PI / 2, -Math.PI / 2]],
    ['acos(a)', [1, -1, 0], [0, Math.PI, Math.PI / 2]],
    ['asinh(a)', [0, INF, -INF], [0, INF, -INF]],
    ['acosh(a)', [1, INF], [0, INF]],
    ['atanh(a)', [0, 1, -1], [0, INF, -INF]],
    ['atan2(a, T(0.0))', [1, -1, 0], [Math.PI / 2, -Math.PI / 2, 0]],
    ['atan2(a, T(-1.0))', [0, 1, -1], [Math.PI, (3 * Math.PI) / 4, (-3 * Math.PI) / 4]],
    ['pow(a, T(2.0))', [0, 1, 3, 0.5], [0, 1, 9, 0.25]],
    ['pow(T(0.0), a)', [1, 0.5], [0, 0]],
    ['pow(a, T(0.0))', [0, 5, 1e30], [1, 1, 1]],
    ['inverseSqrt(a)', [4, 0, INF], [0.5, INF, 0]],
  ];
  for (const [expression, inputs, expected] of cases) {
    it(expression, () => {
      const { scalar, vector } = evaluate(
        expression,
        ['f32', 'f32'],
        inputs.map((x) => [x]),
      );
      expect(scalar).toEqual(vector);
      scalar.forEach((value, i) => {
        const wanted = Math.fround(expected[i]);
        const same = Object.is(value, wanted) || Math.abs(value - wanted) <= Math.abs(wanted) * 2 ** -23;
        expect(same, `${expression} of ${inputs[i]} is ${value}, not ${wanted}`).toBe(true);
      });
    });
  }
});

describe('samples and ulp, which the accuracy tests rest on', () => {
  it('measure what they should', () => {
    expect(ulpError(floatOf(0x3f800001), 1)).toBe(1);
    expect(ulpError(1, 1 + 2 ** -24)).toBe(0.5);
    expect(ulpError(Number.POSITIVE_INFINITY, 1)).toBeGreaterThan(1e6);
    expect(ulpError(Number.NaN, 1)).toBeNaN();
    expect(ulpError(0, 2 ** -149)).toBe(1);
    const values = samples(-1e-30, 1e30, 1000);
    expect(values.every((x) => x >= Math.fround(-1e-30) && x <= Math.fround(1e30))).toBe(true);
    expect(values.filter((x) => Math.abs(x) < 1e-10).length).toBeGreaterThan(100);
  });
});
