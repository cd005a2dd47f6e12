/** Statements, except loops (`loops.ts`) and barriers (`barriers.ts`). */
import type {
  Assign,
  Block,
  CompoundAssign,
  ConstantValue,
  DeclareVariable,
  If,
  Place,
  Return,
  Statement,
} from '../check/program.ts';
import { sizeOf, type Type } from '../check/types.ts';
import { rare } from '../rare.ts';
import { bindLater } from './arrays.ts';
import { atomicStore } from './builtins/atomics.ts';
import { callFunction } from './calls.ts';
import { type Context, forgetCells, writeCells, zeroValue } from './context.ts';
import { constantValue, lowerExpression, lowerNode } from './expressions.ts';
import type { Node } from './graph.ts';
import { addressOf } from './linear.ts';
import { lowerFor, lowerWhile } from './loops.ts';
import { declareLocation, elementAt, loadFrom, resolvePlace, storeTo } from './memory.ts';
import { binary } from './operators.ts';
import { tableOf } from './tables.ts';
import { type Location, leafCount, type MemoryLocation, nodeOf, plain, type Value } from './values.ts';
import { lane, replaceLane, shuffle } from './vectors.ts';

/**
 * The statements of a block; its variables end with it, unless `keep` says that a `continuing` block still sees them.
 */
export function lowerBlock(context: Context, block: Block, keep = false): void {
  for (const statement of block.body) {
    if (!context.b.reachable) break;
    lowerStatement(context, statement);
  }
  if (!keep) endScope(context, block);
}

/** Forgets the variables that a block declared. */
export function endScope(context: Context, block: Block): void {
  for (const statement of block.body) {
    if (statement.kind !== 'declareVariable') continue;
    const location = context.locations.get(statement.variable);
    if (location?.kind === 'cells') forgetCells(context.b, location.tree);
  }
}

export function lowerStatement(context: Context, statement: Statement): void {
  const { b } = context;
  const { pos } = b;
  b.pos = statement.pos;
  lowerKind(context, statement);
  b.pos = pos;
}

function lowerKind(context: Context, statement: Statement): void {
  switch (statement.kind) {
    case 'block':
      lowerBlock(context, statement);
      return;
    case 'declareVariable':
      declareVariable(context, statement);
      return;
    case 'declareLet':
      bindLater(context, statement.declaration, statement.initializer)();
      return;
    case 'assign':
      assign(context, statement);
      return;
    case 'compoundAssign':
      compoundAssign(context, statement);
      return;
    case 'evaluate': {
      const { expression } = statement;
      const whole = expression.kind === 'load' && ['array', 'struct'].includes(expression.type.kind);
      // Nobody asks for the elements, unless it is for races.
      if (whole && !context.accesses) resolvePlace(context, expression.place);
      else lowerExpression(context, expression);
      return;
    }
    case 'call':
      callFunction(context, statement.function, statement.args);
      return;
    case 'builtin':
      if (statement.name === 'atomicStore') atomicStore(context, statement.args);
      else rare().lowerTexture(context, statement.name, statement.args);
      return;
    case 'if':
      lowerIf(context, statement);
      return;
    case 'switch':
      rare().lowerSwitch(context, statement);
      return;
    case 'for':
      lowerFor(context, statement);
      return;
    case 'while':
      lowerWhile(context, statement);
      return;
    case 'loop':
      rare().lowerLoop(context, statement);
      return;
    case 'return':
      lowerReturn(context, statement);
      return;
    case 'break':
      context.jumps!.onBreak();
      return;
    case 'continue':
      context.jumps!.onContinue!();
      return;
    case 'barrier':
      throw new Error('internal: a barrier inside code of one invocation');
  }
  statement satisfies never;
  context.b.trap();
}

function declareVariable(context: Context, statement: DeclareVariable): void {
  const { variable, initializer } = statement;
  // The initial value is evaluated before the variable exists: it may name another of the same name, or itself in an
  // earlier iteration.
  if (initializer?.kind === 'constant') {
    initialiseConstant(context, declareLocation(context, variable), initializer);
    return;
  }
  const value = initializer ? lowerExpression(context, initializer) : null;
  initialise(context, declareLocation(context, variable), value);
}

/** Constants of more scalars and vectors than this are copied into variables in memory, not stored one by one. */
const MAXIMUM_STORES = 64;

