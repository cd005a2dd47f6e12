/**
 * Kernels with barriers. A thread runs the invocations of a workgroup one after the other, so the code is cut at the
 * barriers into segments, and each segment is a loop over the invocations. WGSL demands that barriers are in uniform
 * control flow, so the `if`s and loops around them are taken once for the whole workgroup. What one invocation keeps
 * from one segment to the next (variables, `let` values, parameters) lies in its slot of scratch memory between them;
 * what only one segment uses stays in locals.
 */
import type { CheckedFunction, Expression, Statement } from '../check/program.ts';
import type { Join } from './builder.ts';
import { bindArguments } from './calls.ts';
import { type Context, UnsupportedError } from './context.ts';
import { findCrossing, type Group, needsGroup } from './crossing.ts';
import { lowerNode } from './expressions.ts';
import type { Cell, Node } from './graph.ts';
import { hoistCalls } from './hoist.ts';
import { initialisePrivate } from './invocation.ts';
import { countLoop, endBudget, maximumIterations, startBudget, withBudget } from './limits.ts';
import { Masked } from './masks.ts';
import { noteBarrier } from './races.ts';
import { leaveLet, segment } from './segments.ts';
import { isSubgroupCall, lowerSubgroupLet } from './subgroups.ts';
import { type Usage, usageOf, usageOfExpression } from './usage.ts';

/** Where jumps in uniform control flow go. */
interface GroupJumps {
  readonly onReturn: () => void;
  readonly onBreak: (() => void) | null;
  readonly onContinue: (() => void) | null;
}

export function lowerInterleaved(context: Context, workgroup: readonly [Node, Node, Node]): void {
  const { b, entry } = context;
  const group: Group = {
    context,
    workgroup,
    crossing: new Set(),
    recomputed: new Map(),
    pointers: new Map(),
  };
  for (const variable of entry.privateVariables) group.crossing.add(variable);
  const usage = usageOf(entry.function.body);
  const together = usage.barrierCall || usage.subgroup;
  const { body } = together ? hoistCalls(entry.function).function : entry.function;
  findCrossing(group, body);
  startBudget(context);
  if (entry.privateVariables.length > 0) {
    segment(group, [], {
      start: () => {
        for (const variable of entry.privateVariables) initialisePrivate(context, variable);
      },
    });
  }
  if (usage.diverges) {
    new Masked(group).run(body.body);
    endBudget(context);
    return;
  }
  b.block((join) => {
    lowerGroup(group, body.body, { onReturn: () => b.branch(join), onBreak: null, onContinue: null }, true);
  });
  endBudget(context);
}

/** Statements that the whole workgroup goes through together. `last`: no barrier comes after them. */
function lowerGroup(group: Group, statements: readonly Statement[], jumps: GroupJumps, last: boolean): void {
  let run: Statement[] = [];
  const flush = (isLast: boolean) => {
    if (run.length > 0) segment(group, run, { last: isLast });
    run = [];
  };
  statements.forEach((statement, i) => {
    const rest = last && !statements.slice(i).some((later) => usageOf(later).barrier);
    if (!needsGroup(statement, rest)) {
      run.push(statement);
      return;
    }
    flush(false);
    lowerGroupStatement(group, statement, jumps, rest);
  });
  flush(last);
}

/** The value of a uniform expression, the same for every invocation. */
function uniformValue(group: Group, expression: Expression): Node {
  const { b } = group.context;
  const cell: Cell = { name: 'condition', type: 'i32' };
  b.set(cell, b.i32(0));
  const usage = usageOfExpression(expression);
  const waits = usage.barrier && !usage.subgroup;
  if (waits) noteBarrier(group.context, 'workgroupBarrier');
  segment(group, [], {
    usage,
    results: [cell],
    finish: () => b.set(cell, lowerNode(group.context, expression)),
  });
  if (waits) noteBarrier(group.context, 'workgroupBarrier');
  const node = b.get(cell);
  b.environment.delete(cell);
  return node;
}

