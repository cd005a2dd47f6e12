/**
 * Kernels with barriers. A thread runs the invocations of a workgroup one after the other, so the code is cut at the barriers into
 * segments, and each segment is a loop over the invocations. WGSL demands that barriers are in uniform control flow, so the
 * `if`s and loops around them are taken once for the whole workgroup. What one invocation keeps from one segment to the next
 * (variables, `let` values, parameters) lies in its slot of scratch memory between them; what only one segment uses stays in locals.
 */
import type {
  Block,
  CheckedFunction,
  Expression,
  LetDeclaration,
  Parameter,
  Statement,
  Variable,
} from '../check/program.ts';
import { sizeOf } from '../check/types.ts';
import type { Join } from './builder.ts';
import { type Context, UnsupportedError, writeCells } from './context.ts';
import { lowerExpression, lowerNode } from './expressions.ts';
import type { Cell, Node } from './graph.ts';
import { bindInputs, initialisePrivate } from './kernel.ts';
import { declareLocation, fitsCells, invocationMemory, loadFrom, storeTo } from './memory.ts';
import { lowerStatement } from './statements.ts';
import { type Usage, usageOf, usageOfExpression } from './usage.ts';
import { type CellTree, eachCell, type MemoryLocation, type Value } from './values.ts';

type LetLike = LetDeclaration | Parameter;

/** What a kernel with barriers needs besides its context. */
interface Group {
  readonly context: Context;
  readonly workgroup: readonly [Node, Node, Node];
  /** Names that more than one segment uses. */
  readonly crossing: Set<Variable | LetLike>;
  /** `let` values cheap enough to be computed again in every segment, with their expressions. */
  readonly recomputed: Map<LetLike, Expression>;
}

/** Where jumps in uniform control flow go. */
interface GroupJumps {
  readonly onReturn: () => void;
  readonly onBreak: (() => void) | null;
  readonly onContinue: (() => void) | null;
}

export function lowerInterleaved(context: Context, workgroup: readonly [Node, Node, Node]): void {
  const { b, entry } = context;
  const group: Group = { context, workgroup, crossing: new Set(), recomputed: new Map() };
  for (const variable of entry.privateVariables) group.crossing.add(variable);
  findCrossing(group, entry.function.body);
  if (entry.privateVariables.length > 0) {
    segment(group, [], {
      start: () => {
        for (const variable of entry.privateVariables) initialisePrivate(context, variable);
      },
    });
  }
  b.block((join) => {
    lowerGroup(
      group,
      entry.function.body.body,
      { onReturn: () => b.branch(join), onBreak: null, onContinue: null },
      true,
    );
  });
}

// --- which names cross segments -----------------------------------------------------------------------------------------

