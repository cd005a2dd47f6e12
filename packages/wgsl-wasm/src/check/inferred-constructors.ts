/** `vec3(…)` and `array(…)` without an element type: it follows from the arguments. */
import type { CallExpression } from '../syntax/ast.ts';
import { commonScalar } from './builtins/overloads.ts';
import { assemble, constructVector } from './constructors.ts';
import type { Context, Operand } from './context.ts';
import { coerce, constantOperand, elementOf } from './operand.ts';
import { isConstructible } from './resolve.ts';
import { ABSTRACT_INT, arrayOf, type ScalarType, type Type, typeName, vectorOf } from './types.ts';
import { converts, zeroValue } from './values.ts';

/** `vec3(args)`: the element type is the common type of the arguments. */
export function constructInferredVector(
  ctx: Context,
  call: CallExpression,
  size: 2 | 3 | 4,
  args: Operand[],
): Operand {
  if (args.length === 0)
    return constantOperand(call, vectorOf(size, ABSTRACT_INT), zeroValue(vectorOf(size, ABSTRACT_INT)));
  let common: ScalarType | null = null;
  for (const arg of args) {
    const element = elementOf(arg.type);
    if (!element) ctx.fail(arg, `'${typeName(arg.type)}' cannot be part of a vector`);
    const joined: ScalarType | null = common ? commonScalar(common, element) : element;
    if (!joined) {
      ctx.fail(
        arg,
        `the components of a vector must have one type; '${element.name}' does not fit '${common?.name}'`,
      );
    }
    common = joined;
  }
  // An abstract common type means that every argument is a constant.
  return constructVector(ctx, call, vectorOf(size, common as ScalarType), args);
}

/** `array(args)`: the element type is the common type of the arguments, the count their number. */
export function constructInferredArray(ctx: Context, call: CallExpression, args: Operand[]): Operand {
  if (args.length === 0)
    ctx.fail(call, "'array()' has no element to infer the type from; write array<T, N>()");
  const common = args.reduce<Type>((joined, arg) => {
    if (converts(arg.type, joined)) return joined;
    if (converts(joined, arg.type)) return arg.type;
    return ctx.fail(
      arg,
      `the elements of an array must have one type; '${typeName(arg.type)}' does not fit '${typeName(joined)}'`,
    );
  }, args[0].type);
  if (!isConstructible(common)) ctx.fail(call, `'${typeName(common)}' cannot be an array element here`);
  const parts = args.map((arg) => coerce(ctx, arg, common));
  return assemble(call, arrayOf(common, args.length), parts);
}
