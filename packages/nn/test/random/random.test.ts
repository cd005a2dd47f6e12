import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../src/random/normal.ts';
import { RandomStream } from '../../src/random/stream.ts';

/** Words of 32 bits with their quantiles, both of the lowest numbers and near the middle. */
const quantiles = [
  [0, -6.3379577545537895],
  [1, -6.166429517819751],
  [1000, -5.039851125968712],
  [429496, -3.719016620502299],
  [42949672, -2.3263478780593587],
  [322122546, -1.4395314720898171],
  [322122547, -1.4395314704450153],
  [429496729, -1.2815515656772691],
  [858993459, -0.841621233323419],
  [1073741824, -0.6744897498297384],
  [2000000000, -0.0861809490044897],
  [2147483000, -3.7789386879271167e-7],
] as const;

describe('RandomStream', () => {
  it('draws the words that the authors of Philox publish with Random123 (philox4x32 10)', () => {
    // Counters and key of 0; the numbers are the upper 24 bits of the words.
    const random = new RandomStream(0, 0);
    for (const word of [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]) {
      expect(random.uniform()).toBe((word >>> 8) * 2 ** -24);
    }
  });

  it('repeats from the same seed and stream, and differs between them', () => {
    const draw = (seed: number, stream: number) => {
      const random = new RandomStream(seed, stream);
      return Array.from({ length: 20 }, () => random.uniform());
    };
    expect(draw(7, 3)).toEqual(draw(7, 3));
    expect(draw(7, 3)).not.toEqual(draw(7, 4));
    expect(draw(7, 3)).not.toEqual(draw(8, 3));
    expect(draw(2 ** 40, 0)).not.toEqual(draw(0, 0));
  });

  it.each([0, 1, 2, 3, 4])('fills with what single draws give, after %i of them', (before) => {
    const [single, filled] = [new RandomStream(7, 3), new RandomStream(7, 3)];
    for (let i = 0; i < before; i++) expect(filled.uniform()).toBe(single.uniform());
    for (const count of [0, 1, 3, 4, 5, 11]) {
      const numbers = new Float32Array(count);
      filled.fillUniform(numbers);
      expect([...numbers]).toEqual(Array.from({ length: count }, () => single.uniform()));
    }
    expect(filled.uniform()).toBe(single.uniform());
  });

  it('is uniform', () => {
    const random = new RandomStream(1, 0);
    const values = Array.from({ length: 20000 }, () => random.uniform());
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
  });

  it('draws the standard normal distribution: its shares between whole numbers, and its moments', () => {
    const random = new RandomStream(3, 1);
    const count = 200_000;
    const values = Array.from({ length: count }, () => random.normal());
    const share = (low: number, high: number) => values.filter((v) => v >= low && v < high).length / count;
    // From tables of the distribution; four standard deviations of a share of so many numbers.
    for (const [low, high, expected] of [
      [-0.5, 0, 0.191462],
      [0, 0.5, 0.191462],
      [0.5, 1, 0.149882],
      [1, 2, 0.135905],
      [-2, -1, 0.135905],
      [2, 3, 0.0214],
      [3, 9, 0.0013499],
    ]) {
      const deviation = Math.sqrt((expected * (1 - expected)) / count);
      expect(Math.abs(share(low, high) - expected), `${low} to ${high}`).toBeLessThan(4 * deviation);
    }
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / count;
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.015);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
    expect(new RandomStream(3, 1).normal()).toBe(values[0]);
  });

  it('has quantiles of the normal distribution that tables know, on both sides alike', () => {
    // Φ(x) of these is (word + 1/2) / 2^32; the values are from scipy.special.ndtri.
    for (const [word, expected] of quantiles) {
      expect(Math.abs(normalQuantile(word) / expected - 1), `${word}`).toBeLessThan(1e-15);
      expect(normalQuantile(2 ** 32 - 1 - word)).toBe(-normalQuantile(word));
    }
    const words = fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1));
    fc.assert(fc.property(words, ([a, b]) => a === b || a < b === normalQuantile(a) < normalQuantile(b)));
  });

  it('permutes: every number once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(1000), (count, seed) => {
        const order = new RandomStream(seed, 5).permutation(count);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
      { numRuns: 50 },
    );
  });

  it('puts every number in every place about as often', () => {
    const counts = new Array<number>(16).fill(0);
    for (let seed = 0; seed < 4000; seed++) {
      for (const [place, value] of new RandomStream(seed, 0).permutation(4).entries())
        counts[place * 4 + value]++;
    }
    // 1000 expected; the deviation is sqrt(4000 * 1/4 * 3/4) = 27.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(140);
  });

  it('refuses seeds that are not whole numbers', () => {
    expect(() => new RandomStream(-1, 0)).toThrow(/seed must be a whole number/);
    expect(() => new RandomStream(0, 0.5)).toThrow(/stream must be a whole number/);
  });
});
