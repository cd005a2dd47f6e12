/** Statements that few kernels have: `switch`, `loop`, `const_assert`. */
import type * as ast from '../syntax/ast.ts';
import { checkStatementAttributes } from './attributes.ts';
import type { Context, FunctionState } from './context.ts';
import { checkConst, checkValue } from './expressions.ts';
import { concreteType, expectType, isAbstract, toExpression } from './operand.ts';
import type { Block, Loop, Switch, SwitchCase } from './program.ts';
import { checkBlock, checkBlockInScope, checkCondition } from './statements.ts';
import { BOOL, I32, type Type, typeName, U32 } from './types.ts';
import { converts } from './values.ts';

export function checkConstAssert(ctx: Context, statement: ast.ConstAssert): void {
  const condition = checkConst(ctx, statement.condition, 'the condition of const_assert');
  if (condition.type !== BOOL) {
    ctx.fail(statement.condition, `const_assert takes a bool, not '${typeName(condition.type)}'`);
  }
  if (!condition.value) ctx.fail(statement, 'const_assert failed: the condition is false');
}

export function checkSwitch(ctx: Context, statement: ast.SwitchStatement): Switch {
  checkStatementAttributes(ctx, statement.attributes);
  checkStatementAttributes(ctx, statement.bodyAttributes);
  const selector = checkValue(ctx, statement.selector);
  const clauses = statement.clauses.map((clause) => ({
    clause,
    values: clause.selectors.map((s) => (s ? checkConst(ctx, s, 'a case selector') : null)),
  }));
  // All selectors and the value they are compared with have one type; `switch 1 { case 1u {...} }` is on u32.
  const operands = [selector, ...clauses.flatMap(({ values }) => values.filter((v) => v !== null))];
  const found = operands.find((operand) => !isAbstract(operand.type)) ?? selector;
  const type: Type = concreteType(found.type);
  if (type !== I32 && type !== U32) {
    ctx.fail(statement.selector, `'switch' takes an i32 or u32, not '${typeName(type)}'`);
  }
  if (!converts(selector.type, type))
    ctx.fail(selector, `'switch' compares '${typeName(selector.type)}' with cases of '${typeName(type)}'`);
  const seen = new Set<number>();
  let hasDefault = false;
  const cases = clauses.map(({ clause, values }): SwitchCase => {
    const selectors: number[] = [];
    let isDefault = false;
    for (const operand of values) {
      if (!operand) {
        if (hasDefault) ctx.fail(clause, "a 'switch' must have exactly one default");
        hasDefault = true;
        isDefault = true;
        continue;
      }
      const value = expectType(ctx, operand, type, 'the case selector').value as number;
      if (seen.has(value)) ctx.fail(operand, `the case ${value} stands twice in this switch`);
      seen.add(value);
      selectors.push(value);
    }
    (ctx.current as FunctionState).breakTargets.push('switch');
    const body = checkBlock(ctx, clause.body);
    (ctx.current as FunctionState).breakTargets.pop();
    return { pos: clause.start, selectors, isDefault, body };
  });
  if (!hasDefault)
    ctx.fail({ start: statement.start, end: statement.start + 6 }, "a 'switch' must have a default clause");
  const value = toExpression(expectType(ctx, selector, type, 'the selector'));
  return { kind: 'switch', pos: statement.start, selector: value, cases };
}

export function checkLoop(ctx: Context, statement: ast.LoopStatement): Loop {
  checkStatementAttributes(ctx, statement.attributes);
  const state = ctx.current as FunctionState;
  const scope = ctx.pushScope();
  const loop = { continueAt: Number.POSITIVE_INFINITY, inContinuing: false };
  scope.loop = loop;
  state.loops.push({ scope, state: loop });
  state.breakTargets.push('loop');
  const body = checkBlockInScope(ctx, statement.body);
  state.breakTargets.pop();
  state.loops.pop();
  let continuing: Block | null = null;
  let breakIf: Loop['breakIf'] = null;
  if (statement.continuing) {
    loop.inContinuing = true;
    state.breakTargets.push('continuing');
    ctx.pushScope();
    continuing = checkBlockInScope(ctx, statement.continuing);
    if (statement.breakIf) breakIf = checkCondition(ctx, statement.breakIf, 'break if');
    ctx.popScope();
    state.breakTargets.pop();
  }
  ctx.popScope();
  return { kind: 'loop', pos: statement.start, body, continuing, breakIf };
}
