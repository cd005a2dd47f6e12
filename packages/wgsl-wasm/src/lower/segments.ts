/**
 * The code between two barriers: a loop over the invocations of the workgroup. What an invocation keeps for later
 * segments lies in its slots of scratch memory between them, and in locals inside.
 */
import type { Statement, Variable } from '../check/program.ts';
import { sizeOf, U32 } from '../check/types.ts';
import { rare } from '../rare.ts';
import { type Context, UnsupportedError, writeCells } from './context.ts';
import type { Group, LetLike } from './crossing.ts';
import { lowerExpression } from './expressions.ts';
import type { Cell, Node } from './graph.ts';
import { bindInputs } from './invocation.ts';
import { withBudget } from './limits.ts';
import { declareLocation, fitsCells, invocationMemory, loadFrom, locationOf, storeTo } from './memory.ts';
import { lowerStatement } from './statements.ts';
import { type Usage, usageOf } from './usage.ts';
import { type CellTree, eachCell, isPlaced, type MemoryLocation, nodeOf, type Value } from './values.ts';

interface SegmentOptions {
  /** Code before the statements. */
  readonly start?: () => void;
  /** Code after the statements. */
  readonly finish?: () => void;
  /** Set in the segment, read by the workgroup: values of conditions. */
  readonly results?: readonly Cell[];
  /** For whom the segment is: 0 for those who do not take part. Default: for all. */
  readonly guard?: () => Node;
  /** Code that comes first, for those too who do not take part. */
  readonly before?: () => void;
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
export function segment(group: Group, statements: readonly Statement[], options: SegmentOptions): void {
  const { context } = group;
  const { b, entry } = context;
  if (!b.reachable) return;
  const [sx, sy, sz] = entry.workgroupSize;
  const counter: Cell = { name: 'invocation', type: 'i32' };
  const before = new Set(b.environment.keys());
  b.set(counter, b.i32(0));
  const carried = [counter, ...(options.results ?? [])];
  b.loop(withBudget(context, carried), (header) => {
    const index = b.get(counter);
    if (context.robust) rare().noteRange(index, { low: 0, high: sx * sy * sz - 1 });
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
    options.before?.();
    const inside = () => runInside(group, statements, options);
    if (options.guard) b.conditional(options.guard(), inside);
    else inside();
    b.set(counter, b.value('i32.add', [index, b.i32(1)]));
    b.again(header, b.value('i32.lt_u', [b.get(counter), b.i32(sx * sy * sz)]));
  });
  context.invocationIndex = null;
  for (const cell of [...b.environment.keys()]) {
    // What the segment declared ended with it.
    if (!before.has(cell)) b.environment.delete(cell);
  }
}

/** The statements, for one invocation, between its slots. */
function runInside(group: Group, statements: readonly Statement[], options: SegmentOptions): void {
  const { context } = group;
  const { b } = context;
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
      if (context.constants.has(value)) continue;
      if (isPlaced(value.type)) enterPointer(group, value);
      else context.values.set(value, loadFrom(context, slotOf(context, value)));
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
export function leaveLet(group: Group, declaration: LetLike): void {
  const { context } = group;
  if (!group.crossing.has(declaration) || group.recomputed.has(declaration)) return;
  // A constant is known everywhere; what lives in memory has its slot already.
  if (context.constants.has(declaration) || context.inMemory.has(declaration)) return;
  const value = context.values.get(declaration)!;
  if (isPlaced(declaration.type)) {
    leavePointer(group, value, declaration);
    return;
  }
  storeTo(context, slotOf(context, declaration), value);
}

/** A number that this invocation keeps. */
function numberSlot(context: Context, owner: object): MemoryLocation {
  const place = invocationMemory(context, owner, 4);
  return {
    kind: 'memory',
    type: U32,
    name: null,
    constant: false,
    shared: false,
    byteLength: null,
    ...place,
  };
}

/** Keeps what a pointer of this invocation needs to be made again. */
function leavePointer({ context, pointers }: Group, value: Value, declaration: LetLike): void {
  if (value.kind !== 'pointer' || value.place.kind !== 'memory') {
    throw new UnsupportedError(
      `the pointer '${declaration.name}' is used on both sides of a barrier, which is supported only for pointers to memory; make the pointer again after the barrier`,
      declaration.pos,
    );
  }
  const { place } = value;
  // Everywhere known but of views.
  const whole = place.variable && (locationOf(context, place.variable) as MemoryLocation);
  const byteLength = place.byteLength && whole?.byteLength !== place.byteLength ? {} : null;
  const kept = { place, inside: {}, byteLength };
  pointers.set(declaration, kept);
  if (byteLength) storeTo(context, numberSlot(context, byteLength), place.byteLength as Node);
  if (place.bytes) storeTo(context, numberSlot(context, declaration), place.bytes);
  if (place.inside) storeTo(context, numberSlot(context, kept.inside), place.inside);
}

/** Makes a pointer of another segment again. */
function enterPointer({ context, pointers }: Group, declaration: LetLike): void {
  const kept = pointers.get(declaration);
  if (!kept) return;
  const number = (owner: object) => nodeOf(loadFrom(context, numberSlot(context, owner)));
  const place = {
    ...kept.place,
    bytes: kept.place.bytes && number(declaration),
    inside: kept.place.inside && number(kept.inside),
    byteLength: kept.byteLength ? number(kept.byteLength) : kept.place.byteLength,
  };
  context.values.set(declaration, { kind: 'pointer', place });
}
