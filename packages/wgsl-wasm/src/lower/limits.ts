/**
 * Kernels that never end. A loop whose number of iterations is known to be small enough is left alone; any other
 * counts what it does against a budget of the invocation (of the workgroup, where there are barriers), and traps when
 * that is used up. So every kernel ends, on whatever thread it runs, and loops with plain bounds cost nothing.
 */
import type { Expression, For, Variable } from '../check/program.ts';
import type { Context } from './context.ts';
import { lowerNode } from './expressions.ts';
import type { Cell, Node } from './graph.ts';
import { differenceOf } from './linear.ts';
import { changedCells } from './loops.ts';
import { usageOf } from './usage.ts';
import { eachCell } from './values.ts';
import { isFloatType } from './vectors.ts';

/** Loops that do at most so many operations in all are not checked. */
const UNCHECKED = 2 ** 30;
/** What loops that are not checked do counts from here on, where there is a budget. */
const COUNTED = 2 ** 20;
/** Operations that the budget counts as one: fewer are not worth telling apart. */
const UNIT = 16;
/** The budget is an i32. */
const MAXIMUM_UNITS = 2 ** 31 - 1;

const ALL = 2 ** 32;

/** The default of `operationLimit`: between half a second and some twenty, by what the operations are. */
export const OPERATION_LIMIT = 2 ** 34;

const unitOf = (limit: number) => Math.max(UNIT, Math.ceil(limit / MAXIMUM_UNITS));

/** Gives an invocation (or a workgroup) its budget. */
export function startBudget(context: Context): void {
  const { b, budget, operationLimit } = context;
  const units = Math.min(MAXIMUM_UNITS, Math.ceil(operationLimit / unitOf(operationLimit)));
  if (budget) b.set(budget, b.i32(units));
}

export function endBudget(context: Context): void {
  const { b, budget } = context;
  if (budget) b.environment.delete(budget);
  else if (context.loopOperations > context.operationLimit) context.needsBudget = true;
}

/** With a cell for the budget, if there is one, among the cells that a loop may change. */
export const withBudget = (context: Context, carried: Iterable<Cell>): Cell[] =>
  context.budget ? [...carried, context.budget] : [...carried];

function charge(context: Context, operations: number, pos: number): void {
  const { b, budget } = context;
  if (!budget) {
    context.needsBudget = true;
    return;
  }
  if (!b.reachable) return;
  const units = Math.min(MAXIMUM_UNITS, Math.max(1, Math.round(operations / unitOf(context.operationLimit))));
  const left = b.value('i32.sub', [b.get(budget), b.i32(units)]);
  b.set(budget, left);
  const check = context.checks.length;
  b.conditional(b.value('i32.lt_s', [left, b.i32(0)]), () => {
    context.checks.push({ kind: 'loop', name: null, variable: null, pos });
    const record = b.value('i32.sub', [context.scratch, b.i32(64)]);
    b.effect('i32.store', [record, b.i32(check + 1)], 0);
    b.trap();
  });
}

/** The count of one loop: `endOfIteration` where an iteration is over, `afterLoop` after the loop. */
export interface LoopCount {
  endOfIteration(): void;
  afterLoop(): void;
}

/** Starts to count the operations of a loop. `iterations`: how many there are at most, null if that is not known. */
export function countLoop(context: Context, iterations: number | null, pos: number): LoopCount {
  const { b } = context;
  const outside = context.loopOperations;
  const firstNode = b.nodeCount;
  context.loopOperations = 0;
  let total = 0;
  return {
    endOfIteration() {
      const each = b.nodeCount - firstNode + context.loopOperations;
      total = iterations === null ? Number.POSITIVE_INFINITY : iterations * each;
      if (total > Math.min(UNCHECKED, context.operationLimit)) charge(context, each, pos);
    },
    afterLoop() {
      const checked = total > Math.min(UNCHECKED, context.operationLimit);
      context.loopOperations = outside + (checked ? 0 : total);
      if (!checked && total > COUNTED && context.budget) charge(context, total, pos);
    },
  };
}

// --- how often a `for` loop runs at most ----------------------------------------------------------------------------------

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What is known of values beside what computes them: of numbers of invocations, and of variables of loops. */
const known = new WeakMap<Node, Range>();

/** Notes that a value lies between numbers below 2^31, whether read with a sign or not. */
export function noteRange(node: Node, range: Range): void {
  if (node.op !== 'i32.const') known.set(node, range);
}

