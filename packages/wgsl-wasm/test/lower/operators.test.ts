import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOf, floatOf } from './accuracy.ts';
import { evaluate } from './harness.ts';

const INTEGER_EDGES = [
  0, 1, -1, 2, 3, 7, 31, 32, 33, 255, 65535, 65536, 0x7fffffff, -0x80000000, -0x7fffffff, 0x55555555,
];
const FLOAT_EDGES = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  1e-45,
  -1e-40,
  2 ** -126,
  3.4028235e38,
  -3.4028235e38,
  1e10,
  2147483648,
  -2147483648,
  4294967296,
  16777217,
]
  .map(Math.fround)
  .concat([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);

const pairs = (edges: number[]) => edges.flatMap((a) => edges.map((b) => [a, b]));

/** Random rows beside the edges. */
function rowsOf(type: string, arity: number): number[][] {
  const isFloat = type === 'f32';
  const edges = isFloat ? FLOAT_EDGES : INTEGER_EDGES;
  const value = fc.oneof(
    fc.integer({ min: -0x80000000, max: 0x7fffffff }).map((bits) => (isFloat ? floatOf(bits) : bits)),
    fc.integer({ min: -40, max: 40 }).map((n) => (isFloat ? Math.fround(n / 4) : n)),
  );
  const random = fc.sample(fc.array(value, { minLength: arity, maxLength: arity }), {
    numRuns: 400,
    seed: 7,
  });
  const fixed = arity === 1 ? edges.map((a) => [a]) : pairs(edges);
  return [...fixed, ...random].map((row) => (type === 'u32' ? row.map((x) => x >>> 0) : row));
}

/** Results as the type holds them; NaN compares equal to NaN, and 0 differs from -0. */
function check(
  expression: string,
  types: readonly string[],
  f: (...args: number[]) => number | boolean,
  rows = rowsOf(types[0], types.length - 1),
): void {
  const { scalar, vector } = evaluate(expression, types, rows);
  const result = types.at(-1)!;
  const expected = rows.map((row) => {
    const value = Number(f(...row));
    if (result === 'f32') return Math.fround(value);
    return result === 'i32' ? value | 0 : value >>> 0;
  });
  rows.forEach((row, i) => {
    for (const [shape, found] of [
      ['scalar', scalar[i]],
      ['vector', vector[i]],
    ] as const) {
      if (!Object.is(found, expected[i])) {
        expect.fail(
          `${shape} ${types[0]} ${expression} of ${row.join(', ')} is ${found}, not ${expected[i]}`,
        );
      }
    }
  });
  expect(scalar).toHaveLength(rows.length);
}

const divide = (a: number, b: number) => (b === 0 ? a : Math.trunc(a / b));
const remainder = (a: number, b: number) => (b === 0 ? 0 : a % b);

describe('operators on i32 and u32', () => {
  const both: [string, (a: number, b: number) => number][] = [
    ['a + b', (a, b) => a + b],
    ['a - b', (a, b) => a - b],
    ['a * b', Math.imul],
    ['a / b', divide],
    ['a % b', remainder],
    ['a & b', (a, b) => a & b],
    ['a | b', (a, b) => a | b],
    ['a ^ b', (a, b) => a ^ b],
  ];
  for (const type of ['i32', 'u32']) {
    for (const [expression, f] of both)
      it(`${expression} (${type})`, () => check(expression, [type, type, type], f));
    for (const [operator, f] of Object.entries({
      '<': (a: number, b: number) => a < b,
      '<=': (a: number, b: number) => a <= b,
      '>': (a: number, b: number) => a > b,
      '>=': (a: number, b: number) => a >= b,
      '==': (a: number, b: number) => a === b,
      '!=': (a: number, b: number) => a !== b,
    })) {
      it(`a ${operator} b (${type})`, () => check(`a ${operator} b`, [type, type, 'bool'], f));
    }
    it(`shifts by counts modulo 32, varying and constant (${type})`, () => {
      const rows = rowsOf(type, 2).map(([a, b]) => [a, b >>> 0]);
      const right = (a: number, b: number) => (type === 'i32' ? a >> (b & 31) : a >>> (b & 31));
      check('a << b', [type, 'u32', type], (a, b) => a << (b & 31), rows);
      check('a >> b', [type, 'u32', type], right, rows);
      check('(a >> to_u32(5)) + (a << to_u32(35 - 32))', [type, type], (a) => right(a, 5) + (a << 3));
    });
    it(`division by constants (${type})`, () => {
      for (const d of [1, 2, 3, 8, 10, 100, 0x7fffffff]) {
        check(`a / T(${d}) + a % T(${d})`, [type, type], (a) => divide(a, d) + remainder(a, d));
      }
    });
  }
  it('-a and ~a', () => {
    check('-a', ['i32', 'i32'], (a) => -a);
    check('~a', ['u32', 'u32'], (a) => ~a);
  });
});

describe('operators on f32', () => {
  const rows = rowsOf('f32', 2);
  for (const [expression, f] of [
    ['a + b', (a: number, b: number) => a + b],
    ['a - b', (a: number, b: number) => a - b],
    ['a * b', (a: number, b: number) => a * b],
    ['a / b', (a: number, b: number) => a / b],
    ['-a', (a: number) => -a],
  ] as const) {
    it(expression, () => check(expression, ['f32', 'f32', 'f32'], f as never, rows));
  }
  it('comparisons, also with NaN', () => {
    check('a < b', ['f32', 'f32', 'bool'], (a, b) => a < b, rows);
    check('a >= b', ['f32', 'f32', 'bool'], (a, b) => a >= b, rows);
    check('a == b', ['f32', 'f32', 'bool'], (a, b) => a === b, rows);
    check('a != b', ['f32', 'f32', 'bool'], (a, b) => a !== b, rows);
  });
  it('a % b is a - b * trunc(a / b)', () => {
    const f = (a: number, b: number) => a - Math.fround(b * Math.trunc(Math.fround(a / b)));
    const { scalar } = evaluate('a % b', ['f32', 'f32', 'f32'], rows, { relaxedSimd: false });
    rows.forEach(([a, b], i) => {
      expect(scalar[i], `${a} % ${b}`).toBe(Math.fround(f(a, b)));
    });
    check(
      'a % T(2.5)',
      ['f32', 'f32'],
      (a) => (a % 2.5) + 0,
      Array.from({ length: 200 }, (_, i) => [i / 4 - 25]),
    );
  });
});

describe('operators on bool', () => {
  const rows = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b]));
  it('!, &, |, ==, !=', () => {
    check(
      '!a',
      ['bool', 'bool'],
      (a) => !a,
      rows.map(([a]) => [a]),
    );
    check('a & b', ['bool', 'bool', 'bool'], (a, b) => a && b, rows);
    check('a | b', ['bool', 'bool', 'bool'], (a, b) => a || b, rows);
    check('a == b', ['bool', 'bool', 'bool'], (a, b) => a === b, rows);
    check('a != b', ['bool', 'bool', 'bool'], (a, b) => a !== b, rows);
  });
});

