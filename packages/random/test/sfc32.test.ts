import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sfc32 } from '../src/index.ts';

/** The definition, in whole numbers of any size. */
function* reference(words: readonly number[]): Generator<number> {
  const word = (value: bigint) => value & 0xffff_ffffn;
  let [a, b, c, counter] = [...words.map((value) => word(BigInt(value))), 1n];
  for (;;) {
    const sum = word(a + b + counter);
    counter = word(counter + 1n);
    [a, b, c] = [b ^ (b >> 9n), word(c + (c << 3n)), word(word((c << 21n) | (c >> 11n)) + sum)];
    yield Number(sum);
  }
}

it('sfc32 draws what its definition says, from any state, with and without skipped draws', () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(fc.tuple(word, word, word), fc.nat(20), (words, skip) => {
      const expected = reference(words).drop(skip);
      const bits = sfc32(words, skip);
      for (let i = 0; i < 100; i++) expect(bits()).toBe(expected.next().value);
    }),
  );
});