/** Gives every piece of code between barriers a number, in the way `lowerGroup` cuts it, and collects who uses what. */
function findCrossing(group: Group, body: Block): void {
  let current = 0;
  const seen = new Map<Variable | LetLike, number>();
  const inputs = new Set<unknown>(group.context.entry.function.parameters);
  const note = (name: Variable | LetLike) => {
    // Every segment gets the builtin inputs anew.
    if (inputs.has(name)) return;
    const before = seen.get(name);
    if (before === undefined) seen.set(name, current);
    else if (before !== current) group.crossing.add(name);
  };
  const noteUsage = (usage: Usage) => {
    for (const variable of usage.used) note(variable);
    for (const variable of usage.assigned) note(variable);
    for (const value of usage.values) note(value);
  };
  const alone = (use: () => void) => {
    current++;
    use();
    current++;
  };
  const visit = (statement: Statement, last: boolean): void => {
    if (!needsGroup(statement, last)) {
      noteUsage(usageOf(statement));
      if (statement.kind === 'declareLet') {
        note(statement.declaration);
        if (isCheap(group, statement.initializer))
          group.recomputed.set(statement.declaration, statement.initializer);
      }
      return;
    }
    switch (statement.kind) {
      case 'block':
        alone(() => visitAll(statement.body, last));
        return;
      case 'if':
        alone(() => noteUsage(usageOfExpression(statement.condition)));
        alone(() => visitAll(statement.then.body, last));
        alone(() => {
          if (statement.otherwise) visitAll(statement.otherwise.body, last);
        });
        return;
      case 'switch':
        alone(() => noteUsage(usageOfExpression(statement.selector)));
        for (const clause of statement.cases) alone(() => visitAll(clause.body.body, false));
        return;
      case 'for':
        alone(() => {
          if (statement.init) visit(statement.init, false);
        });
        alone(() => {
          if (statement.condition) noteUsage(usageOfExpression(statement.condition));
        });
        alone(() => visitAll(statement.body.body, false));
        alone(() => {
          if (statement.update) noteUsage(usageOf(statement.update));
        });
        return;
      case 'while':
        alone(() => noteUsage(usageOfExpression(statement.condition)));
        alone(() => visitAll(statement.body.body, false));
        return;
      case 'loop':
        alone(() => visitAll(statement.body.body, false));
        alone(() => {
          if (statement.continuing) visitAll(statement.continuing.body, false);
        });
        alone(() => {
          if (statement.breakIf) noteUsage(usageOfExpression(statement.breakIf));
        });
        return;
      case 'call':
        alone(() => {
          for (const arg of statement.args) noteUsage(usageOfExpression(arg));
          for (const parameter of statement.function.parameters) note(parameter);
        });
        alone(() => visitAll(statement.function.body.body, false));
        return;
      case 'barrier':
      case 'break':
      case 'continue':
      case 'return':
        current++;
        return;
      default:
        // A statement with `workgroupUniformLoad`: a segment of its own.
        alone(() => {
          noteUsage(usageOf(statement));
          if (statement.kind === 'declareLet') note(statement.declaration);
        });
    }
  };
  const visitAll = (statements: readonly Statement[], last: boolean): void => {
    statements.forEach((statement, i) => {
      visit(statement, last && !statements.slice(i).some((later) => usageOf(later).barrier));
    });
  };
  visitAll(body.body, true);
}

/** Whether a statement is taken by the whole workgroup at once: it holds a barrier, or a jump past one. */
function needsGroup(statement: Statement, last: boolean): boolean {
  const usage = usageOf(statement);
  return usage.barrier || usage.breaks || usage.continues || (usage.returns && !last);
}

/** Integer arithmetic on builtin values and constants: cheaper to compute again than to keep. */
function isCheap(group: Group, expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
      return expression.type.kind === 'scalar';
    case 'value':
      return (
        group.recomputed.has(expression.declaration) ||
        group.context.entry.function.parameters.includes(expression.declaration as Parameter)
      );
    case 'unary':
    case 'convert':
    case 'swizzle':
      return isCheap(group, expression.operand);
    case 'member':
      return isCheap(group, expression.base);
    case 'binary':
      return isCheap(group, expression.left) && isCheap(group, expression.right);
    default:
      return false;
  }
}

// --- segments -------------------------------------------------------------------------------------------------------------

interface SegmentOptions {
  /** Code before the statements. */
  readonly start?: () => void;
  /** Code after the statements. */
  readonly finish?: () => void;
  /** Set in the segment, read by the workgroup: the value of a condition. */
  readonly result?: Cell;
  /** No barrier follows: `return` ends this invocation alone. */
  readonly last?: boolean;
  /** What `start` and `finish` use. */
  readonly usage?: Usage;
}

const slotType = (name: Variable | LetLike) => (name.kind === 'variable' ? name.storeType : name.type);

function slotOf(context: Context, name: Variable | LetLike): MemoryLocation {
  const type = slotType(name);
  const place = invocationMemory(context, name, sizeOf(type));
  return {
    kind: 'memory',
    type,
    name: name.name,
    constant: false,
    shared: false,
    byteLength: null,
    ...place,
  };
}

