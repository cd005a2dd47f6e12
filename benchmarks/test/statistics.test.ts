import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  estimate,
  halfWidth,
  median,
  quartiles,
  ratioOfMeans,
  spread,
  student95,
} from '../src/statistics.ts';

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

describe('the mean of measurements', () => {
  it.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [5, 2.571],
    [9, 2.262],
    [30, 2.042],
    [1e6, 1.96],
  ])("has Student's t for %d degrees of freedom", (freedom, t) => {
    expect(Math.abs(student95(freedom) / t - 1)).toBeLessThan(2e-3);
  });

  it('lies within its 95 % interval about 95 times in 100', () => {
    const random = normalNumbers(7);
    let within = 0;
    for (let n = 0; n < 2000; n++) {
      const one = estimate(
        Array.from({ length: 8 }, () => 10 + random()),
        'ms',
      );
      if (Math.abs(one.mean - 10) <= halfWidth(one) * one.mean) within++;
    }
    expect(within / 2000).toBeGreaterThan(0.93);
    expect(within / 2000).toBeLessThan(0.97);
  });

  it('is known by no interval from one measurement', () => {
    expect(halfWidth(estimate([3], 'ms'))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the ratio of two means', () => {
  it('lies within its 95 % interval about 95 times in 100', () => {
    const random = normalNumbers(11);
    let within = 0;
    for (let n = 0; n < 2000; n++) {
      const sample = (mean: number, deviation: number, length: number) =>
        estimate(
          Array.from({ length }, () => mean + deviation * random()),
          'ms',
        );
      const { interval } = ratioOfMeans(sample(12, 3, 10), sample(10, 1, 6));
      if (interval && interval[0] <= 1.2 && interval[1] >= 1.2) within++;
    }
    expect(within / 2000).toBeGreaterThan(0.93);
    expect(within / 2000).toBeLessThan(0.97);
  });

  it('is that of a textbook case (Fieller): means 2 and 1, both with an error of 0.1', () => {
    const many = { unit: 'ms', standardError: 0.1, count: 1e9 } as const;
    const { ratio, interval } = ratioOfMeans({ ...many, mean: 2 }, { ...many, mean: 1 });
    expect(ratio).toBe(2);
    // The roots of (2 - r)^2 = 1.96^2 * 0.01 * (1 + r^2).
    const q = 1.959964 ** 2 * 0.01;
    const root = Math.sqrt(16 - 4 * (1 - q) * (4 - q)) / (2 * (1 - q));
    expect(interval![0]).toBeCloseTo(2 / (1 - q) - root, 4);
    expect(interval![1]).toBeCloseTo(2 / (1 - q) + root, 4);
  });

  it('has no interval where the mean below may be 0, or where either is one measurement', () => {
    expect(ratioOfMeans(estimate([1, 2], 'ms'), estimate([0.1, 9], 'ms')).interval).toBeNull();
    expect(ratioOfMeans(estimate([1], 'ms'), estimate([1, 1.1], 'ms')).interval).toBeNull();
  });

  it('of figures that never vary is exact', () => {
    expect(ratioOfMeans(estimate([4, 4], 'ms'), estimate([2, 2], 'ms')).interval).toEqual([2, 2]);
  });
});

/** Normal numbers, the same each time (Box and Muller). */
function normalNumbers(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
