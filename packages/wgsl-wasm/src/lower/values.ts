/** Values and memory of the source language as the lowering sees them. */

import type { Variable } from '../check/program.ts';
import type { ScalarType, Type, VectorType } from '../check/types.ts';
import type { ValueType } from '../encode/opcodes.ts';
import type { Cell, Node } from './graph.ts';

/** A scalar or vector is one node; arrays and structures are their parts; pointers are known places. */
export type Value = Node | Composite | Pointer;

export interface Composite {
  readonly kind: 'composite';
  readonly parts: readonly Value[];
}

export interface Pointer {
  readonly kind: 'pointer';
  readonly place: Location;
}

/** A variable, or a part of one, that lives in WebAssembly locals: one cell for each scalar or vector. */
export type CellTree = Cell | readonly CellTree[];

export interface CellsLocation {
  readonly kind: 'cells';
  readonly type: Type;
  readonly tree: CellTree;
  /** The variable, for moving it to memory when an index is not constant. */
  readonly owner: Variable;
}

/** One component of a vector that lives in a cell. */
export interface LaneLocation {
  readonly kind: 'lane';
  readonly type: ScalarType;
  readonly cell: Cell;
  readonly vector: VectorType;
  /** i32 */
  readonly lane: Node;
}

/** Memory at `base + bytes + offset`. */
export interface MemoryLocation {
  readonly kind: 'memory';
  readonly type: Type;
  readonly base: Node;
  /** The part of the distance that is only known when the kernel runs, in bytes. */
  readonly bytes: Node | null;
  readonly offset: number;
  /** Nothing writes to it while the kernel runs. */
  readonly constant: boolean;
  /** The name of the variable, if it has one. */
  readonly name: string | null;
  /** How many bytes there are from `base + bytes` on, when that is only known when the kernel runs. */
  readonly byteLength: Node | null;
  /** Invocations of other threads may write to it. */
  readonly shared: boolean;
  /** The storage, uniform or workgroup variable that it is part of. */
  readonly variable?: Variable;
  /** i32: 0 where an index was outside (`robust.ts`): what is written is then dropped. */
  readonly inside?: Node | null;
}

export type Location = CellsLocation | LaneLocation | MemoryLocation;

/** Whether values of the type are places: pointers, and textures, whose place is what describes them. */
export const isPlaced = ({ kind }: Type): boolean => kind === 'pointer' || kind === 'texture';

/** The WebAssembly type that holds a scalar or a vector. */
export function valueTypeOf(type: ScalarType | VectorType): ValueType {
  if (type.kind === 'vector') return 'v128';
  return type.name === 'f32' || type.name === 'f16' ? 'f32' : 'i32';
}

/** The type as a scalar or vector; throws for anything else. */
export function plain(type: Type): ScalarType | VectorType {
  if (type.kind === 'scalar' || type.kind === 'vector') return type;
  throw new Error(`internal: expected a scalar or vector type, not ${type.kind}`);
}

export function nodeOf(value: Value): Node {
  if (value.kind === 'node') return value;
  throw new Error(`internal: expected a scalar or vector value, not a ${value.kind}`);
}

/** The types of the parts of an array or a structure. */
export function partTypes(type: Type): Type[] {
  if (type.kind === 'array') return new Array<Type>(type.count!).fill(type.element);
  if (type.kind === 'struct') return type.members.map((member) => member.type);
  throw new Error(`internal: ${type.kind} has no parts`);
}

/** How many scalars and vectors a type consists of; infinite for what cannot be a value. */
export function leafCount(type: Type): number {
  if (type.kind === 'array')
    return type.count === null ? Number.POSITIVE_INFINITY : type.count * leafCount(type.element);
  if (type.kind === 'struct') return type.members.reduce((sum, member) => sum + leafCount(member.type), 0);
  return type.kind === 'atomic' ? Number.POSITIVE_INFINITY : 1;
}

/** Calls `visit` for every cell of a tree. */
export function eachCell(tree: CellTree, visit: (cell: Cell) => void): void {
  if (Array.isArray(tree)) for (const part of tree) eachCell(part, visit);
  else visit(tree as Cell);
}
