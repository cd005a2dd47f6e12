/**
 * The compiler's middle form: values in static single assignment, held in nested regions that mirror WebAssembly's
 * blocks.
 *
 * A `Node` is one value (or one effect, when its `type` is null); its `op` is the name of the WebAssembly
 * instruction, except for `phi` (a local that several places set) and `parameter`. A `Region` is the code of one
 * block, loop body or branch: a list of items in the order of execution. Mutable variables of the source are `Cell`s;
 * the builder knows each one's current node.
 */
import type { ValueType } from '../encode/opcodes.ts';

export interface Node {
  readonly kind: 'node';
  readonly id: number;
  /** The place in the text that it comes from, as far as one is known: as `Builder.pos`. */
  pos: number;
  op: string;
  type: ValueType | null;
  args: Node[];
  /** Constant (f32: its bits), lane, parameter number or memory offset; 0 where the instruction has none. */
  imm: number;
  /** Lane of a `*_lane` memory instruction. */
  lane: number;
  /** `v128.const`: the value; `i8x16.shuffle`: the lanes. */
  readonly bytes: Uint8Array | null;
  /** Where it is computed. */
  region: Region;
  /** Has an effect, or must stay where it is for another reason: never removed as unused. */
  effect: boolean;
  /** A read of memory that nothing writes while the kernel runs. */
  constantLoad: boolean;
  /** A read or write: the address of the variable or buffer that it stays inside of; null where that is not known. */
  memory: Node | null;
  /** `phi`: the places that set it. */
  sources: PhiSet[] | null;
  /** The next node in `ValueTable` with the same hash. */
  next: Node | null;
  /** Its linear form, once asked for (`linear.ts`). */
  linear: Linear | null;
  // Written by liveness and emission.
  live: boolean;
  /** Live nodes that read it. */
  users: Node[];
  /** Other readers: conditions and phis. */
  otherUses: number;
  local: number;
}

/** `constant + sum of coefficient * node`, modulo 2^32. */
export interface Linear {
  readonly terms: ReadonlyMap<Node, number>;
  readonly constant: number;
}

export interface PhiSet {
  readonly phi: Node;
  value: Node;
}

/** Sets phis, all at once: every value is read before any phi is written. */
export interface Sets {
  readonly kind: 'sets';
  readonly pos: number;
  readonly list: PhiSet[];
}

export interface Label {
  readonly kind: 'label';
  /** Branches to it, without falling into it. */
  branches: number;
}

export interface BlockItem {
  readonly kind: 'block';
  readonly pos: number;
  readonly label: Label;
  readonly body: Region;
}

export interface LoopItem {
  readonly kind: 'loop';
  readonly pos: number;
  readonly label: Label;
  readonly body: Region;
}

export interface IfItem {
  readonly kind: 'if';
  readonly pos: number;
  readonly condition: Node;
  readonly taken: Region;
  readonly otherwise: Region | null;
}

export interface BranchItem {
  readonly kind: 'branch';
  readonly pos: number;
  readonly label: Label;
}

export interface TrapItem {
  readonly kind: 'trap';
  readonly pos: number;
}

export type Item = Node | Sets | BlockItem | LoopItem | IfItem | BranchItem | TrapItem;

export interface Region {
  readonly kind: 'entry' | 'block' | 'loop' | 'if';
  readonly parent: Region | null;
  readonly depth: number;
  items: Item[];
  /** Still being written: code may be appended at its end. */
  open: boolean;
  /** Closed, but everything in it is executed whenever the region around it is: its values are known there. */
  merged: boolean;
  /** Some branch may already have left it: what follows is not always executed. */
  escaped: boolean;
  /** Comparisons that hold in what is appended from now on, where anybody asks (`Builder.isKnown`). */
  facts: { readonly op: string; readonly x: Node; readonly y: Node }[] | null;
}

/** A mutable variable of scalar or vector type that lives in WebAssembly locals. */
export interface Cell {
  readonly name: string;
  readonly type: ValueType;
}

export function newRegion(kind: Region['kind'], parent: Region | null): Region {
  return {
    kind,
    parent,
    depth: parent ? parent.depth + 1 : 0,
    items: [],
    open: true,
    merged: false,
    escaped: false,
    facts: null,
  };
}

export const isConstant = (node: Node): boolean =>
  node.op === 'i32.const' || node.op === 'f32.const' || node.op === 'v128.const';

const bits = new DataView(new ArrayBuffer(4));

/** The bits of a number rounded to f32, as a signed integer. */
export function floatToBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}

export function bitsToFloat(value: number): number {
  bits.setInt32(0, value);
  return bits.getFloat32(0);
}