/** Between which numbers (as u32 or as i32) the value of a node lies. */
export function rangeOf(node: Node, signed: boolean, depth = 0): Range {
  const any: Range = signed ? { low: -(2 ** 31), high: 2 ** 31 - 1 } : { low: 0, high: ALL - 1 };
  const within = (low: number, high: number): Range =>
    low >= any.low && high <= any.high ? { low, high } : any;
  if (depth > 16) return any;
  const [x, y] = node.args;
  const range = (arg: Node) => rangeOf(arg, signed, depth + 1);
  /** Of a value that is not negative, whether read with a sign or not. */
  const unsigned = (arg: Node) => rangeOf(arg, false, depth + 1);
  const constant = y?.op === 'i32.const' ? y.imm : null;
  switch (node.op) {
    case 'i32.const':
      return signed ? { low: node.imm, high: node.imm } : { low: node.imm >>> 0, high: node.imm >>> 0 };
    case 'select': {
      const [first, second] = [range(x), range(y)];
      const [, , condition] = node.args;
      const compares =
        condition.args[0] === x && condition.args[1] === y && condition.op.endsWith(signed ? '_s' : '_u');
      const name = compares ? condition.op.slice(4, 6) : '';
      const smaller = name === 'lt' || name === 'le';
      const greater = name === 'gt' || name === 'ge';
      return {
        low: (greater ? Math.max : Math.min)(first.low, second.low),
        high: (smaller ? Math.min : Math.max)(first.high, second.high),
      };
    }
    case 'i32.add':
      return within(range(x).low + range(y).low, range(x).high + range(y).high);
    case 'i32.mul':
      return constant !== null && constant >= 0 && range(x).low >= 0
        ? within(range(x).low * constant, range(x).high * constant)
        : any;
    case 'i32.shl':
      return constant !== null && range(x).low >= 0
        ? within(range(x).low * 2 ** (constant & 31), range(x).high * 2 ** (constant & 31))
        : any;
    case 'i32.and':
      return constant !== null && constant >= 0
        ? { low: 0, high: Math.min(constant, unsigned(x).high) }
        : any;
    case 'i32.shr_u':
      return constant !== null && (constant & 31) > 0
        ? { low: 0, high: Math.floor(unsigned(x).high / 2 ** (constant & 31)) }
        : any;
    case 'i32.div_u':
      return constant !== null && constant > 1
        ? { low: 0, high: Math.floor(unsigned(x).high / constant) }
        : any;
    case 'i32.rem_u':
      return constant !== null && constant > 0 ? { low: 0, high: constant - 1 } : any;
    default:
      return known.get(node) ?? any;
  }
}

/** Which variables keep their value in a loop. */
export type Kept = (variable: Variable) => boolean;

/** Whether an expression has the same value in every iteration. */
export function isInvariant(expression: Expression, kept: Kept): boolean {
  const all = (parts: readonly Expression[]) => parts.every((part) => isInvariant(part, kept));
  switch (expression.kind) {
    case 'constant':
    case 'value':
      return true;
    case 'load': {
      const { place } = expression;
      return place.kind === 'variable' && kept(place.variable);
    }
    case 'binary':
      return all([expression.left, expression.right]);
    case 'unary':
    case 'convert':
    case 'bitcast':
    case 'swizzle':
      return isInvariant(expression.operand, kept);
    case 'builtin':
      return (expression.name === 'min' || expression.name === 'max') && all(expression.args);
    default:
      return false;
  }
}

const MIRRORED: Record<string, string> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

export const isLoadOf = (expression: Expression, variable: Variable) =>
  expression.kind === 'load' &&
  expression.place.kind === 'variable' &&
  expression.place.variable === variable;

/** What the update of a `for` loop adds to a variable: `i++`, `i -= 2`, `i = i + 3`; null if it does something else. */
export function stepOf(context: Context, update: For['update']): { variable: Variable; step: number } | null {
  if (update?.kind !== 'compoundAssign' && update?.kind !== 'assign') return null;
  const { target, value } = update;
  if (target.kind !== 'variable' || target.type.kind !== 'scalar' || isFloatType(target.type)) return null;
  const { variable } = target;
  let amount = value;
  let operator: string;
  if (update.kind === 'compoundAssign') operator = update.operator;
  else {
    if (value.kind !== 'binary' || !isLoadOf(value.left, variable)) return null;
    operator = value.operator;
    amount = value.right;
  }
  if (operator !== '+' && operator !== '-') return null;
  if (!isInvariant(amount, () => false)) return null;
  const node = lowerNode(context, amount);
  if (node.op !== 'i32.const' || node.imm === 0 || node.imm === -(2 ** 31)) return null;
  return { variable, step: operator === '+' ? node.imm : -node.imm };
}

/** By how much an expression grows with a variable: `i * 2u + first` by 2; null if that is not the same everywhere. */
function slopeOf(context: Context, expression: Expression, variable: Variable, kept: Kept): number | null {
  if (isLoadOf(expression, variable)) return 1;
  if (expression.kind !== 'binary') return null;
  const { operator, left, right } = expression;
  const slope = (part: Expression) => slopeOf(context, part, variable, kept);
  if (operator === '+' && isInvariant(left, kept)) return slope(right);
  if (!isInvariant(right, kept)) return null;
  if (operator === '+' || operator === '-') return slope(left);
  const factor = operator === '*' ? lowerNode(context, right) : null;
  const own = factor?.op === 'i32.const' ? slope(left) : null;
  return own === null ? null : own * factor!.imm;
}

