/** Statements: scopes, types, and where `break`, `continue` and `return` may stand. */
import type * as ast from '../syntax/ast.ts';
import { assignment, increment } from './assignments.ts';
import { checkStatementAttributes } from './attributes.ts';
import { checkCall } from './calls.ts';
import type { Context, FunctionState } from './context.ts';
import { checkConst, checkTyped, checkValue } from './expressions.ts';
import { checkLocal } from './locals.ts';
import { concreteType, expectType, isAbstract, toExpression } from './operand.ts';
import type { Block, Loop, Statement, Switch, SwitchCase } from './program.ts';
import { BOOL, I32, type Type, typeName, U32 } from './types.ts';
import { converts } from './values.ts';

/** `{ ... }` with a scope of its own. */
function checkBlock(ctx: Context, block: ast.CompoundStatement): Block {
  ctx.pushScope();
  const checked = checkBlockInScope(ctx, block);
  ctx.popScope();
  return checked;
}

/** The statements of a block in the scope at hand. */
export function checkBlockInScope(ctx: Context, block: ast.CompoundStatement): Block {
  checkStatementAttributes(ctx, block.attributes);
  const body: Statement[] = [];
  for (const statement of block.body) {
    const checked = checkStatement(ctx, statement);
    if (checked) body.push(checked);
  }
  return { kind: 'block', pos: block.start, body };
}

/** `null` for statements that leave nothing to execute (`const`, `const_assert`). */
function checkStatement(ctx: Context, statement: ast.Statement): Statement | null {
  const pos = statement.start;
  switch (statement.kind) {
    case 'compound':
      return checkBlock(ctx, statement);
    case 'local':
      return checkLocal(ctx, statement);
    case 'assignment':
      return assignment(ctx, statement);
    case 'increment':
      return increment(ctx, statement);
    case 'callStatement':
      return checkCallStatement(ctx, statement);
    case 'if':
      return checkIf(ctx, statement);
    case 'switch':
      return checkSwitch(ctx, statement);
    case 'loop':
      return checkLoop(ctx, statement);
    case 'for':
      return checkFor(ctx, statement);
    case 'while': {
      checkStatementAttributes(ctx, statement.attributes);
      const condition = checkCondition(ctx, statement.condition, 'while');
      return {
        kind: 'while',
        pos,
        condition,
        body: checkLoopBody(ctx, () => checkBlock(ctx, statement.body)),
      };
    }
    case 'return':
      return checkReturn(ctx, statement);
    case 'break':
      checkBreak(ctx, statement);
      return { kind: 'break', pos };
    case 'continue':
      checkContinue(ctx, statement);
      return { kind: 'continue', pos };
    case 'discard':
      return ctx.unsupported(statement, "'discard' belongs to fragment shaders, which are");
    case 'constAssert':
      checkConstAssert(ctx, statement);
      return null;
  }
}

export function checkConstAssert(ctx: Context, statement: ast.ConstAssert): void {
  const condition = checkConst(ctx, statement.condition, 'the condition of const_assert');
  if (condition.type !== BOOL) {
    ctx.fail(statement.condition, `const_assert takes a bool, not '${typeName(condition.type)}'`);
  }
  if (!condition.value) ctx.fail(statement, 'const_assert failed: the condition is false');
}

function checkCallStatement(ctx: Context, statement: ast.CallStatement): Statement {
  const { call } = statement;
  const result = checkCall(ctx, call);
  if (result.kind === 'statement') return result.statement;
  if (result.mustUse) {
    ctx.fail(call, `the value of '${call.callee.name}' is not used; assign it, or discard it with '_ = ...'`);
  }
  return { kind: 'evaluate', pos: statement.start, expression: toExpression(result.operand) };
}

function checkCondition(ctx: Context, expression: ast.Expression, of: string) {
  return toExpression(checkTyped(ctx, expression, BOOL, `the condition of '${of}'`));
}

function checkIf(ctx: Context, statement: ast.IfStatement): Statement {
  checkStatementAttributes(ctx, statement.attributes);
  const condition = checkCondition(ctx, statement.condition, 'if');
  const then = checkBlock(ctx, statement.then);
  let otherwise: Block | null = null;
  if (statement.otherwise?.kind === 'if') {
    const nested = checkIf(ctx, statement.otherwise);
    otherwise = { kind: 'block', pos: nested.pos, body: [nested] };
  } else if (statement.otherwise) otherwise = checkBlock(ctx, statement.otherwise);
  return { kind: 'if', pos: statement.start, condition, then, otherwise };
}

function checkSwitch(ctx: Context, statement: ast.SwitchStatement): Switch {
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

function checkLoopBody(ctx: Context, check: () => Block): Block {
  const { breakTargets, loops } = ctx.current as FunctionState;
  breakTargets.push('loop');
  loops.push(null);
  const body = check();
  loops.pop();
  breakTargets.pop();
  return body;
}

function checkLoop(ctx: Context, statement: ast.LoopStatement): Loop {
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

function checkFor(ctx: Context, statement: ast.ForStatement): Statement {
  checkStatementAttributes(ctx, statement.attributes);
  ctx.pushScope();
  const init = statement.init ? checkStatement(ctx, statement.init) : null;
  const condition = statement.condition ? checkCondition(ctx, statement.condition, 'for') : null;
  const update = statement.update ? checkStatement(ctx, statement.update) : null;
  const body = checkLoopBody(ctx, () => checkBlock(ctx, statement.body));
  ctx.popScope();
  return { kind: 'for', pos: statement.start, init, condition, update, body };
}

function checkBreak(ctx: Context, span: ast.Span): void {
  const target = (ctx.current as FunctionState).breakTargets.at(-1);
  if (!target) ctx.fail(span, "'break' can stand only in a loop or in a case of a switch");
  if (target === 'continuing') {
    ctx.fail(span, "'break' cannot leave a continuing block; end it with 'break if ...;' instead");
  }
}

function checkContinue(ctx: Context, span: ast.Span): void {
  const { breakTargets, loops } = ctx.current as FunctionState;
  const target = breakTargets.findLast((t) => t !== 'switch');
  if (!target) ctx.fail(span, "'continue' can stand only in a loop");
  if (target === 'continuing') ctx.fail(span, "a continuing block cannot contain 'continue'");
  const loop = loops.at(-1);
  if (loop) loop.state.continueAt = Math.min(loop.state.continueAt, loop.scope.names.size);
}

function checkReturn(ctx: Context, statement: ast.ReturnStatement): Statement {
  const { breakTargets, returnType, entity } = ctx.current as FunctionState;
  const { name } = entity.checked;
  if (breakTargets.includes('continuing')) ctx.fail(statement, "a continuing block cannot contain 'return'");
  const { value } = statement;
  if (!returnType) {
    if (value) ctx.fail(statement, `'${name}' returns nothing, but a value is returned here`);
    return { kind: 'return', pos: statement.start, value: null };
  }
  if (!value) ctx.fail(statement, `'${name}' must return a value of type '${typeName(returnType)}'`);
  const operand = checkTyped(ctx, value, returnType, `the value returned by '${name}'`);
  return { kind: 'return', pos: statement.start, value: toExpression(operand) };
}
