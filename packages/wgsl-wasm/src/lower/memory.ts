/** Variables and their parts: where they are, how they are read and written. */
import type { Place, Variable } from '../check/program.ts';
import { roundUp, type ScalarType, sizeOf, type Type, type VectorType } from '../check/types.ts';
import { rare } from '../rare.ts';
import { ARGUMENT_BUFFERS } from '../runtime/layout.ts';
import type { Context } from './context.ts';
import { newCells, readCells, UnsupportedError, writeCells } from './context.ts';
import { lowerExpression } from './expressions.ts';
import type { Node } from './graph.ts';
import { addressOf } from './linear.ts';
import {
  type CellsLocation,
  type CellTree,
  type Location,
  leafCount,
  type MemoryLocation,
  nodeOf,
  plain,
  type Value,
} from './values.ts';
import { asLane, family, isHalf, lane, replaceLane } from './vectors.ts';

/** Arrays of more scalars and vectors than this live in memory even if every index is constant. */
const MAXIMUM_CELLS = 256;
/** The largest array or structure that is read or written whole. */
const MAXIMUM_LEAVES = 4096;

/** Sets `bytes` of this thread's scratch memory aside and returns where, relative to its start. */
function allocateScratch(context: Context, bytes: number): number {
  const start = context.scratchBytes;
  // Vectors of three components are read as four.
  context.scratchBytes = start + roundUp(16, bytes) + 16;
  return start;
}

/** Scratch memory of the current invocation for one variable; the same at every declaration of that variable. */
export function invocationMemory(
  context: Context,
  owner: object,
  bytes: number,
): { base: Node; bytes: Node | null; offset: number } {
  const { b, scratch } = context;
  const size = roundUp(16, bytes) + 16;
  const [x, y, z] = context.entry.workgroupSize;
  let offset = context.slots.get(owner);
  if (offset === undefined) {
    offset = allocateScratch(context, context.interleaved ? size * x * y * z : size);
    context.slots.set(owner, offset);
  }
  if (!context.interleaved) return { base: scratch, bytes: null, offset };
  return { base: scratch, bytes: b.value('i32.mul', [context.invocationIndex!(), b.i32(size)]), offset };
}

/** Whether a variable of the type can live in locals. */
export function fitsCells(context: Context, variable: Variable): boolean {
  return !context.inMemory.has(variable) && leafCount(variable.storeType) <= MAXIMUM_CELLS;
}

/** Makes room for a function or private variable; its value is not set yet. */
export function declareLocation(context: Context, variable: Variable): Location {
  const type = variable.storeType;
  let location: Location;
  if (fitsCells(context, variable)) {
    location = { kind: 'cells', type, tree: newCells(variable.name, type), owner: variable };
  } else {
    const place = invocationMemory(context, variable, sizeOf(type));
    location = {
      kind: 'memory',
      type,
      name: variable.name,
      constant: false,
      shared: false,
      byteLength: null,
      ...place,
    };
  }
  context.locations.set(variable, location);
  return location;
}

/** Where a storage, uniform or workgroup variable is. */
function moduleLocation(context: Context, variable: Variable): MemoryLocation {
  const { b } = context;
  const { storeType: type, name } = variable;
  const common = { kind: 'memory', type, name, variable, bytes: null } as const;
  if (variable.addressSpace === 'workgroup') {
    const offset = allocateScratch(context, sizeOf(variable.storeType));
    return { ...common, base: context.scratch, offset, constant: false, shared: false, byteLength: null };
  }
  const index = context.bindings.findIndex((binding) => binding.variable === variable);
  const word = (offset: number) =>
    b.load('i32.load', context.arguments, ARGUMENT_BUFFERS + 8 * index + offset, {
      constant: true,
      safe: true,
    });
  return {
    ...common,
    base: word(0),
    offset: 0,
    constant: variable.access === 'read',
    byteLength: word(4),
    shared: variable.addressSpace === 'storage',
  };
}

export function locationOf(context: Context, variable: Variable): Location {
  const known = context.locations.get(variable);
  if (known) return known;
  const location = moduleLocation(context, variable);
  context.locations.set(variable, location);
  return location;
}

/** Finds what a place names; its indices are evaluated now. */
export function resolvePlace(context: Context, place: Place): Location {
  switch (place.kind) {
    case 'variable':
      return locationOf(context, place.variable);
    case 'deref': {
      const pointer = lowerExpression(context, place.pointer);
      if (pointer.kind !== 'pointer') throw new Error('internal: a pointer was expected');
      return pointer.place;
    }
    case 'member':
      return memberOf(resolvePlace(context, place.base), place.member);
    case 'index': {
      const base = resolvePlace(context, place.base);
      return elementAt(context, base, nodeOf(lowerExpression(context, place.index)), place.pos);
    }
    case 'swizzle':
      throw new Error('internal: a swizzle is assigned by its statement');
  }
}

