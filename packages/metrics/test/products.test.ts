import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gramMatrix, pairwiseDistances } from '../src/index.ts';
import { rowsSum, rowsTimes } from '../src/products.ts';

const matrix = fc
  .record({ n: fc.integer({ min: 1, max: 11 }), d: fc.integer({ min: 1, max: 9 }) })
  .chain(({ n, d }) =>
    fc.record({
      n: fc.constant(n),
      d: fc.constant(d),
      rows: fc
        .array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: n * d, maxLength: n * d })
        .map((values) => Float64Array.from(values)),
      factors: fc
        .array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: n, maxLength: n })
        .map((values) => Float64Array.from(values)),
    }),
  );

/** Sums in their order, one row at a time: what four at a time must give, bit by bit. */
function each(n: number, d: number, start: number, term: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = start;
    for (let j = 0; j < d; j++) sum += term(i, j);
    return sum;
  });
}

describe('four rows at a time have the bits of one', () => {
  it('products with a vector', () => {
    fc.assert(
      fc.property(matrix, fc.double({ min: -1, max: 1, noNaN: true }), ({ n, d, rows }, start) => {
        const v = rows.subarray(0, d);
        const out = new Float64Array(n);
        rowsTimes(rows, v, start, out);
        expect(out).toEqual(each(n, d, start, (i, j) => rows[i * d + j] * v[j]));
      }),
    );
  });

  it('sums of rows', () => {
    fc.assert(
      fc.property(matrix, ({ n, d, rows, factors }) => {
        const out = new Float64Array(d).fill(Number.NaN);
        rowsSum(rows, factors, out);
        expect(out).toEqual(each(d, n, 0, (j, i) => rows[i * d + j] * factors[i]));
      }),
    );
  });

  it('dot products and distances of all pairs', () => {
    fc.assert(
      fc.property(matrix, ({ n, d, rows }) => {
        const pairs = (term: (i: number, j: number, c: number) => number): Float64Array =>
          each(n * n, d, 0, (at, c) => term(Math.floor(at / n), at % n, c));
        expect(gramMatrix(rows, n, d)).toEqual(pairs((i, j, c) => rows[i * d + c] * rows[j * d + c]));
        expect(pairwiseDistances(rows, n, d)).toEqual(
          pairs((i, j, c) => (rows[i * d + c] - rows[j * d + c]) ** 2).map(Math.sqrt),
        );
      }),
    );
  });
});
