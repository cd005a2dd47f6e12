/** Statements: scopes, types, and where `break`, `continue` and `return` may stand. */
import { rare } from '../rare.ts';
import type * as ast from '../syntax/ast.ts';
import { assignment, increment } from './assignments.ts';
import { checkStatementAttributes } from './attributes.ts';
import { checkCall } from './calls.ts';
import type { Context, FunctionState } from './context.ts';
import { checkTyped } from './expressions.ts';
import { checkLocal } from './locals.ts';
import { toExpression } from './operand.ts';
import type { Block, Statement } from './program.ts';
import { withSeverities } from './severities.ts';
import { BOOL, typeName } from './types.ts';

/** `{ ... }` with a scope of its own. */
export function checkBlock(ctx: Context, block: ast.CompoundStatement): Block {
  ctx.pushScope();
  const checked = checkBlockInScope(ctx, block);
  ctx.popScope();
  return checked;
}

/** The statements of a block in the scope at hand. */
export function checkBlockInScope(ctx: Context, block: ast.CompoundStatement): Block {
  checkStatementAttributes(ctx, block.attributes);
  const body: Statement[] = [];
  withSeverities(ctx, block.attributes, () => {
    for (const statement of block.body) {
      const checked = checkStatement(ctx, statement);
      if (checked) body.push(checked);
    }
  });
  return { kind: 'block', pos: block.start, body };
}

/** `null` for statements that leave nothing to execute (`const`, `const_assert`). */
function checkStatement(ctx: Context, statement: ast.Statement): Statement | null {
  const attributes = 'attributes' in statement ? statement.attributes : [];
  return withSeverities(ctx, attributes, () => checkKind(ctx, statement));
}

function checkKind(ctx: Context, statement: ast.Statement): Statement | null {
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
      return rare().checkSwitch(ctx, statement);
    case 'loop':
      return rare().checkLoop(ctx, statement);
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
      ctx.useInStages(statement, "'discard'", ['fragment']);
      return null;
    case 'constAssert':
      rare().checkConstAssert(ctx, statement);
      return null;
  }
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

export function checkCondition(ctx: Context, expression: ast.Expression, of: string) {
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

function checkLoopBody(ctx: Context, check: () => Block): Block {
  const { breakTargets, loops } = ctx.current as FunctionState;
  breakTargets.push('loop');
  loops.push(null);
  const body = check();
  loops.pop();
  breakTargets.pop();
  return body;
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
