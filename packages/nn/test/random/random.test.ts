import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox } from '../../src/random/philox.ts';
import { RandomStream } from '../../src/random/stream.ts';

describe('philox', () => {
  // The known answers that the authors publish with Random123 (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published words for counter %j', (counter, key, words) => {
    expect(philox(counter as [number, number, number, number], key as [number, number])).toEqual(words);
  });
});

describe('RandomStream', () => {
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
