/** What the lowering of one entry point carries around. */
import type {
  Binding,
  ConstantValue,
  EntryPoint,
  LetDeclaration,
  Parameter,
  Variable,
} from '../check/program.ts';
import type { Type } from '../check/types.ts';
import type { Builder, Join } from './builder.ts';
import type { Cell, Node } from './graph.ts';
import type { Coordinates } from './invocation.ts';
import type { Access } from './races.ts';
import type { Tables } from './tables.ts';
import {
  type CellTree,
  eachCell,
  type Location,
  partTypes,
  plain,
  type Value,
  valueTypeOf,
} from './values.ts';

/**
 * What makes a kernel trap: an index or a view of a buffer in debug mode (the name of its variable, if it has one, and
 * the place), or a loop without end.
 */
export interface Check {
  readonly kind: 'index' | 'view' | 'loop';
  readonly name: string | null;
  /** The storage, uniform or workgroup variable that it is part of. */
  readonly variable: Variable | null;
  readonly pos: number;
}

/** A construct that this compiler does not support; `pos` is an offset into the source. */
export class UnsupportedError extends Error {
  readonly pos: number;
  constructor(message: string, pos: number) {
    super(message);
    this.pos = pos;
  }
}

/** The function being inlined. */
export interface Frame {
  readonly returnJoin: Join | null;
  readonly result: CellTree | null;
  /** Set by a return at the very end, where no branch is needed. */
  tailValue: Value | null;
  /** What `return` does at the entry point of a kernel with barriers, instead of branching. */
  readonly onReturn: (() => void) | null;
}

/** Where `break` and `continue` go. */
export interface Jumps {
  readonly onBreak: () => void;
  readonly onContinue: (() => void) | null;
}

export interface Context {
  readonly b: Builder;
  readonly entry: EntryPoint;
  readonly debug: boolean;
  /** Accesses out of bounds are clamped (reads) or dropped (writes). */
  readonly robust: boolean;
  readonly sharedMemory: boolean;
  /** Variables and values that live in memory, found by earlier lowerings: some index into them is not constant. */
  readonly inMemory: ReadonlySet<object>;
  /** Those found by this lowering, whose code is therefore not used. */
  readonly needMemory: Set<object>;
  /** Names of constant arrays and structures. */
  readonly constants: Map<LetDeclaration | Parameter, ConstantValue>;
  readonly tables: Tables;
  readonly values: Map<LetDeclaration | Parameter, Value>;
  readonly locations: Map<Variable, Location>;
  /** i32: the address of this thread's scratch memory. */
  readonly scratch: Node;
  /** Bytes of scratch memory handed out so far. */
  scratchBytes: number;
  /** Where in scratch memory the variables are that live there. */
  readonly slots: Map<object, number>;
  /** i32: the number of the invocation in its workgroup; only asked for in kernels with barriers. */
  invocationIndex: (() => Node) | null;
  /** Of the invocation whose code is lowered. */
  coordinates: Coordinates | null;
  /** Where the code reads and writes storage and workgroup variables; null if nobody watches for races. */
  readonly accesses: Access[] | null;
  /** By the number that a trap leaves. */
  readonly checks: Check[];
  /** What is left of the operations that loops may take; null in a kernel without loops that could run for ever. */
  readonly budget: Cell | null;
  readonly operationLimit: number;
  /** There is such a loop and no budget: the code is not used. */
  needsBudget: boolean;
  /** Whether loops may be unrolled: not after that made the kernel too large. */
  readonly unrolls: boolean;
  /** Whether one was. */
  unrolled: boolean;
  /** Operations in the loops of the code so far that are not checked, as often as they are taken. */
  loopOperations: number;
  /** i32: the address of the block of arguments. */
  readonly arguments: Node;
  readonly bindings: readonly Binding[];
  frame: Frame;
  jumps: Jumps | null;
  /** Whether the kernel has barriers, so that invocations of a workgroup are interleaved. */
  readonly interleaved: boolean;
}

/** New cells for a variable of the type. */
export function newCells(name: string, type: Type): CellTree {
  if (type.kind === 'array' || type.kind === 'struct') {
    return partTypes(type).map((part, i) => newCells(`${name}.${i}`, part));
  }
  return { name, type: valueTypeOf(plain(type)) };
}

export function readCells(b: Builder, tree: CellTree): Value {
  if (Array.isArray(tree)) return { kind: 'composite', parts: tree.map((part) => readCells(b, part)) };
  return b.get(tree as Cell);
}

export function writeCells(b: Builder, tree: CellTree, value: Value): void {
  if (Array.isArray(tree)) {
    if (value.kind !== 'composite') throw new Error('internal: a composite value was expected');
    tree.forEach((part, i) => {
      writeCells(b, part, value.parts[i]);
    });
  } else if (value.kind === 'node') {
    b.set(tree as Cell, value);
  } else {
    throw new Error('internal: a scalar or vector value was expected');
  }
}

export function forgetCells(b: Builder, tree: CellTree): void {
  eachCell(tree, (cell) => b.environment.delete(cell));
}

/** The zero value of a type. */
export function zeroValue(b: Builder, type: Type): Value {
  if (type.kind === 'array' || type.kind === 'struct') {
    return { kind: 'composite', parts: partTypes(type).map((part) => zeroValue(b, part)) };
  }
  return b.zero(valueTypeOf(plain(type)));
}
