/** Loops: unrolled where the number of iterations is a small constant, else tested at the end of the body. */
import type { Expression, For, Place, Statement, Variable, While } from '../check/program.ts';
import { rare } from '../rare.ts';
import type { Join } from './builder.ts';
import type { Context } from './context.ts';
import { lowerNode } from './expressions.ts';
import type { Cell, Node } from './graph.ts';
import { countLoop, fixedIterations, maximumIterations, withBudget } from './limits.ts';
import { endScope, lowerBlock, lowerStatement } from './statements.ts';
import { type Usage, usageOf, usageOfExpression } from './usage.ts';
import { eachCell, type Location } from './values.ts';

/** A loop is unrolled if that gives at most this many operations (as counted by `usage.ts`). */
const UNROLL_LIMIT = 4096;
/** The same where only the distance between start and end is constant. */
const UNROLL_FIXED = 2048;
/** And at most this many iterations. */
const UNROLL_ITERATIONS = 256;

function addLocation(cells: Set<Cell>, location: Location | undefined): void {
  if (location?.kind === 'cells') eachCell(location.tree, (cell) => cells.add(cell));
  else if (location?.kind === 'lane') cells.add(location.cell);
}

/** The cells that code with these usages may change, by name or through a pointer. */
export function changedCells(context: Context, usages: readonly Usage[]): Set<Cell> {
  const cells = new Set<Cell>();
  for (const usage of usages) {
    for (const variable of usage.assigned) addLocation(cells, context.locations.get(variable));
    for (const declaration of usage.values) {
      const value = context.values.get(declaration);
      if (value?.kind === 'pointer') addLocation(cells, value.place);
    }
  }
  return cells;
}

/**
 * Runs `body` inside a block that `break` (or `continue`) leaves, if there is such a jump. `keepsNew`: what follows
 * sees the variables that the body declares before the first jump, as `continuing` does.
 */
function leavable(
  context: Context,
  needed: boolean,
  body: (join: Join | null) => void,
  keepsNew = false,
): void {
  if (needed) context.b.block(body, keepsNew);
  else body(null);
}

interface LoopParts {
  readonly pos: number;
  /** How many iterations there are at most, asked after the condition was lowered; null if that is not known. */
  readonly iterations: (() => number | null) | null;
  readonly body: () => void;
  /** Runs after the body, also after `continue`. */
  readonly continuing: () => void;
  /** Whether to go on; null: always. */
  readonly condition: (() => Node) | null;
  readonly testFirst: boolean;
  readonly breaks: boolean;
  readonly continues: boolean;
  /** Whether `continuing` sees the variables of the body. */
  readonly seesBody?: boolean;
  readonly carried: Set<Cell>;
}

export function buildLoop(context: Context, parts: LoopParts): void {
  const { b } = context;
  const outer = context.jumps;
  b.innerLoops++;
  const build = () => {
    const count = countLoop(context, parts.iterations?.() ?? null, parts.pos);
    leavable(context, parts.breaks, (exit) => {
      b.loop(withBudget(context, parts.carried), (header) => {
        const body = (next: Join | null) => {
          context.jumps = {
            onBreak: () => b.branch(exit!),
            onContinue: () => b.branch(next!),
          };
          parts.body();
        };
        leavable(context, parts.continues, body, parts.seesBody);
        context.jumps = outer;
        if (b.reachable) parts.continuing();
        count.endOfIteration();
        if (b.reachable) b.again(header, parts.condition ? parts.condition() : null);
      });
    });
    count.afterLoop();
  };
  if (parts.testFirst && parts.condition) b.conditional(parts.condition(), build);
  else build();
  context.jumps = outer;
}

export function lowerFor(context: Context, statement: For): void {
  const { init, condition, body } = statement;
  if (init) lowerStatement(context, init);
  const usage = usageOf(body);
  const iterations = constantIterations(context, statement);
  const fixed = iterations === null ? fixedIterations(context, statement) : null;
  if (!context.unrolls) {
    keepLoop(context, statement, usage);
  } else if (iterations !== null && iterations * unrolledSize(body) <= UNROLL_LIMIT) {
    unroll(context, statement, iterations);
  } else if (fixed !== null && fixed <= UNROLL_ITERATIONS && fixed * unrolledSize(body) <= UNROLL_FIXED) {
    context.b.conditional(lowerNode(context, condition!), () => unroll(context, statement, fixed));
  } else {
    keepLoop(context, statement, usage);
  }
  if (init?.kind === 'declareVariable') endScope(context, { kind: 'block', pos: init.pos, body: [init] });
}

/** A `for` loop that is not unrolled, after its `init`. */
function keepLoop(context: Context, statement: For, usage: Usage): void {
  const { condition, update, body } = statement;
  const known = context.robust ? rare().rangeInBody(context, statement) : null;
  buildLoop(context, {
    pos: statement.pos,
    iterations: () => maximumIterations(context, statement),
    body: () => {
      if (known) rare().noteRange(context.b.get(known.cell), known.range);
      lowerBlock(context, body);
    },
    continuing: () => {
      if (update) lowerStatement(context, update);
    },
    condition: condition ? () => lowerNode(context, condition) : null,
    testFirst: true,
    breaks: usage.breaks,
    continues: usage.continues,
    carried: changedCells(context, [usageOf(statement)]),
  });
}

