/** Hexadecimal floats. */
import type { NumberLiteral } from '../syntax/ast.ts';
import type { Context } from './context.ts';
import { F16, F32, type ScalarType } from './types.ts';

/** The value of one. They are exact: a value that would have to be rounded is an error. */
export function hexFloat(ctx: Context, literal: NumberLiteral, type: ScalarType): number {
  const [digits, power = '0'] = literal.text.slice(2).split(/[pP]/);
  const [whole, fraction = ''] = digits.split('.');
  let mantissa = BigInt(`0x${whole}${fraction}`);
  if (mantissa === 0n) return 0;
  let exponent = Number(power) - 4 * fraction.length;
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent++;
  }
  const bits = mantissa.toString(2).length;
  const [precision, lowest, highest] =
    type === F32 ? [24, -149, 127] : type === F16 ? [11, -24, 15] : [53, -1074, 1023];
  if (exponent + bits - 1 > highest) {
    ctx.fail(literal, `the value ${literal.text} cannot be represented as '${type.name}'`);
  }
  if (bits > precision || exponent < lowest) {
    ctx.fail(literal, `the value ${literal.text} cannot be represented exactly as '${type.name}'`);
  }
  // In two steps: 2^exponent alone may be below the smallest double.
  const half = Math.trunc(exponent / 2);
  return Number(mantissa) * 2 ** half * 2 ** (exponent - half);
}
