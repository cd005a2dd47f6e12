/** The values of number literals. */
import type { NumberLiteral } from '../syntax/ast.ts';
import type { Context, Operand } from './context.ts';
import { constantOperand } from './operand.ts';
import { ABSTRACT_FLOAT, ABSTRACT_INT, F32, I32, type ScalarType, U32 } from './types.ts';

export function checkNumber(ctx: Context, literal: NumberLiteral): Operand {
  const { suffix } = literal;
  if (suffix === 'h') ctx.unsupported(literal, `the literal '${literal.text}h': 16-bit floats are`);
  if (literal.isFloat) return checkFloat(ctx, literal, suffix === 'f' ? F32 : ABSTRACT_FLOAT);
  const value = BigInt(literal.text);
  const type = suffix === 'i' ? I32 : suffix === 'u' ? U32 : ABSTRACT_INT;
  const limit = type === I32 ? 2n ** 31n : type === U32 ? 2n ** 32n : 2n ** 63n;
  if (value >= limit) {
    ctx.fail(
      literal,
      `the value ${value} cannot be represented as '${type.name}': it must be below ${limit}`,
    );
  }
  return constantOperand(literal, type, type === ABSTRACT_INT ? value : Number(value));
}

function checkFloat(ctx: Context, literal: NumberLiteral, type: ScalarType): Operand {
  const { text } = literal;
  const value = /^0[xX]/.test(text) ? hexFloat(ctx, literal, type) : Number(text);
  const rounded = type === F32 ? Math.fround(value) : value;
  if (!Number.isFinite(rounded))
    ctx.fail(literal, `the value ${text} cannot be represented as '${type.name}'`);
  return constantOperand(literal, type, rounded);
}

/** Hexadecimal floats are exact: a value that would have to be rounded is an error. */
function hexFloat(ctx: Context, literal: NumberLiteral, type: ScalarType): number {
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
  const [precision, lowest, highest] = type === F32 ? [24, -149, 127] : [53, -1074, 1023];
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
