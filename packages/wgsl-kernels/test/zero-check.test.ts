import { describe, expect, it } from 'vitest';
import { hasZeros, imageLayout, rowMajor, zeroCheck } from '../src/index.ts';

describe('the check of zeros', () => {
  it('is made for layouts that have some', () => {
    expect([rowMajor([4]), rowMajor([3]), imageLayout([1, 4, 2, 2])].map(hasZeros)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('looks at padding and tail, or at the tail alone', () => {
    expect(zeroCheck(imageLayout([2, 5, 3, 3])).wgsl).toMatchSnapshot('padding and tail');
    expect(zeroCheck(imageLayout([2, 1, 4, 4])).wgsl).toMatchSnapshot('tail');
  });
});
