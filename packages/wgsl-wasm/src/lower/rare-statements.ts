/** Statements that few kernels have: `switch`, `loop`. */
import type { Loop, Switch } from '../check/program.ts';
import type { Context } from './context.ts';
import { lowerNode } from './expressions.ts';
import { buildLoop, changedCells } from './loops.ts';
import { endScope, lowerBlock } from './statements.ts';
import { usageOf } from './usage.ts';

/** A switch is a chain of comparisons: the cases that kernels have are few. */
export function lowerSwitch(context: Context, statement: Switch): void {
  const { b } = context;
  const selector = lowerNode(context, statement.selector);
  const chain = (index: number): void => {
    const clause = ordered[index];
    if (!clause) return;
    if (clause.isDefault) {
      lowerBlock(context, clause.body);
      return;
    }
    const matches = clause.selectors.map((value) => b.value('i32.eq', [selector, b.i32(value)]));
    const condition = matches.reduce((any, match) => b.value('i32.or', [any, match]));
    b.conditional(
      condition,
      () => lowerBlock(context, clause.body),
      () => chain(index + 1),
    );
  };
  // The default clause is tried last; the selectors it shares with it add nothing.
  const ordered = [...statement.cases].sort((x, y) => Number(x.isDefault) - Number(y.isDefault));
  const run = () => chain(0);
  if (!statement.cases.some((clause) => usageOf(clause.body).breaks)) {
    run();
    return;
  }
  const outer = context.jumps;
  b.block((join) => {
    context.jumps = { onBreak: () => b.branch(join), onContinue: outer?.onContinue ?? null };
    run();
  });
  context.jumps = outer;
}

export function lowerLoop(context: Context, statement: Loop): void {
  const { b } = context;
  const { body, continuing, breakIf } = statement;
  const usage = usageOf(body);
  buildLoop(context, {
    pos: statement.pos,
    iterations: null,
    seesBody: true,
    body: () => lowerBlock(context, body, true),
    continuing: () => {
      if (continuing) lowerBlock(context, continuing, true);
    },
    condition: breakIf ? () => b.value('i32.eqz', [lowerNode(context, breakIf)]) : null,
    testFirst: false,
    breaks: usage.breaks,
    continues: usage.continues,
    carried: changedCells(context, [usageOf(statement)]),
  });
  endScope(context, body);
  if (continuing) endScope(context, continuing);
}
