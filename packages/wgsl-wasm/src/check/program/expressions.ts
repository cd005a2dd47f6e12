/** Expressions: what has a value. */
import type { ArrayType, PointerType, StructType, TextureType, Type, VectorType } from '../types.ts';
import type { BuiltinName } from './builtin-names.ts';
import type { CheckedFunction, ConstantValue, LetDeclaration, Parameter } from './declarations.ts';
import type { Place } from './places.ts';

export type Expression =
  | Constant
  | ValueOf
  | Load
  | AddressOf
  | Unary
  | Binary
  | Logical
  | Splat
  | Construct
  | Convert
  | Bitcast
  | Swizzle
  | Extract
  | Member
  | Call
  | BuiltinCall;

interface ExpressionBase {
  readonly pos: number;
  readonly type: Type;
}

/**
 * Any concrete, constructible type: scalars, vectors, arrays and structures. Zero-value constructors are constants
 * too.
 */
export interface Constant extends ExpressionBase {
  readonly kind: 'constant';
  readonly value: ConstantValue;
}

/** The value of a `let` or a parameter. */
export interface ValueOf extends ExpressionBase {
  readonly kind: 'value';
  readonly declaration: LetDeclaration | Parameter;
}

/**
 * The load rule: the value at a place at this moment. Never of a type that holds an atomic or a runtime-sized array.
 */
export interface Load extends ExpressionBase {
  readonly kind: 'load';
  readonly place: Place;
}

/** `&place`: a pointer value. Its indices are evaluated here. Or the name of a texture. */
export interface AddressOf extends ExpressionBase {
  readonly kind: 'addressOf';
  readonly type: PointerType | TextureType;
  readonly place: Place;
}

/** `-` on i32 (wraps) and f32; `!` on bool; `~` on i32 and u32; all also on vectors. */
export interface Unary extends ExpressionBase {
  readonly kind: 'unary';
  readonly operator: '-' | '!' | '~';
  readonly operand: Expression;
}

/**
 * Both operands are evaluated, left first, and have the same type (scalar or vector). Exception: `<<` and `>>`, whose
 * right operand is u32 or a vector of u32 of the same size. Comparisons give bool or a vector of bool. `&` and `|`
 * also work on bool. Of `+`, `-` and `*` one or both operands may be matrices; the other is then one too, a vector, or a
 * scalar.
 */
export interface Binary extends ExpressionBase {
  readonly kind: 'binary';
  readonly operator:
    | '+'
    | '-'
    | '*'
    | '/'
    | '%'
    | '&'
    | '|'
    | '^'
    | '<<'
    | '>>'
    | '=='
    | '!='
    | '<'
    | '<='
    | '>'
    | '>=';
  readonly left: Expression;
  readonly right: Expression;
}

/** `&&` and `||` on scalar bool: the right side is evaluated only when the left does not decide. */
export interface Logical extends ExpressionBase {
  readonly kind: 'logical';
  readonly operator: '&&' | '||';
  readonly left: Expression;
  readonly right: Expression;
}

/** A vector with the scalar `operand` in every component: `vec4f(x)`, and the scalar side of `v * x`. */
export interface Splat extends ExpressionBase {
  readonly kind: 'splat';
  readonly type: VectorType;
  readonly operand: Expression;
}

/**
 * A value from its parts, evaluated left to right. Vector: `args` are scalars and vectors of the element type, whose
 * components together fill it. Array and structure: one argument per element or member.
 */
export interface Construct extends ExpressionBase {
  readonly kind: 'construct';
  readonly type: VectorType | ArrayType | StructType;
  readonly args: readonly Expression[];
}

/**
 * Value conversion between bool, i32, u32 and f32, also component by component on vectors and matrices of one size.
 * Never an identity.
 */
export interface Convert extends ExpressionBase {
  readonly kind: 'convert';
  readonly operand: Expression;
}

/** Reinterpretation of bits between i32, u32, f32 and vectors of them of one size. Never an identity. */
export interface Bitcast extends ExpressionBase {
  readonly kind: 'bitcast';
  readonly operand: Expression;
}

/** `v.x` (scalar result, one component) and `v.zyx` (vector result) on a vector value. */
export interface Swizzle extends ExpressionBase {
  readonly kind: 'swizzle';
  readonly operand: Expression;
  readonly components: readonly number[];
}

/**
 * `base[index]` on an array or vector value (not memory). `index` is i32 or u32; a constant one is inside the bounds.
 */
export interface Extract extends ExpressionBase {
  readonly kind: 'extract';
  readonly base: Expression;
  readonly index: Expression;
}

/** `base.member` on a structure value (not memory). */
export interface Member extends ExpressionBase {
  readonly kind: 'member';
  readonly base: Expression;
  readonly member: number;
}

/**
 * A call of a function of the program that returns a value; without one, see `CallStatement`. A pointer to a buffer may
 * be passed as one to a smaller or runtime-sized buffer; any other argument has the type of its parameter.
 */
export interface Call extends ExpressionBase {
  readonly kind: 'call';
  readonly function: CheckedFunction;
  readonly args: readonly Expression[];
}

/**
 * A call of a builtin function. Operands are already converted to the parameter types of the overload, so that for
 * `max(v, 1)` on `v: i32` both arguments are i32; mixed forms such as `mix(vec, vec, f32)` keep their scalar.
 * Pointer parameters (atomics, arrayLength, workgroupUniformLoad, `buffer...`) are pointer expressions, most often
 * `addressOf`. `bufferView` and `bufferArrayView` give a pointer: what they view is its store type.
 * `modf` and `frexp` return the structures `MODF_*` and `FREXP_*` (`fract`, `whole`; `fract`, `exp`),
 * `atomicCompareExchangeWeak` that of `old_value`, `exchanged`.
 */
export interface BuiltinCall extends ExpressionBase {
  readonly kind: 'builtin';
  readonly name: BuiltinName;
  /** The overload with its concrete parameter types, e.g. `max(i32, i32)`, `select(vec4<f32>, vec4<f32>, bool)`. */
  readonly overload: string;
  readonly args: readonly Expression[];
  /** It must be called from uniform control flow, although it is no barrier. */
  readonly uniform?: boolean;
}