export function initialiseConstant(
  context: Context,
  location: Location,
  constant: { type: Type; value: ConstantValue; pos: number },
): void {
  const { type, value, pos } = constant;
  if (location.kind !== 'memory' || leafCount(type) <= MAXIMUM_STORES) {
    initialise(context, location, constantValue(context, type, value, pos));
    return;
  }
  const { b } = context;
  const size = b.i32(sizeOf(type));
  b.effect('memory.copy', [
    startOf(context, location),
    startOf(context, tableOf(context, type, value)),
    size,
  ]);
}

/** Gives a new variable its value; null stands for zero. */
export function initialise(context: Context, location: Location, value: Value | null): void {
  const { b } = context;
  if (value) storeTo(context, location, value);
  else if (location.kind === 'cells') writeCells(b, location.tree, zeroValue(b, location.type));
  else if (location.kind === 'memory') {
    if (leafCount(location.type) <= 4) storeTo(context, location, zeroValue(b, location.type));
    else fillZero(context, location);
  }
}

/** The address of the first byte. */
function startOf(context: Context, { base, bytes, offset }: MemoryLocation): Node {
  const { b } = context;
  const address = addressOf(b, base, bytes, 1, offset);
  return b.value('i32.add', [address.base, b.i32(address.offset)]);
}

export function fillZero(context: Context, location: MemoryLocation): void {
  const { b } = context;
  b.effect('memory.fill', [startOf(context, location), b.i32(0), b.i32(sizeOf(location.type))]);
}

function assign(context: Context, statement: Assign): void {
  const { target } = statement;
  if (target.kind === 'swizzle') {
    const location = resolvePlace(context, target.base);
    const value = lowerNode(context, statement.value);
    assignSwizzle(context, location, target.components, value, statement.value);
    return;
  }
  const location = resolvePlace(context, target);
  storeTo(context, location, lowerExpression(context, statement.value));
}

/** `v.zx = value`: in memory only the named components are written, for other invocations may write the others. */
function assignSwizzle(
  context: Context,
  location: Location,
  components: readonly number[],
  value: Node,
  expression: { type: Place['type'] },
): void {
  const { b } = context;
  const type = plain(location.type);
  if (type.kind !== 'vector') throw new Error('internal: a vector was expected');
  const source = plain(expression.type);
  if (location.kind === 'cells') {
    let vector = nodeOf(loadFrom(context, location));
    components.forEach((component, i) => {
      vector = replaceLane(b, type, vector, component, lane(b, source, value, i));
    });
    storeTo(context, location, vector);
    return;
  }
  components.forEach((component, i) => {
    storeTo(context, elementAt(context, location, b.i32(component), 0), lane(b, source, value, i));
  });
}

function compoundAssign(context: Context, statement: CompoundAssign): void {
  const { b } = context;
  const { target } = statement;
  if (target.type.kind === 'array' || statement.value.type.kind === 'array') {
    const location = resolvePlace(context, target);
    const left = loadFrom(context, location);
    const operands = [left, lowerExpression(context, statement.value)];
    const { operator, value } = statement;
    storeTo(
      context,
      location,
      rare().lowerMatrixBinary(b, { operator, left: target, right: value }, operands),
    );
    return;
  }
  const type = plain(target.type);
  if (target.kind === 'swizzle') {
    const location = resolvePlace(context, target.base);
    const right = lowerNode(context, statement.value);
    const vector = nodeOf(loadFrom(context, location));
    const left = shuffle(b, vector, vector, target.components);
    assignSwizzle(
      context,
      location,
      target.components,
      binary(b, statement.operator, type, left, right),
      target,
    );
    return;
  }
  const location = resolvePlace(context, target);
  // WGSL: `e1 op= e2` is `e1 = e1 op e2` with e1's place evaluated once; its value is read before e2 is evaluated.
  const left = nodeOf(loadFrom(context, location));
  const right = lowerNode(context, statement.value);
  storeTo(context, location, binary(b, statement.operator, type, left, right));
}

function lowerIf(context: Context, statement: If): void {
  const condition = lowerNode(context, statement.condition);
  const { otherwise } = statement;
  context.b.conditional(
    condition,
    () => lowerBlock(context, statement.then),
    otherwise ? () => lowerBlock(context, otherwise) : null,
  );
}

function lowerReturn(context: Context, statement: Return): void {
  const { b, frame } = context;
  const value = statement.value ? lowerExpression(context, statement.value) : null;
  if (frame.onReturn) {
    frame.onReturn();
    return;
  }
  if (!frame.returnJoin) {
    frame.tailValue = value;
    return;
  }
  if (value && frame.result) writeCells(b, frame.result, value);
  b.branch(frame.returnJoin);
}
