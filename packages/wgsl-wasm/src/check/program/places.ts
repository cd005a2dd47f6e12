/** Places: memory that is read, written or pointed to. */
import type { AccessMode, AddressSpace, Type } from '../types.ts';
import type { Variable } from './declarations.ts';
import type { Expression } from './expressions.ts';

/**
 * Memory. `type` is what is stored there; `addressSpace` and `access` say where and how it may be used.
 * A place is not a value: `load` reads it, assignments write it, `addressOf` makes a pointer of it.
 */
export type Place = VariablePlace | PointerPlace | IndexPlace | MemberPlace | SwizzlePlace;

interface PlaceBase {
  readonly pos: number;
  readonly type: Type;
  readonly addressSpace: AddressSpace;
  readonly access: AccessMode;
}

export interface VariablePlace extends PlaceBase {
  readonly kind: 'variable';
  readonly variable: Variable;
}

/** `*pointer` */
export interface PointerPlace extends PlaceBase {
  readonly kind: 'deref';
  readonly pointer: Expression;
}

/**
 * `base[index]` where base is an array or a vector; `v.y` on a vector in memory is the same with a constant index.
 * `index` is an i32 or u32 expression; a constant one is inside the bounds, except of a runtime-sized array's upper
 * bound.
 */
export interface IndexPlace extends PlaceBase {
  readonly kind: 'index';
  readonly base: Place;
  readonly index: Expression;
}

/** `base.member` of a structure. */
export interface MemberPlace extends PlaceBase {
  readonly kind: 'member';
  readonly base: Place;
  readonly member: number;
}

/**
 * `v.zx` on a vector in memory, two to four distinct components: appears only as the target of an assignment
 * (`v.zx = ...`, `v.zx += ...`). Reading is `swizzle` of a `load`.
 */
export interface SwizzlePlace extends PlaceBase {
  readonly kind: 'swizzle';
  readonly base: Place;
  readonly components: readonly number[];
}