describe('conversions', () => {
  const floats = rowsOf('f32', 1);
  it('f32 to integers: toward zero, beyond the range the nearest number of both types', () => {
    const cut = (low: number, high: number) => (x: number) =>
      Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high);
    check('to_i32(a)', ['f32', 'i32'], cut(-0x80000000, 2147483520), floats);
    check('to_u32(a)', ['f32', 'u32'], cut(0, 4294967040), floats);
  });
  it('integers to f32: to the nearest, ties to even', () => {
    check('to_f32(a)', ['i32', 'f32'], (a) => a);
    check('to_f32(a)', ['u32', 'f32'], (a) => a);
  });
  it('from and to bool', () => {
    check('to_bool(a)', ['f32', 'bool'], (a) => a !== 0, floats);
    check('to_bool(a)', ['i32', 'bool'], (a) => a !== 0);
    check('to_f32(a)', ['bool', 'f32'], (a) => a, [[0], [1]]);
    check('to_i32(a)', ['bool', 'i32'], (a) => a, [[0], [1]]);
  });
  it('bits are kept between i32 and u32 and by bitcast', () => {
    check('to_u32(a)', ['i32', 'u32'], (a) => a);
    check('to_i32(a)', ['u32', 'i32'], (a) => a);
    // NaN has many bit patterns, and reading it as a number may change them.
    const numbers = floats.filter(([a]) => !Number.isNaN(a));
    check('bitcast<to_i32>(a)', ['f32', 'i32'], bitsOf, numbers);
    check(
      'bitcast<to_f32>(a)',
      ['i32', 'f32'],
      floatOf,
      numbers.map(([a]) => [bitsOf(a)]),
    );
  });
});
