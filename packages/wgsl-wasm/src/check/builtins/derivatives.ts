/** `dpdx` and the like, in fragment shaders: checked, not compiled. */
import type { CallExpression } from '../../syntax/ast.ts';
import type { Context, Operand } from '../context.ts';
import { coerce } from '../operand.ts';
import { F32, typeName } from '../types.ts';
import { builtinValue, type CallResult } from './memory.ts';
import { matchOverload } from './overloads.ts';
import { define } from './table.ts';

/** Never evaluated early: what neighbouring pixels hold is not known then. */
const OVERLOAD = define([F32], 'V -> V', ({ args }) => args[0]);

/** A call of one of them. */
export function checkDerivative(ctx: Context, call: CallExpression, args: Operand[]): CallResult {
  const { name, templateArgs } = call.callee;
  if (templateArgs) ctx.fail(call.callee, `'${name}' takes no template arguments`);
  const types = args.map(({ type }) => type);
  const match = matchOverload(OVERLOAD, types, false);
  if (!match) {
    return ctx.fail(call, `'${name}' takes f32 or a vector of f32, not (${types.map(typeName).join(', ')})`);
  }
  ctx.useInStages(call, `'${name}'`, ['fragment']);
  const operands = args.map((arg, i) => coerce(ctx, arg, match.params[i]));
  return builtinValue(call, operands, match.result, {
    mustUse: true,
    uniform: ctx.demandsUniformity('derivative_uniformity'),
  });
}