/** A loop over the invocations of the workgroup around the statements. */
function segment(group: Group, statements: readonly Statement[], options: SegmentOptions): void {
  const { context } = group;
  const { b, entry } = context;
  if (!b.reachable) return;
  const [sx, sy, sz] = entry.workgroupSize;
  const counter: Cell = { name: 'invocation', type: 'i32' };
  const before = new Set(b.environment.keys());
  b.set(counter, b.i32(0));
  const carried = options.result ? [counter, options.result] : [counter];
  b.loop(carried, (header) => {
    const index = b.get(counter);
    context.invocationIndex = () => index;
    const y = b.value('i32.div_u', [index, b.i32(sx)]);
    bindInputs(context, {
      workgroup: group.workgroup as [Node, Node, Node],
      local: [
        sy * sz === 1 ? index : b.value('i32.rem_u', [index, b.i32(sx)]),
        sy === 1 ? b.i32(0) : sz === 1 ? y : b.value('i32.rem_u', [y, b.i32(sy)]),
        sz === 1 ? b.i32(0) : b.value('i32.div_u', [y, b.i32(sy)]),
      ],
    });
    for (const [name, expression] of group.recomputed) {
      if (group.crossing.has(name)) context.values.set(name, lowerExpression(context, expression));
    }
    const written = enterSlots(group, statements, options);
    const body = () => {
      options.start?.();
      for (const statement of statements) {
        if (!b.reachable) break;
        lowerStatement(context, statement);
        if (statement.kind === 'declareLet') leaveLet(group, statement.declaration);
      }
      options.finish?.();
    };
    if (options.last) {
      b.block((join) => {
        context.frame = { returnJoin: join, result: null, tailValue: null, onReturn: null };
        body();
      });
    } else {
      body();
    }
    for (const name of written) {
      const location = context.locations.get(name);
      // A variable of an inner block ended with it.
      if (location?.kind !== 'cells' || !isAlive(context, location.tree)) continue;
      storeTo(context, slotOf(context, name), loadFrom(context, location));
    }
    b.set(counter, b.value('i32.add', [index, b.i32(1)]));
    b.again(header, b.value('i32.lt_u', [b.get(counter), b.i32(sx * sy * sz)]));
  });
  context.invocationIndex = null;
  for (const cell of [...b.environment.keys()]) {
    // What the segment declared ended with it.
    if (!before.has(cell)) b.environment.delete(cell);
  }
}

/** Brings what the segment uses of other segments into locals. Returns the variables to write back. */
function enterSlots(group: Group, statements: readonly Statement[], options: SegmentOptions): Variable[] {
  const { context } = group;
  const usages = statements.map(usageOf);
  if (options.usage) usages.push(options.usage);
  const declared = new Set<Variable | LetLike>();
  for (const statement of statements) {
    if (statement.kind === 'declareVariable') declared.add(statement.variable);
    if (statement.kind === 'declareLet') declared.add(statement.declaration);
  }
  const used = new Set<Variable>();
  const assigned = new Set<Variable>();
  for (const usage of usages) {
    for (const variable of usage.used) used.add(variable);
    for (const variable of usage.assigned) {
      used.add(variable);
      assigned.add(variable);
    }
    for (const value of usage.values) {
      if (!group.crossing.has(value) || declared.has(value) || group.recomputed.has(value)) continue;
      if (value.type.kind !== 'pointer') context.values.set(value, loadFrom(context, slotOf(context, value)));
    }
  }
  if (options.start && statements.length === 0)
    for (const v of context.entry.privateVariables) assigned.add(v);
  for (const variable of used) {
    if (!group.crossing.has(variable) || !isPerInvocation(variable) || declared.has(variable)) continue;
    const location = declareLocation(context, variable);
    if (location.kind === 'cells')
      writeCells(context.b, location.tree, loadFrom(context, slotOf(context, variable)));
  }
  return [...assigned].filter((v) => group.crossing.has(v) && isPerInvocation(v) && fitsCells(context, v));
}

function isAlive(context: Context, tree: CellTree): boolean {
  let alive = true;
  eachCell(tree, (cell) => {
    alive &&= context.b.environment.has(cell);
  });
  return alive;
}

const isPerInvocation = (variable: Variable) =>
  variable.addressSpace === 'function' || variable.addressSpace === 'private';

