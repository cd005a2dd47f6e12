/**
 * Accesses that stay inside of what they access (`robust`): an index that may be outside is clamped, so that a read
 * gives an element, and a write through it is dropped. Where the range of the index, or a condition around it, shows
 * that it is inside, nothing is added.
 */
import type { For } from '../check/program.ts';
import type { Context } from './context.ts';
import { lowerNode } from './expressions.ts';
import type { Cell, Node } from './graph.ts';
import {
  isInvariant,
  isLoadOf,
  type Kept as KeptName,
  noteRange,
  type Range,
  rangeOf,
  stepOf,
} from './limits.ts';
import { changedCells } from './loops.ts';
import { arrayLength } from './memory.ts';
import { usageOf } from './usage.ts';
import type { MemoryLocation } from './values.ts';

/** An index that is inside, and the condition under which it is the one that was asked for (null: always). */
export interface Kept {
  readonly index: Node;
  readonly inside: Node | null;
}

/** Of an access to an element of `base`. */
export function keepInside(context: Context, base: MemoryLocation, index: Node): Kept {
  const { b } = context;
  const { type } = base;
  const outer = base.inside ?? null;
  const count = type.kind === 'vector' ? type.size : type.kind === 'array' ? type.count : null;
  // What is bound has one element at least.
  if (rangeOf(index, false).high < (count ?? 1)) return { index, inside: outer };
  const length = count === null ? arrayLength(context, base) : b.i32(count);
  if (b.isKnown('i32.lt_u', index, length)) return { index, inside: outer };
  const inside = b.value('i32.lt_u', [index, length]);
  const last = b.value('i32.sub', [length, b.i32(1)]);
  return {
    index: b.value('select', [index, last, inside]),
    inside: outer ? b.value('i32.and', [outer, inside]) : inside,
  };
}

/** A lane that is inside of a vector of three: its fourth holds what lies behind it. */
export function keepLane(context: Context, size: number, lane: Node): Node {
  const { b } = context;
  if (rangeOf(lane, false).high < size) return lane;
  return b.value('select', [lane, b.i32(size - 1), b.value('i32.lt_u', [lane, b.i32(size)])]);
}

/** An atomic operation of which nothing is seen where the index was outside; it then gives 0. */
export function atomicInside(context: Context, inside: Node, operation: () => Node): Node {
  const { b } = context;
  const cell: Cell = { name: 'atomic inside', type: 'i32' };
  b.set(cell, b.i32(0));
  b.conditional(inside, () => b.set(cell, operation()));
  const result = b.get(cell);
  b.environment.delete(cell);
  return result;
}

/**
 * Between which numbers the variable of a `for` loop lies in its body, from where it is now: `for (var i = 0; i < n;
 * i++)` below the most that `n` may be; null if that cannot be told.
 */
export function rangeInBody(context: Context, statement: For): { cell: Cell; range: Range } | null {
  const { condition, update, body } = statement;
  const counted = stepOf(context, update);
  if (condition?.kind !== 'binary' || !counted || counted.step < 0) return null;
  const { variable, step } = counted;
  const { left, right, operator } = condition;
  if (!isLoadOf(left, variable) || (operator !== '<' && operator !== '<=')) return null;
  const changed = changedCells(context, [usageOf(body)]);
  const isKept: KeptName = (name) => {
    const location = context.locations.get(name);
    return location?.kind === 'cells' ? !changed.has(location.tree as Cell) : name.access === 'read';
  };
  const location = context.locations.get(variable);
  if (location?.kind !== 'cells' || !isKept(variable)) return null;
  if (!isInvariant(right, (name) => name !== variable && isKept(name))) return null;
  const signed = left.type.kind === 'scalar' && left.type.name === 'i32';
  const { low } = rangeOf(lowerNode(context, left), signed);
  const end = rangeOf(lowerNode(context, right), signed).high;
  const high = operator === '<' ? end - 1 : end;
  return low >= 0 && high + step < 2 ** 31 ? { cell: location.tree as Cell, range: { low, high } } : null;
}

export { noteRange };
