/**
 * Arrays and structures that are values (constants, `let`, parameters, results): how an element is picked. At an
 * index that is known it is the element itself; else a constant is read from its table, what has a name from this
 * thread's memory (where it is put when it is declared), and a small array without one by a chain of selections.
 */
import type { ConstantValue, Expression, LetDeclaration, Parameter } from '../check/program.ts';
import { sizeOf, type Type } from '../check/types.ts';
import { rare } from '../rare.ts';
import type { Context } from './context.ts';
import { constantValue, lowerExpression, lowerNode } from './expressions.ts';
import type { Node } from './graph.ts';
import {
  checkIndex,
  dynamicLane,
  elementAt,
  invocationMemory,
  loadFrom,
  memberOf,
  storeTo,
} from './memory.ts';
import { select } from './operators.ts';
import { tableOf } from './tables.ts';
import { leafCount, type MemoryLocation, nodeOf, partTypes, plain, type Value } from './values.ts';

type Named = LetDeclaration | Parameter;

/** Arrays of more scalars and vectors than this are read through memory. */
const MAXIMUM_CHAIN = 16;

/** A part of a constant, or of memory that holds a value. */
type Source =
  | { readonly kind: 'constant'; readonly type: Type; readonly value: ConstantValue }
  | MemoryLocation;

const isComposite = (type: Type) => type.kind === 'array' || type.kind === 'struct';

/** Evaluates what a name (of a `let`, or a parameter) is to stand for, and returns what makes it do so. */
export function bindLater(context: Context, name: Named, initializer: Expression): () => void {
  if (initializer.kind === 'constant' && isComposite(initializer.type)) {
    // Read by its parts, or from its table.
    const { value } = initializer;
    return () => context.constants.set(name, value);
  }
  let value = lowerExpression(context, initializer);
  if (value.kind === 'pointer' && name.type.kind === 'pointer' && name.type.storeType.kind === 'buffer')
    value = rare().narrowed(value, name.type.storeType);
  return () => {
    context.constants.delete(name);
    context.values.set(name, value);
    const memory = memoryOf(context, name);
    if (memory) storeTo(context, memory, value);
  };
}

/** Where a value lies that is read at indices known only when the kernel runs; null if there are none. */
function memoryOf(context: Context, name: Named): MemoryLocation | null {
  return context.inMemory.has(name) ? valueMemory(context, name, name.type, name.name) : null;
}

function valueMemory(context: Context, owner: object, type: Type, name: string | null): MemoryLocation {
  const place = invocationMemory(context, owner, sizeOf(type));
  return { kind: 'memory', type, name, constant: false, shared: false, byteLength: null, ...place };
}

/**
 * What the elements and members of an expression can be taken from without taking it whole; null if it must be
 * computed.
 */
function sourceOf(context: Context, expression: Expression): Source | null {
  switch (expression.kind) {
    case 'constant':
      return { kind: 'constant', type: expression.type, value: expression.value };
    case 'value': {
      const name = expression.declaration;
      const value = context.constants.get(name);
      if (value !== undefined) return { kind: 'constant', type: expression.type, value };
      return memoryOf(context, name);
    }
    case 'extract': {
      if (expression.base.type.kind !== 'array') return null;
      const base = sourceOf(context, expression.base);
      if (!base) return null;
      const index = lowerNode(context, expression.index);
      if (base.kind === 'memory') return elementAt(context, base, index, expression.pos) as MemoryLocation;
      const parts = base.value as readonly ConstantValue[];
      const part = index.op === 'i32.const' ? parts[index.imm] : undefined;
      if (part !== undefined) return { kind: 'constant', type: expression.type, value: part };
      const table = tableOf(context, base.type, base.value);
      return elementAt(context, table, index, expression.pos) as MemoryLocation;
    }
    case 'member': {
      const base = sourceOf(context, expression.base);
      if (!base) return null;
      if (base.kind === 'memory') return memberOf(base, expression.member) as MemoryLocation;
      const value = (base.value as readonly ConstantValue[])[expression.member];
      return { kind: 'constant', type: expression.type, value };
    }
    default:
      return null;
  }
}

/** `base[index]` and `base.member` on values. */
export function lowerPart(context: Context, expression: Expression & { kind: 'extract' | 'member' }): Value {
  const source = sourceOf(context, expression);
  if (source?.kind === 'constant') return constantValue(context, source.type, source.value, expression.pos);
  if (source) return loadFrom(context, source);
  const { base } = expression;
  const value = lowerExpression(context, base);
  if (expression.kind === 'member') {
    if (value.kind !== 'composite') throw new Error('internal: a structure was expected');
    return value.parts[expression.member];
  }
  const index = lowerNode(context, expression.index);
  if (value.kind === 'node') {
    checkIndex(context, base.type, null, index, expression.pos);
    return dynamicLane(context, value, base.type, index);
  }
  if (value.kind !== 'composite') throw new Error('internal: an array was expected');
  if (index.op === 'i32.const' && value.parts[index.imm] !== undefined) return value.parts[index.imm];
  if (base.type.kind !== 'array') throw new Error('internal: an array was expected');
  if (leafCount(base.type) > MAXIMUM_CHAIN) {
    // What has a name is stored once, where it is declared: from the next lowering on.
    const name = rootOf(base);
    if (name) context.needMemory.add(name);
    const memory = valueMemory(context, expression, base.type, null);
    storeTo(context, memory, value);
    return loadFrom(context, elementAt(context, memory, index, expression.pos));
  }
  checkIndex(context, base.type, null, index, expression.pos);
  return pickElement(context.b, value.parts, base.type.element, index);
}

/** The name that an expression takes a part of. */
function rootOf(expression: Expression): Named | null {
  if (expression.kind === 'value') return expression.declaration;
  return expression.kind === 'extract' || expression.kind === 'member' ? rootOf(expression.base) : null;
}

/** The element of that number by a chain of selections. */
function pickElement(b: Context['b'], elements: readonly Value[], type: Type, index: Node): Value {
  if (type.kind === 'array' || type.kind === 'struct') {
    const parts = partTypes(type).map((part, i) => {
      const ofPart = elements.map((element) => {
        if (element.kind !== 'composite') throw new Error('internal: a composite value was expected');
        return element.parts[i];
      });
      return pickElement(b, ofPart, part, index);
    });
    return { kind: 'composite', parts };
  }
  return elements.map(nodeOf).reduceRight((rest, element, i) => {
    const isThis = b.value('i32.eq', [index, b.i32(i)]);
    return select(b, plain(type), rest, element, isThis);
  });
}
