import { describe, expect, it } from 'vitest';
import { samples } from '../accuracy.ts';
import { evaluate } from '../harness.ts';
import { exact } from './support.ts';

describe('the smaller and the larger of two floats', () => {
  const special = [
    0,
    -0,
    1,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    3.4e38,
    1e-45,
  ];
  const pairs = special.flatMap((a) => special.map((b) => [a, b]));

  it('are the first operand where neither is less, in scalars as in vectors', () => {
    for (const relaxedSimd of [true, false]) {
      for (const [expression, takesSecond] of [
        ['min(a, b)', (a: number, b: number) => b < a],
        ['max(a, b)', (a: number, b: number) => a < b],
      ] as const) {
        const { scalar, vector } = evaluate(expression, ['f32', 'f32', 'f32'], pairs, { relaxedSimd });
        for (const [i, [a, b]] of pairs.entries()) {
          const expected = Math.fround(takesSecond(a, b) ? b : a);
          expect(scalar[i], `scalar ${expression} of ${a}, ${b}`).toBe(expected);
          expect(vector[i], `vector ${expression} of ${a}, ${b}`).toBe(expected);
        }
      }
    }
  });
});

describe('exact functions of f32', () => {
  const numbers = [
    ...samples(-100, 100, 300),
    0,
    -0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    8388607.5,
    2 ** 30,
    -3e38,
    Number.POSITIVE_INFINITY,
  ].map((x) => [x]);
  const even = (x: number) => {
    const down = Math.floor(x);
    const rest = x - down;
    const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0);
    return Math.abs(x) >= 2 ** 23
      ? x
      : up
        ? down + 1 || (x < 0 ? -0 : 0)
        : down || (Object.is(x, -0) || x < 0 ? -0 : 0);
  };
  it('rounding', () => {
    exact('floor(a)', ['f32', 'f32'], numbers, Math.floor);
    exact('ceil(a)', ['f32', 'f32'], numbers, Math.ceil);
    exact('trunc(a)', ['f32', 'f32'], numbers, Math.trunc);
    exact('round(a)', ['f32', 'f32'], numbers, even);
    exact(
      'fract(a)',
      ['f32', 'f32'],
      numbers.filter(([x]) => Number.isFinite(x)),
      (x) => x - Math.floor(x),
    );
  });
  it('abs, sign, min, max, clamp, saturate, step', () => {
    exact('abs(a)', ['f32', 'f32'], numbers, Math.abs);
    exact(
      'sign(a)',
      ['f32', 'f32'],
      numbers.filter(([x]) => !Object.is(x, -0)),
      Math.sign,
    );
    const two = numbers
      .map(([x], i) => [x, numbers[(i * 5) % numbers.length][0]])
      .filter(([x, y]) => x !== y);
    exact('min(a, b)', ['f32', 'f32', 'f32'], two, Math.min);
    exact('max(a, b)', ['f32', 'f32', 'f32'], two, Math.max);
    exact('clamp(a, T(-2.5), T(7.0))', ['f32', 'f32'], numbers, (x) => Math.min(Math.max(x, -2.5), 7));
    exact(
      'saturate(a)',
      ['f32', 'f32'],
      numbers.filter(([x]) => x !== 0),
      (x) => Math.min(Math.max(x, 0), 1),
    );
    exact('step(a, b)', ['f32', 'f32', 'f32'], two, (edge, x) => (edge <= x ? 1 : 0));
  });
  it('sqrt', () =>
    exact(
      'sqrt(a)',
      ['f32', 'f32'],
      samples(0, 3.4e38, 2000).map((x) => [x]),
      Math.sqrt,
    ));
  it('ldexp, over the whole range', () => {
    const rows = samples(-3e38, 3e38, 400).map((x, i) => [x, ((i * 37) % 560) - 280]);
    const { scalar, vector } = evaluate('ldexp(a, to_i32(b))', ['f32', 'f32', 'f32'], rows);
    rows.forEach(([x, e], i) => {
      const expected = x * 2 ** e;
      // Below the normal range a result may be rounded twice.
      if (Math.abs(expected) >= 2 ** -126) {
        expect(scalar[i], `ldexp(${x}, ${e})`).toBe(Math.fround(expected));
        expect(vector[i]).toBe(Math.fround(expected));
      } else {
        expect(Math.abs(scalar[i] - expected)).toBeLessThanOrEqual(2 ** -149);
      }
    });
  });
  it('frexp and modf take numbers apart', () => {
    const rows = [...samples(-3e38, 3e38, 400), 1e-45, -1e-40, 0, 1, 0.5].map((x) => [Math.fround(x)]);
    const fract = evaluate('frexp(a).fract', ['f32', 'f32'], rows);
    const exponent = evaluate('frexp(a).exp', ['f32', 'i32'], rows);
    rows.forEach(([x], i) => {
      expect(fract.scalar[i] * 2 ** exponent.scalar[i]).toBe(x);
      expect(fract.vector[i]).toBe(fract.scalar[i]);
      expect(exponent.vector[i]).toBe(exponent.scalar[i]);
      const size = Math.abs(fract.scalar[i]);
      if (x !== 0) expect(size >= 0.5 && size < 1).toBe(true);
    });
    exact('modf(a).whole', ['f32', 'f32'], rows, Math.trunc);
    exact('modf(a).fract', ['f32', 'f32'], rows, (x) => x - Math.trunc(x));
  });
  it('mix, smoothstep, fma, degrees, radians', () => {
    const rows = samples(-10, 10, 200).map((x, i, all) => [
      x,
      all[(i * 3) % 200],
      all[(i * 7) % 200] / 20 + 0.5,
    ]);
    const types = ['f32', 'f32', 'f32', 'f32'];
    const close = (expression: string, f: (...args: number[]) => number) => {
      const { scalar, vector } = evaluate(expression, types, rows);
      rows.forEach((row, i) => {
        const tolerance = 1e-5 * (1 + Math.max(...row.map(Math.abs)));
        expect(Math.abs(scalar[i] - f(...row))).toBeLessThan(tolerance);
        expect(Math.abs(vector[i] - f(...row))).toBeLessThan(tolerance);
      });
    };
    close('mix(a, b, c)', (a, b, c) => a * (1 - c) + b * c);
    close('fma(a, b, c)', (a, b, c) => a * b + c);
    close('degrees(a) + radians(b) + c', (a, b, c) => (a * 180) / Math.PI + (b * Math.PI) / 180 + c);
    close('smoothstep(T(-1.0), T(2.5), a) + b + c', (a, b, c) => {
      const t = Math.min(Math.max((a + 1) / 3.5, 0), 1);
      return t * t * (3 - 2 * t) + b + c;
    });
  });
});