/** Keeps a `let` value for later segments. */
function leaveLet(group: Group, declaration: LetLike): void {
  const { context } = group;
  if (!group.crossing.has(declaration) || group.recomputed.has(declaration)) return;
  const value = context.values.get(declaration)!;
  if (declaration.type.kind === 'pointer') {
    requireFixedPointer(value, declaration);
    return;
  }
  storeTo(context, slotOf(context, declaration), value);
}

/** A pointer that crosses a barrier must not depend on the invocation. */
function requireFixedPointer(value: Value, declaration: LetLike): void {
  if (value.kind === 'pointer' && value.place.kind === 'memory' && value.place.bytes === null) return;
  throw new UnsupportedError(
    `the pointer '${declaration.name}' is used on both sides of a barrier, which is supported only for pointers to whole module-scope variables; make the pointer again after the barrier`,
    declaration.pos,
  );
}

// --- uniform control flow ---------------------------------------------------------------------------------------------------

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
  segment(group, [], {
    usage,
    result: cell,
    finish: () => b.set(cell, lowerNode(group.context, expression)),
  });
  const node = b.get(cell);
  b.environment.delete(cell);
  return node;
}

function lowerGroupStatement(group: Group, statement: Statement, jumps: GroupJumps, last: boolean): void {
  const { context } = group;
  const { b } = context;
  switch (statement.kind) {
    case 'barrier':
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
        condition: statement.condition,
        testFirst: true,
        body: statement.body.body,
        continuing: statement.update ? [statement.update] : [],
        negated: false,
      });
      return;
    case 'while':
      groupLoop(group, jumps, {
        condition: statement.condition,
        testFirst: true,
        body: statement.body.body,
        continuing: [],
        negated: false,
      });
      return;
    case 'loop':
      groupLoop(group, jumps, {
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
    default:
      requireUniformLoad(statement);
      segment(group, [statement], {});
  }
}

interface GroupLoop {
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
  const build = () =>
    b.block((exit: Join) => {
      b.loop([], (header) => {
        b.block((next) => {
          const inner = { ...jumps, onBreak: () => b.branch(exit), onContinue: () => b.branch(next) };
          lowerGroup(group, loop.body, inner, false);
        });
        if (b.reachable) lowerGroup(group, loop.continuing, jumps, false);
        if (b.reachable) b.again(header, loop.condition ? goesOn() : null);
      });
    });
  if (loop.testFirst && loop.condition) b.conditional(goesOn(), build);
  else build();
}

/** A call of a function with barriers that returns nothing: its parameters become values that cross segments. */
function groupCall(group: Group, called: CheckedFunction, args: readonly Expression[]): void {
  const { context } = group;
  const { b } = context;
  const usage: Usage = { ...usageOfExpression({ kind: 'construct', args } as never) };
  segment(group, [], {
    usage,
    finish: () => {
      const values = args.map((arg) => lowerExpression(context, arg));
      called.parameters.forEach((parameter, i) => {
        context.values.set(parameter, values[i]);
        group.crossing.add(parameter);
        leaveLet(group, parameter);
      });
    },
  });
  b.block((join) => {
    lowerGroup(
      group,
      called.body.body,
      { onReturn: () => b.branch(join), onBreak: null, onContinue: null },
      false,
    );
  });
}

/** `workgroupUniformLoad` anywhere but as the value of a declaration or assignment of its own would need finer cuts. */
function requireUniformLoad(statement: Statement): void {
  const expression =
    statement.kind === 'declareLet' || statement.kind === 'declareVariable'
      ? statement.initializer
      : statement.kind === 'assign'
        ? statement.value
        : null;
  const target = statement.kind === 'assign' ? statement.target.addressSpace : 'function';
  const direct = expression?.kind === 'builtin' && expression.name === 'workgroupUniformLoad';
  if (direct && (target === 'function' || target === 'private')) return;
  throw new UnsupportedError(
    'a call with a barrier inside an expression is supported only as the whole value of a declaration, an assignment to a function variable, or a condition; give it a `let` of its own',
    statement.pos,
  );
}
