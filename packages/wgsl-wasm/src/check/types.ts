/**
 * The types of checked programs. Every type is interned: two types are the same type exactly when they are the same
 * object, so `===` is type equality, also across programs (structures excepted: each declaration makes its own).
 */

export type ScalarName = 'bool' | 'i32' | 'u32' | 'f32' | 'f16';
/** Scalars while checking: also the types of literals without a suffix. They never appear in a checked program. */
export type AnyScalarName = ScalarName | 'abstract-int' | 'abstract-float';

export type AddressSpace =
  | 'function'
  | 'private'
  | 'workgroup'
  | 'uniform'
  | 'storage'
  | 'immediate'
  | 'handle';
export type AccessMode = 'read' | 'write' | 'read_write';

export interface ScalarType {
  readonly kind: 'scalar';
  readonly name: AnyScalarName;
}

export interface VectorType {
  readonly kind: 'vector';
  readonly size: 2 | 3 | 4;
  readonly element: ScalarType;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly element: Type;
  /** `null`: runtime-sized. In a program from `checkProgram`, override-sized arrays have their number here too. */
  readonly count: number | null;
  /**
   * Distance between elements in bytes: the element's size rounded up to its alignment. 0 if the element has no
   * layout.
   */
  readonly stride: number;
  /**
   * Set if an override decides the count: such a type equals only those of the same override. The back end ignores
   * it.
   */
  readonly overrideCount: OverrideCount | null;
  /** It is a matrix: the array of its columns. The back end need not know, for both lie in memory in one way. */
  readonly matrix: boolean;
}

/** `matCxR<T>`: `count` is C, `element` is `vecR<T>`. */
export type MatrixType = ArrayType & { readonly element: VectorType; readonly count: number };

/** An element count that an override decides. */
export interface OverrideCount {
  /** `null` while the override has no value (`checkModule` only). */
  readonly count: number | null;
  /** The array types of this count, by element type. */
  readonly types: Map<Type, ArrayType>;
}

/**
 * `atomic<i32>` or `atomic<u32>`: only inside storage and workgroup variables, only reached through atomic builtins.
 */
export interface AtomicType {
  readonly kind: 'atomic';
  readonly element: ScalarType;
}

export interface StructMember {
  readonly name: string;
  readonly type: Type;
  /** Bytes from the start of the structure, after `@align` and `@size`. */
  readonly offset: number;
  /** `@size`, else the type's own size; a trailing runtime-sized array counts as one element. */
  readonly size: number;
  readonly align: number;
  readonly index: number;
}

export interface StructType {
  readonly kind: 'struct';
  readonly name: string;
  readonly members: readonly StructMember[];
  /** In bytes, a multiple of `align`. A trailing runtime-sized array counts as one element. */
  readonly size: number;
  readonly align: number;
}

/** What `&x` has. Pointers are never stored: they are `let` values, parameters and operands only. */
export interface PointerType {
  readonly kind: 'pointer';
  readonly addressSpace: AddressSpace;
  readonly storeType: Type;
  readonly access: AccessMode;
}

/** `buffer<N>` or `buffer`: bytes that are read and written through views of other types only. */
export interface BufferType {
  readonly kind: 'buffer';
  /** Bytes; `null`: as many as are bound. In a program from `checkProgram`, an override's number is here too. */
  readonly size: number | null;
  /** Set if an override decides the size, as of arrays. */
  readonly overrideSize: OverrideCount | null;
}

/** A texture: only the type of variables in the address space `handle`, of parameters, and of `let`. */
export interface TextureType {
  readonly kind: 'texture';
  /** As `texture_storage_2d`. */
  readonly name: string;
  /** The number of coordinates. */
  readonly dimensions: 1 | 2 | 3;
  /** Whether it has layers. */
  readonly arrayed: boolean;
  /** The texel format of a storage texture; null for a sampled one, which may have any. */
  readonly format: string | null;
  readonly access: AccessMode;
  /** What a texel is read and written as: four of these. */
  readonly element: ScalarType;
}

export type Type =
  | ScalarType
  | VectorType
  | ArrayType
  | AtomicType
  | StructType
  | PointerType
  | BufferType
  | TextureType;

