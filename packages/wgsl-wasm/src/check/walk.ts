/** Visiting the expressions and statements of a checked program. */
import type { Block, Expression, Place, Statement } from './program.ts';

/** The direct operands of an expression; a place counts through the expressions inside it. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'constant':
    case 'value':
      return [];
    case 'load':
    case 'addressOf':
      return placeOperands(expression.place);
    case 'unary':
    case 'splat':
    case 'convert':
    case 'bitcast':
    case 'swizzle':
      return [expression.operand];
    case 'binary':
    case 'logical':
      return [expression.left, expression.right];
    case 'construct':
    case 'call':
    case 'builtin':
      return expression.args;
    case 'extract':
      return [expression.base, expression.index];
    case 'member':
      return [expression.base];
  }
}

/** The expressions that a place is computed from: the pointer it starts at and its indices. */
function placeOperands(place: Place): Expression[] {
  switch (place.kind) {
    case 'variable':
      return [];
    case 'deref':
      return [place.pointer];
    case 'index':
      return [...placeOperands(place.base), place.index];
    default:
      return placeOperands(place.base);
  }
}

/** Calls `visit` for a statement and all statements inside it, outer first. */
export function forEachStatement(statement: Statement, visit: (statement: Statement) => void): void {
  visit(statement);
  for (const child of childStatements(statement)) forEachStatement(child, visit);
}

function childStatements(statement: Statement): readonly Statement[] {
  const blocks = (...all: (Statement | null)[]): Statement[] => all.filter((s) => s !== null);
  switch (statement.kind) {
    case 'block':
      return statement.body;
    case 'if':
      return blocks(statement.then, statement.otherwise);
    case 'switch':
      return statement.cases.map((clause): Block => clause.body);
    case 'loop':
      return blocks(statement.body, statement.continuing);
    case 'for':
      return blocks(statement.init, statement.update, statement.body);
    case 'while':
      return [statement.body];
    default:
      return [];
  }
}

/** The expressions a statement evaluates itself, in order; those of places it writes come as their operands. */
export function statementExpressions(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case 'declareVariable':
      return statement.initializer ? [statement.initializer] : [];
    case 'declareLet':
      return [statement.initializer];
    case 'assign':
    case 'compoundAssign':
      return [...placeOperands(statement.target), statement.value];
    case 'evaluate':
      return [statement.expression];
    case 'call':
    case 'builtin':
      return statement.args;
    case 'if':
    case 'while':
      return [statement.condition];
    case 'switch':
      return [statement.selector];
    case 'loop':
      return statement.breakIf ? [statement.breakIf] : [];
    case 'for':
      return statement.condition ? [statement.condition] : [];
    case 'return':
      return statement.value ? [statement.value] : [];
    default:
      return [];
  }
}

/** Calls `visit` for an expression and everything inside it, outer first. */
export function forEachExpression(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  for (const operand of operandsOf(expression)) forEachExpression(operand, visit);
}
