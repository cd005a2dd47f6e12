import { expect, it } from 'vitest';
import { addOp, binaryForward, rowMajor } from '../src/index.ts';

it('an elementwise kernel counts operations and bytes', () => {
  const { flop, bytes } = binaryForward(addOp, rowMajor([6, 5]), rowMajor([5]), rowMajor([6, 5]));
  expect({ flop, bytes }).toEqual({ flop: 30, bytes: 4 * (48 + 8 + 48) });
});
