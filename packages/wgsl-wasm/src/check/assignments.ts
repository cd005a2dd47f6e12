/** Assignment, compound assignment, increment and decrement. */
import type { AssignmentStatement, Expression as AstExpression, IncrementStatement } from '../syntax/ast.ts';
import { applyBinary } from './binary.ts';
import type { Context } from './context.ts';
import { checkExpression, checkValue } from './expressions.ts';
import { constantOperand, expectType, load, rootVariable, toExpression } from './operand.ts';
import type { Binary, CompoundAssign, Place, Statement } from './program.ts';
import { isConstructible } from './resolve.ts';
import { I32, typeName, U32 } from './types.ts';

/** The place that an assignment writes; everything that cannot be written is refused. */
function checkTarget(ctx: Context, target: AstExpression): Place {
  const { place, type } = checkExpression(ctx, target);
  if (!place) {
    if (target.kind === 'index' && checkExpression(ctx, target.base).place?.kind === 'swizzle') {
      ctx.unsupported(target, 'assignment to a swizzle indexed by a value that is not constant is');
    }
    const named =
      target.kind === 'identifier'
        ? `'${target.name}' is a value, not a variable`
        : 'this is a value, not a variable';
    const hint = type.kind === 'pointer' ? "; write through the pointer with '*'" : '';
    ctx.fail(target, `cannot assign: ${named}${hint}`);
  }
  if (place.access === 'read') {
    const why =
      place.addressSpace === 'storage'
        ? "its access mode is 'read'"
        : `'${place.addressSpace}' memory is read-only`;
    ctx.fail(target, `cannot assign: ${why}`);
  }
  if (!isConstructible(type)) {
    const how = type.kind === 'atomic' ? '; use atomicStore' : '';
    ctx.fail(target, `cannot assign to a value of type '${typeName(type)}'${how}`);
  }
  if (place.kind === 'swizzle' && new Set(place.components).size !== place.components.length) {
    ctx.fail(target, 'cannot assign: the swizzle names a component twice');
  }
  const variable = rootVariable(place);
  if (variable) variable.assigned = true;
  return place;
}

export function assignment(ctx: Context, statement: AssignmentStatement): Statement | null {
  const pos = statement.start;
  if (!statement.target) return phony(ctx, statement);
  if (statement.operator !== '=') return compound(ctx, statement, statement.target);
  const target = checkTarget(ctx, statement.target);
  const value = expectType(ctx, checkValue(ctx, statement.value), target.type, 'the assigned value');
  return { kind: 'assign', pos, target, value: toExpression(value) };
}

function phony(ctx: Context, statement: AssignmentStatement): Statement | null {
  const operand = checkValue(ctx, statement.value);
  if (operand.value !== undefined) return null;
  return { kind: 'evaluate', pos: statement.start, expression: toExpression(operand) };
}

function compound(ctx: Context, statement: AssignmentStatement, targetExpression: AstExpression): Statement {
  const target = checkTarget(ctx, targetExpression);
  const { start, end } = targetExpression;
  const left = load(ctx, {
    start,
    end,
    type: target.type,
    stage: 2,
    value: undefined,
    place: target,
    expression: null,
  });
  const operator = statement.operator.slice(0, -1) as CompoundAssign['operator'];
  const result = applyBinary(ctx, statement, operator, left, checkValue(ctx, statement.value));
  if (result.type !== target.type) {
    ctx.fail(
      statement,
      `'${statement.operator}' gives a value of type '${typeName(result.type)}', which cannot be assigned to '${typeName(target.type)}'`,
    );
  }
  return { kind: 'compoundAssign', pos: start, operator, target, value: (result.expression as Binary).right };
}

export function increment(ctx: Context, statement: IncrementStatement): Statement {
  const target = checkTarget(ctx, statement.target);
  const { type } = target;
  if (type !== I32 && type !== U32) {
    ctx.fail(statement.target, `'${statement.operator}' takes an i32 or u32, not '${typeName(type)}'`);
  }
  const one = toExpression(constantOperand(statement, type, 1));
  const operator = statement.operator === '++' ? '+' : '-';
  return { kind: 'compoundAssign', pos: statement.start, operator, target, value: one };
}
