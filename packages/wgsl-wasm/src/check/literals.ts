/** The values of number literals. */
import { rare } from '../rare.ts';
import type { NumberLiteral } from '../syntax/ast.ts';
import type { Context, Operand } from './context.ts';
import { constantOperand } from './operand.ts';
import { ABSTRACT_FLOAT, ABSTRACT_INT, F16, F32, I32, type ScalarType, U32 } from './types.ts';
import { isInRange, roundTo } from './values.ts';

export function checkNumber(ctx: Context, literal: NumberLiteral): Operand {
  const { suffix } = literal;
  if (suffix === 'h') rare().requireF16(ctx, literal, `the literal '${literal.text}h'`);
  if (literal.isFloat)
    return checkFloat(ctx, literal, suffix === 'f' ? F32 : suffix === 'h' ? F16 : ABSTRACT_FLOAT);
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
  const value = /^0[xX]/.test(text) ? rare().hexFloat(ctx, literal, type) : Number(text);
  if (!isInRange(value, type)) ctx.fail(literal, `the value ${text} cannot be represented as '${type.name}'`);
  return constantOperand(literal, type, roundTo(value, type));
}