function lowerGroupStatement(group: Group, statement: Statement, jumps: GroupJumps, last: boolean): void {
  const { context } = group;
  const { b } = context;
  switch (statement.kind) {
    case 'barrier':
      noteBarrier(context, statement.name);
      return;
    case 'block':
      lowerGroup(group, statement.body, jumps, last);
      return;
    case 'if': {
      const { otherwise } = statement;
      b.conditional(
        uniformValue(group, statement.condition),
        () => lowerGroup(group, statement.then.body, jumps, last),
        otherwise ? () => lowerGroup(group, otherwise.body, jumps, last) : null,
      );
      return;
    }
    case 'switch': {
      const selector = uniformValue(group, statement.selector);
      b.block((exit) => {
        const inner = { ...jumps, onBreak: () => b.branch(exit) };
        const chain = (index: number): void => {
          const clause = ordered[index];
          if (!clause) return;
          if (clause.isDefault) {
            lowerGroup(group, clause.body.body, inner, false);
            return;
          }
          const matches = clause.selectors.map((value) => b.value('i32.eq', [selector, b.i32(value)]));
          b.conditional(
            matches.reduce((any, match) => b.value('i32.or', [any, match])),
            () => lowerGroup(group, clause.body.body, inner, false),
            () => chain(index + 1),
          );
        };
        const ordered = [...statement.cases].sort((x, y) => Number(x.isDefault) - Number(y.isDefault));
        chain(0);
      });
      return;
    }
    case 'for':
      if (statement.init) segment(group, [statement.init], {});
      groupLoop(group, jumps, {
        pos: statement.pos,
        iterations: maximumIterations(context, statement, true),
        condition: statement.condition,
        testFirst: true,
        body: statement.body.body,
        continuing: statement.update ? [statement.update] : [],
        negated: false,
      });
      return;
    case 'while':
      groupLoop(group, jumps, {
        pos: statement.pos,
        iterations: null,
        condition: statement.condition,
        testFirst: true,
        body: statement.body.body,
        continuing: [],
        negated: false,
      });
      return;
    case 'loop':
      groupLoop(group, jumps, {
        pos: statement.pos,
        iterations: null,
        condition: statement.breakIf,
        testFirst: false,
        body: statement.body.body,
        continuing: statement.continuing?.body ?? [],
        negated: true,
      });
      return;
    case 'call':
      groupCall(group, statement.function, statement.args);
      return;
    case 'return':
      jumps.onReturn();
      return;
    case 'break':
      jumps.onBreak!();
      return;
    case 'continue':
      jumps.onContinue!();
      return;
    case 'declareLet':
      if (isSubgroupCall(statement.initializer)) {
        lowerSubgroupLet(group, statement.declaration, statement.initializer);
        return;
      }
  }
  requireSimpleBarrier(statement);
  // What is left is `workgroupUniformLoad`, a barrier before and after its load.
  noteBarrier(context, 'workgroupBarrier');
  segment(group, [statement], {});
  noteBarrier(context, 'workgroupBarrier');
}

interface GroupLoop {
  readonly pos: number;
  /** How many there are at most; null if that is not known. */
  readonly iterations: number | null;
  readonly condition: Expression | null;
  /** The condition says when to stop, not when to go on. */
  readonly negated: boolean;
  readonly testFirst: boolean;
  readonly body: readonly Statement[];
  readonly continuing: readonly Statement[];
}

function groupLoop(group: Group, jumps: GroupJumps, loop: GroupLoop): void {
  const { b } = group.context;
  const goesOn = (): Node => {
    const value = uniformValue(group, loop.condition!);
    return loop.negated ? b.value('i32.eqz', [value]) : value;
  };
  const build = () => {
    const count = countLoop(group.context, loop.iterations, loop.pos);
    b.block((exit: Join) => {
      b.loop(withBudget(group.context, []), (header) => {
        b.block((next) => {
          const inner = { ...jumps, onBreak: () => b.branch(exit), onContinue: () => b.branch(next) };
          lowerGroup(group, loop.body, inner, false);
        });
        if (b.reachable) lowerGroup(group, loop.continuing, jumps, false);
        count.endOfIteration();
        if (b.reachable) b.again(header, loop.condition ? goesOn() : null);
      });
    });
    count.afterLoop();
  };
  if (loop.testFirst && loop.condition) b.conditional(goesOn(), build);
  else build();
}

/** A call of a function with barriers that returns nothing: its parameters become values that cross segments. */
function groupCall(group: Group, called: CheckedFunction, args: readonly Expression[]): void {
  const { context } = group;
  const { b } = context;
  const usage: Usage = { ...usageOfExpression({ kind: 'construct', args } as never) };
  if (usage.barrier) noteBarrier(context, 'workgroupBarrier');
  segment(group, [], {
    usage,
    finish: () => {
      bindArguments(context, called, args);
      for (const parameter of called.parameters) {
        group.crossing.add(parameter);
        leaveLet(group, parameter);
      }
    },
  });
  if (usage.barrier) noteBarrier(context, 'workgroupBarrier');
  b.block((join) => {
    lowerGroup(
      group,
      called.body.body,
      { onReturn: () => b.branch(join), onBreak: null, onContinue: null },
      false,
    );
  });
}

/**
 * A statement with `workgroupUniformLoad` is a segment of its own, so that all invocations load before any of them
 * goes on.
 */
function requireSimpleBarrier(statement: Statement): void {
  const usage = usageOf(statement);
  if ([...usage.assigned].some((variable) => variable.addressSpace === 'workgroup')) {
    throw new UnsupportedError(
      'workgroupUniformLoad in a statement that also writes to workgroup memory is not supported; give the loaded value a `let` of its own',
      statement.pos,
    );
  }
}
