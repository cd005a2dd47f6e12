import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fusedMultiplyAdd } from '../../src/model/fused-multiply-add.ts';
import { exactMultiplyAdd } from './exact.ts';

const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 40), max: 2 ** 40 });

test('a fused multiply-add rounds once', () => {
  // Exactly between two float32, but for the last bit of the product: two roundings would go the other way.
  const x = 1 + 2 ** -12;
  expect(fusedMultiplyAdd(x, x, 2 ** -60)).toBe(exactMultiplyAdd(x, x, 2 ** -60));
  fc.assert(
    fc.property(float, float, float, (x, y, z) => {
      expect(fusedMultiplyAdd(x, y, z)).toBe(exactMultiplyAdd(x, y, z));
    }),
    { numRuns: 2000 },
  );
});

test('also where the product lies a bit beside the middle of two float32', () => {
  // A few times 24 bits has a few bits too many: often it is such a middle. The sum has more bits than float64.
  const near = fc.tuple(fc.integer({ min: 2 ** 23, max: 2 ** 24 }), fc.integer({ min: 2, max: 63 }));
  fc.assert(
    fc.property(near, fc.integer({ min: -80, max: -1 }), fc.boolean(), ([x, y], exponent, up) => {
      const z = (up ? 1 : -1) * 2 ** exponent;
      expect(fusedMultiplyAdd(x, y, z)).toBe(exactMultiplyAdd(x, y, z));
      expect(fusedMultiplyAdd(-x, y, z)).toBe(exactMultiplyAdd(-x, y, z));
    }),
    { numRuns: 2000 },
  );
});