/** The body once per iteration, the loop's variable a constant in each. */
function unroll(context: Context, statement: For, iterations: number): void {
  const { b } = context;
  const usage = usageOf(statement.body);
  const outer = context.jumps;
  context.unrolled = true;
  leavable(context, usage.breaks, (exit) => {
    for (let i = 0; i < iterations && b.reachable; i++) {
      leavable(context, usage.continues, (next) => {
        context.jumps = { onBreak: () => b.branch(exit!), onContinue: () => b.branch(next!) };
        lowerBlock(context, statement.body);
      });
      context.jumps = outer;
      if (b.reachable) lowerStatement(context, statement.update!);
    }
  });
  context.jumps = outer;
}

/** A variable in locals, read as a whole. */
function simpleVariable(place: Place): Variable | null {
  return place.kind === 'variable' && place.type.kind === 'scalar' ? place.variable : null;
}

const isSimple = (expression: Expression): boolean =>
  expression.kind === 'constant' ||
  expression.kind === 'value' ||
  (expression.kind === 'load' && simpleVariable(expression.place) !== null);

/** Whether lowering it has no effect: it may then be tried, and what came of it left unused. */
const isArithmetic = (expression: Expression): boolean => {
  if (expression.kind === 'binary') return isArithmetic(expression.left) && isArithmetic(expression.right);
  if (expression.kind === 'unary' || expression.kind === 'convert') return isArithmetic(expression.operand);
  return isSimple(expression);
};

/** How often a `for` loop runs, if that follows from constants alone and is not too often to unroll. */
function constantIterations(context: Context, statement: For): number | null {
  const { b } = context;
  const { condition, update, body } = statement;
  if (condition?.kind !== 'binary' || !isSimple(condition.left) || !isSimple(condition.right)) return null;
  if (update?.kind !== 'compoundAssign' && update?.kind !== 'assign') return null;
  const variable = simpleVariable(update.target);
  if (!variable || !isArithmetic(update.value)) return null;
  const location = context.locations.get(variable);
  if (location?.kind !== 'cells' || b.get(location.tree as Cell).op !== 'i32.const') return null;
  // Whatever decides about the next iteration must be left to the update: also the end, and the step.
  const changed = changedCells(context, [usageOf(body)]);
  const read = [usageOfExpression(condition), usageOfExpression(update.value)].flatMap(({ used }) => [
    ...used,
  ]);
  const deciding = new Set<Cell>();
  for (const name of [variable, ...read]) addLocation(deciding, context.locations.get(name));
  if ([...deciding].some((cell) => changed.has(cell))) return null;
  const cell = location.tree as Cell;
  const initial = b.get(cell);
  let iterations = 0;
  for (; iterations <= UNROLL_ITERATIONS; iterations++) {
    const goesOn = lowerNode(context, condition);
    if (goesOn.op !== 'i32.const' || b.get(cell).op !== 'i32.const') {
      iterations = Number.POSITIVE_INFINITY;
      break;
    }
    if (goesOn.imm === 0) break;
    lowerStatement(context, update);
  }
  b.set(cell, initial);
  return iterations <= UNROLL_ITERATIONS ? iterations : null;
}

/** The size of a statement once the loops with plainly constant bounds inside it are unrolled. */
function unrolledSize(statement: Statement): number {
  switch (statement.kind) {
    case 'block':
      return statement.body.reduce((sum, inner) => sum + unrolledSize(inner), 0);
    case 'if':
      return 1 + unrolledSize(statement.then) + (statement.otherwise ? unrolledSize(statement.otherwise) : 0);
    case 'for':
      return unrolledSize(statement.body) * (plainIterations(statement) ?? 1) + 2;
    default:
      return usageOf(statement).size + 1;
  }
}

/** `for (var i = 0; i < 4; i++)` with literal numbers: 4. */
function plainIterations(statement: For): number | null {
  const { init, condition, update } = statement;
  if (init?.kind !== 'declareVariable' || init.initializer?.kind !== 'constant') return null;
  if (condition?.kind !== 'binary' || condition.right.kind !== 'constant') return null;
  if (update?.kind !== 'compoundAssign' || update.value.kind !== 'constant') return null;
  const range = Math.abs(Number(condition.right.value) - Number(init.initializer.value));
  const step = Number(update.value.value);
  return step > 0 ? Math.ceil(range / step) : null;
}

export function lowerWhile(context: Context, statement: While): void {
  const usage = usageOf(statement.body);
  buildLoop(context, {
    pos: statement.pos,
    iterations: null,
    body: () => lowerBlock(context, statement.body),
    continuing: () => {},
    condition: () => lowerNode(context, statement.condition),
    testFirst: true,
    breaks: usage.breaks,
    continues: usage.continues,
    carried: changedCells(context, [usageOf(statement)]),
  });
}