const scalar = (name: AnyScalarName): ScalarType => ({ kind: 'scalar', name });

/** @internal */
export const BOOL = scalar('bool');
/** @internal */
export const I32 = scalar('i32');
/** @internal */
export const U32 = scalar('u32');
/** @internal */
export const F32 = scalar('f32');
/** Only where a module says `enable f16;`. @internal */
export const F16 = scalar('f16');
/**
 * `1`: 64-bit integer arithmetic at compile time, converts to i32, u32, f32 and abstract float where it fits.
 * @internal
 */
export const ABSTRACT_INT = scalar('abstract-int');
/** `1.0`: float64 arithmetic at compile time, converts to f32 where it fits. @internal */
export const ABSTRACT_FLOAT = scalar('abstract-float');

const vectors = new Map<ScalarType, VectorType[]>();

/** The type `vecN<element>`. @internal */
export function vectorOf(size: 2 | 3 | 4, element: ScalarType): VectorType {
  let row = vectors.get(element);
  if (!row) {
    row = ([2, 3, 4] as const).map((n) => ({ kind: 'vector', size: n, element }));
    vectors.set(element, row);
  }
  return row[size - 2];
}

/** `element` itself for size 1, else `vecSize<element>`. @internal */
export function vectorOrScalar(size: number, element: ScalarType): ScalarType | VectorType {
  return size === 1 ? element : vectorOf(size as 2 | 3 | 4, element);
}

const ATOMIC_I32: AtomicType = { kind: 'atomic', element: I32 };
const ATOMIC_U32: AtomicType = { kind: 'atomic', element: U32 };

/** @internal */
export function atomicOf(element: ScalarType): AtomicType {
  return element === I32 ? ATOMIC_I32 : ATOMIC_U32;
}

const arrays = new WeakMap<Type, Map<number | null, ArrayType>>();

function makeArray(element: Type, count: number | null, overrideCount: OverrideCount | null): ArrayType {
  const stride = hasLayout(element) ? roundUp(alignOf(element), sizeOf(element)) : 0;
  return { kind: 'array', element, count, stride, overrideCount, matrix: false };
}

/** The type `array<element, count>`; `null` for a runtime-sized array. @internal */
export function arrayOf(element: Type, count: number | null): ArrayType {
  let row = arrays.get(element);
  if (!row) {
    row = new Map();
    arrays.set(element, row);
  }
  let type = row.get(count);
  if (!type) {
    type = makeArray(element, count, null);
    row.set(count, type);
  }
  return type;
}

const matrices = new WeakMap<VectorType, Map<number, MatrixType>>();

/** The type of matrices with so many columns of that type. @internal */
export function matrixOf(columns: number, column: VectorType): MatrixType {
  let row = matrices.get(column);
  if (!row) {
    row = new Map();
    matrices.set(column, row);
  }
  let type = row.get(columns);
  if (!type) {
    type = { ...makeArray(column, columns, null), matrix: true } as MatrixType;
    row.set(columns, type);
  }
  return type;
}

/** @internal */
export const isMatrix = (type: Type): type is MatrixType => type.kind === 'array' && type.matrix;

/** The type `array<element, N>` where N depends on an override. @internal */
export function overrideArrayOf(element: Type, size: OverrideCount): ArrayType {
  let type = size.types.get(element);
  if (!type) {
    type = makeArray(element, size.count ?? 1, size);
    size.types.set(element, type);
  }
  return type;
}

const pointers = new WeakMap<Type, Map<string, PointerType>>();

/** How memory may be used where no access mode is written. @internal */
export const defaultAccess = (space: AddressSpace): AccessMode =>
  ['storage', 'uniform', 'immediate', 'handle'].includes(space) ? 'read' : 'read_write';

/** The type `ptr<addressSpace, storeType, access>`. @internal */
export function pointerTo(addressSpace: AddressSpace, storeType: Type, access: AccessMode): PointerType {
  let row = pointers.get(storeType);
  if (!row) {
    row = new Map();
    pointers.set(storeType, row);
  }
  const key = `${addressSpace},${access}`;
  let type = row.get(key);
  if (!type) {
    type = { kind: 'pointer', addressSpace, storeType, access };
    row.set(key, type);
  }
  return type;
}

