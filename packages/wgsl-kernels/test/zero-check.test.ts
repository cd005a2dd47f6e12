import { expect, it } from 'vitest';
import { hasZeros, imageLayout, rowMajor } from '../src/index.ts';

it('a check of zeros is made for layouts that have some', () => {
  expect([rowMajor([4]), rowMajor([3]), imageLayout([1, 4, 2, 2])].map(hasZeros)).toEqual([
    false,
    true,
    true,
  ]);
});
