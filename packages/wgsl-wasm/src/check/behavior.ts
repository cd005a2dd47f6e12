/**
 * Behaviors (WGSL "Statements Behavior Analysis"): how control can leave a statement. Refuses loops that cannot end and
 * functions that can end without returning their value.
 */
import type { FunctionDeclaration } from '../syntax/ast.ts';
import type { Context } from './context.ts';
import type { Block, CheckedFunction, Statement } from './program.ts';

export const NEXT = 1;
export const BREAK = 2;
export const CONTINUE = 4;
export const RETURN = 8;

/** The set of behaviors of a statement, as bits. A loop that never ends has none. */
export function behaviorOf(statement: Statement): number {
  switch (statement.kind) {
    case 'block':
      return sequence(statement.body);
    case 'if':
      return behaviorOf(statement.then) | (statement.otherwise ? behaviorOf(statement.otherwise) : NEXT);
    case 'switch': {
      const all = statement.cases.reduce((set, clause) => set | behaviorOf(clause.body), 0);
      return all & BREAK ? (all & ~BREAK) | NEXT : all;
    }
    case 'loop': {
      const continuing = statement.continuing ? behaviorOf(statement.continuing) : NEXT;
      return loop(behaviorOf(statement.body) | continuing | (statement.breakIf ? BREAK : 0));
    }
    case 'for':
      return loop(behaviorOf(statement.body) | (statement.condition ? BREAK : 0));
    case 'while':
      return loop(behaviorOf(statement.body) | BREAK);
    case 'return':
      return RETURN;
    case 'break':
      return BREAK;
    case 'continue':
      return CONTINUE;
    default:
      return NEXT;
  }
}

/** What follows a statement that control never leaves at its end does not count. */
export function sequence(statements: readonly Statement[]): number {
  let set = NEXT;
  for (const statement of statements) {
    set = (set & ~NEXT) | behaviorOf(statement);
    if (!(set & NEXT)) break;
  }
  return set;
}

function loop(inside: number): number {
  const outside = inside & ~(NEXT | BREAK | CONTINUE);
  return inside & BREAK ? outside | NEXT : outside;
}

export function checkBehavior(
  ctx: Context,
  checked: CheckedFunction,
  declaration: FunctionDeclaration,
): void {
  checkLoops(ctx, checked.body);
  if (checked.returnType && behaviorOf(checked.body) & NEXT) {
    const { end } = declaration.body;
    ctx.fail({ start: end - 1, end }, `'${checked.name}' can end without returning a value: missing return`);
  }
}

function checkLoops(ctx: Context, block: Block): void {
  for (const statement of block.body) {
    switch (statement.kind) {
      case 'block':
        checkLoops(ctx, statement);
        break;
      case 'if':
        checkLoops(ctx, statement.then);
        if (statement.otherwise) checkLoops(ctx, statement.otherwise);
        break;
      case 'switch':
        for (const clause of statement.cases) checkLoops(ctx, clause.body);
        break;
      case 'loop':
      case 'for':
      case 'while': {
        checkLoops(ctx, statement.body);
        if (statement.kind === 'loop' && statement.continuing) checkLoops(ctx, statement.continuing);
        if (behaviorOf(statement) !== 0) break;
        const span = { start: statement.pos, end: statement.pos + statement.kind.length };
        ctx.fail(span, `this loop does not exit: it has no break, return or condition`);
      }
    }
  }
}