/**
 * How often a `for` loop runs at most, from where its variable is now; null if no number below 2^32 can be told. To
 * be called where the condition has been lowered, so that this adds nothing to the code. `around`: it goes around
 * barriers, where no variable is in locals.
 */
export function maximumIterations(context: Context, statement: For, around = false): number | null {
  const trips = iterationsOf(context, statement, around);
  return trips && trips.atMost < ALL ? trips.atMost : null;
}

/**
 * How often a `for` loop runs if its condition holds where its variable is now: `for (var k = 16u * i; k < 16u * i +
 * 16u; k++)` 16 times; null if that cannot be told. `break` and `return` are left out of account.
 */
export function fixedIterations(context: Context, statement: For): number | null {
  return iterationsOf(context, statement, false)?.once ?? null;
}

interface Iterations {
  readonly atMost: number;
  /** If the condition holds at first. */
  readonly once: number | null;
}

const UNKNOWN: Iterations = { atMost: Number.POSITIVE_INFINITY, once: null };

function iterationsOf(context: Context, statement: For, around: boolean): Iterations | null {
  const { init, condition, update, body } = statement;
  const counted = stepOf(context, update);
  if (!condition || !counted) return null;
  const { variable, step } = counted;
  const changed = changedCells(context, [usageOf(body)]);
  const isKept: Kept = (name) => {
    const location = context.locations.get(name);
    let same = location?.kind === 'cells';
    if (location?.kind === 'cells')
      eachCell(location.tree, (cell) => {
        same &&= !changed.has(cell);
      });
    return same;
  };
  // Around barriers no variable is in a cell: what is assigned by name or through a pointer is not told apart there.
  if (around ? usageOf(body).assigned.has(variable) || variable.addressTaken : !isKept(variable)) return null;
  const kept: Kept = (name) => !around && name !== variable && isKept(name);
  const initial = init?.kind === 'declareVariable' && init.variable === variable ? init.initializer : null;
  const bound = (part: Expression): Iterations => {
    if (part.kind === 'logical' && part.operator === '&&') {
      return { atMost: Math.min(bound(part.left).atMost, bound(part.right).atMost), once: null };
    }
    if (part.kind !== 'binary' || part.left.type.kind !== 'scalar') return UNKNOWN;
    const { left, right, operator } = part;
    const mirrored = isInvariant(left, kept);
    const [own, other] = mirrored ? [right, left] : [left, right];
    const slope = slopeOf(context, own, variable, kept);
    if (slope === null || !isInvariant(other, kept)) return UNKNOWN;
    let start: Node | null = null;
    if (!around) start = lowerNode(context, own);
    else if (isLoadOf(own, variable) && initial?.kind === 'constant') start = lowerNode(context, initial);
    const ordered = mirrored ? MIRRORED[operator] : operator;
    return tripsOf(ordered, start, lowerNode(context, other), slope * step, part.left.type.name === 'i32');
  };
  return bound(condition);
}

/**
 * Iterations from `start` while `i operator end`, `i` changing by `step`: infinite where `i` may leave the range of
 * its type and come back.
 */
function tripsOf(operator: string, start: Node | null, end: Node, step: number, signed: boolean): Iterations {
  const from = start ? rangeOf(start, signed) : rangeOf({ op: '', args: [] as Node[] } as Node, signed);
  const to = rangeOf(end, signed);
  const [lowest, highest] = signed ? [-(2 ** 31), 2 ** 31 - 1] : [0, ALL - 1];
  if (step > 0 && (operator === '<' || operator === '<=')) {
    // A distance that is known, though neither end is; no step goes beyond the end.
    const distance = start && operator === '<' ? differenceOf(end, start) : null;
    const last = operator === '<' ? to.high - 1 : to.high;
    const once = distance !== null && (distance >>> 0) % step === 0 ? (distance >>> 0) / step : null;
    const known = once ?? Number.POSITIVE_INFINITY;
    if (last + step > highest && !(operator === '<' && step === 1)) return { atMost: known, once };
    return { atMost: Math.min(known, Math.max(0, Math.floor((last - from.low) / step) + 1)), once };
  }
  if (step < 0 && (operator === '>' || operator === '>=')) {
    const last = operator === '>' ? to.low + 1 : to.low;
    if (last + step < lowest && !(operator === '>' && step === -1)) return UNKNOWN;
    return { atMost: Math.max(0, Math.floor((from.high - last) / -step) + 1), once: null };
  }
  return UNKNOWN;
}