/** @internal */
export const roundUp = (align: number, value: number): number => Math.ceil(value / align) * align;

/** Whether other types can hold the type: everything but pointers, buffers, textures and abstract numbers. @internal */
export function hasLayout(type: Type): boolean {
  switch (type.kind) {
    case 'scalar':
      return type !== ABSTRACT_INT && type !== ABSTRACT_FLOAT;
    case 'vector':
    case 'array':
      return hasLayout(type.element);
    case 'pointer':
    case 'buffer':
    case 'texture':
      return false;
    default:
      return true;
  }
}

/** The bytes of a scalar in memory. */
const bytesOf = (type: ScalarType): number => (type === F16 ? 2 : 4);

/** `AlignOf(type)` in bytes (WGSL "Alignment and Size"; `bool` as four bytes). @internal */
export function alignOf(type: Type): number {
  switch (type.kind) {
    case 'scalar':
      return bytesOf(type);
    case 'atomic':
      return 4;
    case 'vector':
      return bytesOf(type.element) * (type.size === 2 ? 2 : 4);
    case 'array':
      return alignOf(type.element);
    case 'struct':
      return type.align;
    default:
      throw new Error(`a ${type.kind} has no alignment`);
  }
}

/**
 * `SizeOf(type)` in bytes; a runtime-sized array counts as one element, a runtime-sized buffer as 0.
 * @internal
 */
export function sizeOf(type: Type): number {
  switch (type.kind) {
    case 'scalar':
      return bytesOf(type);
    case 'atomic':
      return 4;
    case 'vector':
      return bytesOf(type.element) * type.size;
    case 'array':
      return type.stride * (type.count ?? 1);
    case 'struct':
      return type.size;
    case 'buffer':
      return type.size ?? 0;
    default:
      throw new Error(`a ${type.kind} has no size`);
  }
}

/** The type as it is written in WGSL: `vec3<f32>`, `array<u32, 4>`, `ptr<storage, f32, read_write>`. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'scalar':
      return type.name;
    case 'vector':
      return `vec${type.size}<${type.element.name}>`;
    case 'array':
      if (isMatrix(type)) return `mat${type.count}x${type.element.size}<${type.element.element.name}>`;
      if (type.overrideCount) return `array<${typeName(type.element)}, (set by an override)>`;
      return type.count === null
        ? `array<${typeName(type.element)}>`
        : `array<${typeName(type.element)}, ${type.count}>`;
    case 'atomic':
      return `atomic<${type.element.name}>`;
    case 'struct':
      return type.name;
    case 'buffer':
      if (type.overrideSize) return 'buffer<(set by an override)>';
      return type.size === null ? 'buffer' : `buffer<${type.size}>`;
    case 'pointer':
      return `ptr<${type.addressSpace}, ${typeName(type.storeType)}, ${type.access}>`;
    case 'texture':
      return `${type.name}<${type.format ? `${type.format}, ${type.access}` : type.element.name}>`;
  }
}

/**
 * A member before its place in the structure is known; `align` and `size` are the values of the attributes.
 * @internal
 */
export interface MemberSpec {
  readonly name: string;
  readonly type: Type;
  readonly align?: number;
  readonly size?: number;
}

/** Lays members out in order (WGSL "Structure Member Layout") and returns the new structure type. @internal */
export function makeStruct(name: string, specs: readonly MemberSpec[]): StructType {
  let end = 0;
  let structAlign = 1;
  const members = specs.map((spec, index): StructMember => {
    const laidOut = hasLayout(spec.type);
    const align = spec.align ?? (laidOut ? alignOf(spec.type) : 1);
    const size = spec.size ?? (laidOut ? sizeOf(spec.type) : 0);
    const offset = roundUp(align, end);
    end = offset + size;
    structAlign = Math.max(structAlign, align);
    return { name: spec.name, type: spec.type, offset, size, align, index };
  });
  return { kind: 'struct', name, members, size: roundUp(structAlign, end), align: structAlign };
}
