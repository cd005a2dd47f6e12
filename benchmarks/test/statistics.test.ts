import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, quartiles, spread } from '../src/statistics.ts';

const timings = fc.array(fc.double({ min: 0.001, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 40 });

describe('statistics of timings', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('has as many values below the median as above', () => {
    fc.assert(
      fc.property(timings, (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(below).toBeLessThanOrEqual(values.length / 2);
        expect(above).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  it('leaves its input as it is and does not depend on its order', () => {
    fc.assert(
      fc.property(timings, (values) => {
        const before = [...values];
        const one = spread(values);
        expect(values).toEqual(before);
        expect(spread([...values].reverse())).toEqual(one);
      }),
    );
  });

  it('orders minimum, quartiles and median', () => {
    fc.assert(
      fc.property(timings, (values) => {
        const {
          min,
          quartiles: [low, high],
          median: middle,
          count,
        } = spread(values);
        expect(count).toBe(values.length);
        expect(min).toBeLessThanOrEqual(low);
        expect(low).toBeLessThanOrEqual(middle);
        expect(middle).toBeLessThanOrEqual(high);
      }),
    );
    expect(quartiles([1, 2, 3, 4, 5, 6, 7, 8])).toEqual([3, 7]);
  });

  it('is not moved by one interrupted run', () => {
    expect(spread([5, 5, 5, 5, 900]).median).toBe(5);
  });
});