export function memberOf(base: Location, member: number): Location {
  if (base.type.kind !== 'struct') throw new Error('internal: a structure was expected');
  const { type, offset } = base.type.members[member];
  if (base.kind === 'cells') return { ...base, type, tree: (base.tree as CellTree[])[member] };
  if (base.kind === 'memory') return { ...base, type, offset: base.offset + offset };
  throw new Error('internal: a component has no members');
}

export function elementAt(context: Context, base: Location, index: Node, pos: number): Location {
  const { b } = context;
  const { type } = base;
  if (type.kind !== 'array' && type.kind !== 'vector') throw new Error('internal: an array was expected');
  if (base.kind === 'cells') {
    if (type.kind === 'vector') {
      return {
        kind: 'lane',
        type: type.element,
        cell: base.tree as never,
        vector: type,
        lane: checkIndex(context, type, base, index, pos),
      };
    }
    // Beyond the end: only unrolled code that the program never reaches, or a program whose index has no meaning.
    const tree = index.op === 'i32.const' ? (base.tree as CellTree[])[index.imm] : undefined;
    if (tree) return { ...base, type: type.element, tree };
    // Lowered again with the variable in memory; until then as if it were, so that all such variables are found.
    context.needMemory.add(base.owner);
    return elementAt(context, standIn(context, base), index, pos);
  }
  if (base.kind !== 'memory') throw new Error('internal: a component has no elements');
  const stride = type.kind === 'array' ? type.stride : sizeOf(type.element);
  checkIndex(context, type, base, index, pos);
  const kept = context.robust ? rare().keepInside(context, base, index) : { index, inside: null };
  const element = { ...base, type: type.element, inside: kept.inside };
  if (kept.index.op === 'i32.const') {
    return { ...element, offset: (base.offset + Math.imul(kept.index.imm, stride)) | 0 };
  }
  const distance = b.value('i32.mul', [kept.index, b.i32(stride)]);
  const bytes = base.bytes ? b.value('i32.add', [base.bytes, distance]) : distance;
  return { ...element, bytes };
}

/** Some memory in the place of a variable that turned out to need it. */
function standIn(context: Context, { type }: CellsLocation): MemoryLocation {
  const common = { kind: 'memory', type, name: null, constant: false, shared: false } as const;
  return { ...common, base: context.scratch, bytes: null, offset: 0, byteLength: null };
}

/**
 * In debug mode: traps when the index is outside, after noting where. `base` is where the elements are, if they have
 * a place. Returns the index.
 */
export function checkIndex(
  context: Context,
  type: Type,
  base: CellsLocation | MemoryLocation | null,
  index: Node,
  pos: number,
): Node {
  const { b } = context;
  if (!context.debug) return index;
  let count: Node;
  if (type.kind === 'vector') count = b.i32(type.size);
  else if (type.kind === 'array' && type.count !== null) count = b.i32(type.count);
  else count = arrayLength(context, base as MemoryLocation);
  const outside = b.value('i32.ge_u', [index, count]);
  const check = context.checks.length;
  b.conditional(outside, () => {
    context.checks.push({
      kind: 'index',
      name: base?.kind === 'cells' ? base.owner.name : (base?.name ?? null),
      variable: (base?.kind === 'memory' && base.variable) || null,
      pos,
    });
    const record = b.value('i32.sub', [context.scratch, b.i32(64)]);
    const { group, local } = rare().currentInvocation(context);
    [b.i32(check + 1), index, count, group, local].forEach((word, i) => {
      b.effect('i32.store', [record, word], 4 * i);
    });
    b.trap();
  });
  return index;
}

/** Elements of a runtime-sized array: what fits into the rest of its buffer, or of its view of one. */
export function arrayLength(context: Context, location: Location): Node {
  const { b } = context;
  if (location.kind !== 'memory' || location.type.kind !== 'array' || !location.byteLength) {
    throw new Error('internal: only arrays in buffers have a length at run time');
  }
  const bytes = b.value('i32.sub', [location.byteLength, b.i32(location.offset)]);
  return b.value('i32.div_u', [bytes, b.i32(location.type.stride)]);
}

const isPlain = (type: Type): type is ScalarType | VectorType =>
  type.kind === 'scalar' || type.kind === 'vector';
const isBool = (type: Type) => type.kind === 'scalar' && type.name === 'bool';

export function loadFrom(context: Context, location: Location): Value {
  const { b } = context;
  if (location.kind === 'cells') return readCells(b, location.tree);
  if (location.kind === 'lane')
    return dynamicLane(context, b.get(location.cell), location.vector, location.lane);
  const { type } = location;
  if (type.kind === 'array' || type.kind === 'struct')
    return { kind: 'composite', parts: parts(context, location).map((part) => loadFrom(context, part)) };
  if (context.accesses) rare().noteAccess(context, location, false);
  const { base, offset } = addressOf(b, location.base, location.bytes, 1, location.offset);
  const options = {
    constant: location.constant && (!context.debug || location.bytes === null),
    safe: location.bytes === null,
  };
  const load = (op: string) => within(location, b.load(op, base, offset, options));
  if (isPlain(type) && isHalf(type)) return rare().loadHalf(b, type, load);
  if (type.kind === 'vector') return load(type.size === 2 ? 'v128.load64_zero' : 'v128.load');
  if (isBool(type)) return b.value('i32.ne', [load('i32.load'), b.i32(0)]);
  return load(type.kind === 'scalar' && type.name === 'f32' ? 'f32.load' : 'i32.load');
}

/** Notes what memory the access stays inside of. */
function within({ base }: MemoryLocation, access: Node): Node {
  access.memory = base;
  return access;
}

/** The elements or members of an array or structure in memory. */
function parts(context: Context, location: MemoryLocation): MemoryLocation[] {
  const { type } = location;
  if (leafCount(type) > MAXIMUM_LEAVES) {
    throw new UnsupportedError(
      `${location.name === null ? 'a value' : `'${location.name}'`} is read or written whole, which is supported up to ${MAXIMUM_LEAVES} scalars and vectors: access its elements instead`,
      context.entry.function.pos,
    );
  }
  if (type.kind === 'struct') return type.members.map((_, i) => memberOf(location, i) as MemoryLocation);
  if (type.kind !== 'array') throw new Error('internal: an array was expected');
  return Array.from({ length: type.count! }, (_, i) => ({
    ...location,
    type: type.element,
    offset: location.offset + i * type.stride,
  }));
}

export function storeTo(context: Context, location: Location, value: Value): void {
  const { b } = context;
  if (location.kind === 'cells') {
    writeCells(b, location.tree, value);
    return;
  }
  if (location.kind === 'lane') {
    const { cell, vector } = location;
    b.set(cell, withDynamicLane(context, b.get(cell), vector, location.lane, nodeOf(value)));
    return;
  }
  const { type, inside } = location;
  if (inside) {
    b.conditional(inside, () => storeTo(context, { ...location, inside: null }, value));
    return;
  }
  if (type.kind === 'array' || type.kind === 'struct') {
    if (value.kind !== 'composite') throw new Error('internal: a composite value was expected');
    const all = value.parts;
    parts(context, location).forEach((part, i) => {
      storeTo(context, part, all[i]);
    });
    return;
  }
  if (context.accesses) rare().noteAccess(context, location, true);
  const { base, offset } = addressOf(b, location.base, location.bytes, 1, location.offset);
  const node = nodeOf(value);
  const store = (op: string, stored: Node, at = offset, lane = 0) =>
    within(location, b.effect(op, [base, stored], at, lane));
  if (isPlain(type) && isHalf(type)) {
    rare().storeHalf(b, type, node, offset, store);
    return;
  }
  if (type.kind === 'vector') {
    if (type.size === 4) store('v128.store', node);
    else store('v128.store64_lane', node);
    if (type.size === 3) store('v128.store32_lane', node, offset + 8, 2);
  } else {
    const scalar = plain(type);
    const isFloat = scalar.kind === 'scalar' && scalar.name === 'f32';
    store(isFloat ? 'f32.store' : 'i32.store', scalar.kind === 'scalar' ? asLane(b, scalar, node) : node);
  }
}

/** `vector[index]` for an index that may not be constant. */
export function dynamicLane(context: Context, vector: Node, type: Type, index: Node): Node {
  const { b } = context;
  if (type.kind !== 'vector') throw new Error('internal: a vector was expected');
  if (index.op === 'i32.const') return lane(b, type, vector, index.imm);
  const inside = context.robust ? rare().keepLane(context, type.size, index) : index;
  // Four bytes from 4 * index on, moved to the front.
  const first = b.value('i8x16.splat', [b.value('i32.shl', [inside, b.i32(2)])]);
  const steps = b.v128(Uint8Array.from({ length: 16 }, (_, i) => i & 3));
  const bytes = b.value('v128.or', [first, steps]);
  return lane(b, type, b.value('i8x16.swizzle', [vector, bytes]), 0);
}

function withDynamicLane(context: Context, vector: Node, type: Type, index: Node, scalar: Node): Node {
  const { b } = context;
  if (type.kind !== 'vector') throw new Error('internal: a vector was expected');
  if (index.op === 'i32.const') return replaceLane(b, type, vector, index.imm, scalar);
  const numbers = b.v128(new Uint8Array(new Int32Array([0, 1, 2, 3]).buffer));
  const mask = b.value('i32x4.eq', [numbers, b.value('i32x4.splat', [index])]);
  const filled = b.value(`${family(type)}.splat`, [asLane(b, type.element, scalar)]);
  return b.value('v128.bitselect', [filled, vector, mask]);
}
