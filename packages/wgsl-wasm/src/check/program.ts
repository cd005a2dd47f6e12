/**
 * The checked program: what `checkProgram` returns and the back end lowers.
 *
 * Compared with the syntax tree:
 * - every expression carries its concrete type; abstract numbers are gone, their conversions applied;
 * - const-expressions and override-expressions are folded to `constant` nodes (the overrides have their values by
 *   then);
 * - identifiers are links to declarations (objects; compare with `===`);
 * - memory is explicit: a `Place` names memory, `load` reads it (WGSL's load rule), `addressOf` makes a pointer of it;
 * - binary operands have the same type (a scalar beside a vector is wrapped in `splat`), except for shifts;
 * - `const` declarations, aliases, `const_assert` and `else if` are gone; `++`, `--` are compound assignments with
 *   the constant 1;
 * - the program is valid WGSL inside the subset: the back end needs no further checks.
 *
 * Every node has `pos`, an offset into `CheckedProgram.source` (`lineAndColumn` in `syntax/diagnostics.ts` turns it
 * into a line and a column), so that a trap can name its place.
 */
import type { Diagnostic } from '../syntax/diagnostics.ts';
import type {
  AccessMode,
  AddressSpace,
  ArrayType,
  PointerType,
  ScalarType,
  StructType,
  Type,
  VectorType,
} from './types.ts';

// --- values -----------------------------------------------------------------------------------------------------------

/**
 * A constant of a concrete type.
 * `bool`: boolean. `i32`: integer in [-2^31, 2^31). `u32`: integer in [0, 2^32). `f32`: a number that `Math.fround`
 * keeps, never NaN or infinite. Vectors and arrays: their elements in order. Structures: their members in order.
 */
export type ConstantValue = number | boolean | readonly ConstantValue[];

// --- declarations -------------------------------------------------------------------------------------------------------

/** Memory with a name: `var` in a function or at module scope. */
export interface Variable {
  readonly kind: 'variable';
  readonly name: string;
  readonly pos: number;
  readonly addressSpace: AddressSpace;
  /** `read` for uniform and read-only storage, else `read_write`. */
  readonly access: AccessMode;
  readonly storeType: Type;
  /** Storage and uniform variables only, else `null`. */
  readonly binding: { readonly group: number; readonly binding: number } | null;
  /**
   * Module-scope `private` variables: their initial value, `null` for zero. Function variables are initialised by
   * their statement.
   */
  readonly initialValue: ConstantValue | null;
  /**
   * Whether `&` is applied to it or to a part of it anywhere: if not, no pointer can reach it and it may live in
   * locals.
   */
  addressTaken: boolean;
  /** Whether it is written anywhere by name (assignment, also of a part). */
  assigned: boolean;
}

/** `let`: an immutable value, possibly a pointer. */
export interface LetDeclaration {
  readonly kind: 'let';
  readonly name: string;
  readonly pos: number;
  readonly type: Type;
}

export interface Parameter {
  readonly kind: 'parameter';
  readonly name: string;
  readonly pos: number;
  readonly type: Type;
  readonly index: number;
}

/** `override`: only for listing; its uses in the program are already constants. */
export interface Override {
  readonly name: string;
  readonly pos: number;
  readonly type: ScalarType;
  /** `@id`, else `null`. The key in `options.overrides` is then the id in decimal, else the name. */
  readonly id: number | null;
  readonly hasDefault: boolean;
  /**
   * The value used: the given one, else the default. `null` only from `checkModule`, where it is allowed to be
   * missing.
   */
  readonly value: number | boolean | null;
}

export interface CheckedFunction {
  readonly name: string;
  readonly pos: number;
  readonly parameters: readonly Parameter[];
  /** `null`: returns nothing. */
  readonly returnType: Type | null;
  readonly body: Block;
  /** The functions it calls directly, without repetition. */
  readonly callees: readonly CheckedFunction[];
  /** The module-scope variables it names itself (without those of its callees). */
  readonly variables: readonly Variable[];
  /** Whether it or a callee executes a barrier (workgroupUniformLoad included). */
  readonly hasBarrier: boolean;
}

export type BuiltinInput =
  | 'local_invocation_id'
  | 'local_invocation_index'
  | 'global_invocation_id'
  | 'workgroup_id'
  | 'num_workgroups';

/** Where an entry point wants a builtin value: a parameter itself, or a member of a parameter of structure type. */
export interface BuiltinBinding {
  readonly builtin: BuiltinInput;
  readonly parameter: Parameter;
  /** Member index when the parameter is a structure, else `null`. */
  readonly member: number | null;
}

export interface Binding {
  readonly group: number;
  readonly binding: number;
  readonly name: string;
  readonly addressSpace: 'storage' | 'uniform';
  readonly access: AccessMode;
  readonly storeType: Type;
  readonly variable: Variable;
}

/** A `@compute` function. What it needs includes what the functions it calls need. */
export interface EntryPoint {
  readonly name: string;
  readonly function: CheckedFunction;
  readonly workgroupSize: readonly [number, number, number];
  readonly inputs: readonly BuiltinBinding[];
  /** The storage and uniform variables it uses, by group, then binding. Declared but unused ones are not here. */
  readonly bindings: readonly Binding[];
  readonly workgroupVariables: readonly Variable[];
  readonly privateVariables: readonly Variable[];
  /** Every function it can reach, callees before callers; the entry point's own is last. */
  readonly functions: readonly CheckedFunction[];
  readonly hasBarrier: boolean;
}

export interface CheckedProgram {
  readonly source: string;
  readonly entryPoints: readonly EntryPoint[];
  /** All functions, callees before callers (WGSL has no recursion). */
  readonly functions: readonly CheckedFunction[];
  readonly structs: readonly StructType[];
  /** All module-scope variables, in the order of the text. */
  readonly variables: readonly Variable[];
  readonly overrides: readonly Override[];
  /** What is valid and yet unlikely to be meant; `formatDiagnostic` shows one as text. */
  readonly warnings: readonly Diagnostic[];
}

// --- places -------------------------------------------------------------------------------------------------------------

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

// --- expressions ----------------------------------------------------------------------------------------------------------

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

/** `&place`: a pointer value. Its indices are evaluated here. */
export interface AddressOf extends ExpressionBase {
  readonly kind: 'addressOf';
  readonly type: PointerType;
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
 * also work on bool.
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
 * Value conversion between bool, i32, u32 and f32, also component by component on vectors of one size. Never an
 * identity.
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

/** A call of a function of the program that returns a value; without one, see `CallStatement`. */
export interface Call extends ExpressionBase {
  readonly kind: 'call';
  readonly function: CheckedFunction;
  readonly args: readonly Expression[];
}

/**
 * A call of a builtin function. Operands are already converted to the parameter types of the overload, so that for
 * `max(v, 1)` on `v: i32` both arguments are i32; mixed forms such as `mix(vec, vec, f32)` keep their scalar.
 * Pointer parameters (atomics, arrayLength, workgroupUniformLoad) are pointer expressions, most often `addressOf`.
 * `modf` and `frexp` return the structures `MODF_*` and `FREXP_*` (`fract`, `whole`; `fract`, `exp`),
 * `atomicCompareExchangeWeak` that of `old_value`, `exchanged`.
 */
export interface BuiltinCall extends ExpressionBase {
  readonly kind: 'builtin';
  readonly name: BuiltinName;
  /** The overload with its concrete parameter types, e.g. `max(i32, i32)`, `select(vec4<f32>, vec4<f32>, bool)`. */
  readonly overload: string;
  readonly args: readonly Expression[];
}

/**
 * Builtins that can reach the back end with a value. `bitcast` is an expression of its own; barriers are statements.
 */
export type BuiltinName = NumericBuiltin | IntegerBuiltin | PackingBuiltin | AtomicBuiltin | OtherBuiltin;

/** On f32 and vectors of f32; `abs`, `sign`, `min`, `max`, `clamp` also on i32 and u32, `dot` on integer vectors. */
export type NumericBuiltin =
  | 'abs'
  | 'acos'
  | 'acosh'
  | 'asin'
  | 'asinh'
  | 'atan'
  | 'atanh'
  | 'atan2'
  | 'ceil'
  | 'clamp'
  | 'cos'
  | 'cosh'
  | 'cross'
  | 'degrees'
  | 'distance'
  | 'dot'
  | 'exp'
  | 'exp2'
  | 'faceForward'
  | 'floor'
  | 'fma'
  | 'fract'
  | 'frexp'
  | 'inverseSqrt'
  | 'ldexp'
  | 'length'
  | 'log'
  | 'log2'
  | 'max'
  | 'min'
  | 'mix'
  | 'modf'
  | 'normalize'
  | 'pow'
  | 'quantizeToF16'
  | 'radians'
  | 'reflect'
  | 'refract'
  | 'round'
  | 'saturate'
  | 'sign'
  | 'sin'
  | 'sinh'
  | 'smoothstep'
  | 'sqrt'
  | 'step'
  | 'tan'
  | 'tanh'
  | 'trunc';

export type IntegerBuiltin =
  | 'countLeadingZeros'
  | 'countOneBits'
  | 'countTrailingZeros'
  | 'dot4I8Packed'
  | 'dot4U8Packed'
  | 'extractBits'
  | 'firstLeadingBit'
  | 'firstTrailingBit'
  | 'insertBits'
  | 'reverseBits';

export type PackingBuiltin =
  | 'pack2x16float'
  | 'pack2x16snorm'
  | 'pack2x16unorm'
  | 'pack4x8snorm'
  | 'pack4x8unorm'
  | 'pack4xI8'
  | 'pack4xI8Clamp'
  | 'pack4xU8'
  | 'pack4xU8Clamp'
  | 'unpack2x16float'
  | 'unpack2x16snorm'
  | 'unpack2x16unorm'
  | 'unpack4x8snorm'
  | 'unpack4x8unorm'
  | 'unpack4xI8'
  | 'unpack4xU8';

export type AtomicBuiltin =
  | 'atomicAdd'
  | 'atomicAnd'
  | 'atomicCompareExchangeWeak'
  | 'atomicExchange'
  | 'atomicLoad'
  | 'atomicMax'
  | 'atomicMin'
  | 'atomicOr'
  | 'atomicStore'
  | 'atomicSub'
  | 'atomicXor';

/**
 * `workgroupUniformLoad` is a barrier, a load, and a barrier again. `atomicStore` appears only in `BuiltinStatement`.
 */
export type OtherBuiltin = 'all' | 'any' | 'arrayLength' | 'select' | 'workgroupUniformLoad';

// --- statements -----------------------------------------------------------------------------------------------------------

export type Statement =
  | Block
  | DeclareVariable
  | DeclareLet
  | Assign
  | CompoundAssign
  | Evaluate
  | CallStatement
  | BuiltinStatement
  | Barrier
  | If
  | Switch
  | Loop
  | For
  | While
  | Return
  | Break
  | Continue;

interface StatementBase {
  readonly pos: number;
}

export interface Block extends StatementBase {
  readonly kind: 'block';
  readonly body: readonly Statement[];
}

/** `var`: zero when there is no initializer, again at each execution (also inside loops). */
export interface DeclareVariable extends StatementBase {
  readonly kind: 'declareVariable';
  readonly variable: Variable;
  readonly initializer: Expression | null;
}

/** `let`: evaluated once where it stands. A pointer initializer evaluates its indices here. */
export interface DeclareLet extends StatementBase {
  readonly kind: 'declareLet';
  readonly declaration: LetDeclaration;
  readonly initializer: Expression;
}

/** The target's indices are evaluated before the value. Stores any storable type, structures and arrays whole. */
export interface Assign extends StatementBase {
  readonly kind: 'assign';
  readonly target: Place;
  readonly value: Expression;
}

/**
 * `target op= value`, `target++`: the place is evaluated once and its old value read, then `value` is evaluated
 * (which may change the target through a call), then the result is stored. `value` has the type that `Binary.right`
 * would have.
 */
export interface CompoundAssign extends StatementBase {
  readonly kind: 'compoundAssign';
  readonly operator: '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
  readonly target: Place;
  readonly value: Expression;
}

/** `_ = expression`, and calls of value-returning functions whose result is not used. */
export interface Evaluate extends StatementBase {
  readonly kind: 'evaluate';
  readonly expression: Expression;
}

/** A call of a function that returns nothing. */
export interface CallStatement extends StatementBase {
  readonly kind: 'call';
  readonly function: CheckedFunction;
  readonly args: readonly Expression[];
}

/** `atomicStore(pointer, value)`, the one builtin that returns nothing and is no barrier. */
export interface BuiltinStatement extends StatementBase {
  readonly kind: 'builtin';
  readonly name: 'atomicStore';
  readonly args: readonly Expression[];
}

export interface Barrier extends StatementBase {
  readonly kind: 'barrier';
  readonly name: 'workgroupBarrier' | 'storageBarrier' | 'textureBarrier';
}

export interface If extends StatementBase {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly then: Block;
  readonly otherwise: Block | null;
}

export interface SwitchCase extends StatementBase {
  /** i32 or u32 values, as the selector's type; may be empty for a clause that is only `default`. */
  readonly selectors: readonly number[];
  readonly isDefault: boolean;
  readonly body: Block;
}

/** No fall-through. Exactly one case is the default. `break` leaves the switch. */
export interface Switch extends StatementBase {
  readonly kind: 'switch';
  readonly selector: Expression;
  readonly cases: readonly SwitchCase[];
}

/**
 * `loop { body continuing { ...; break if condition } }`. `continue` goes to `continuing`, which sees the variables
 * of `body`.
 */
export interface Loop extends StatementBase {
  readonly kind: 'loop';
  readonly body: Block;
  readonly continuing: Block | null;
  readonly breakIf: Expression | null;
}

/** `continue` goes to `update`. */
export interface For extends StatementBase {
  readonly kind: 'for';
  readonly init: Statement | null;
  readonly condition: Expression | null;
  readonly update: Statement | null;
  readonly body: Block;
}

export interface While extends StatementBase {
  readonly kind: 'while';
  readonly condition: Expression;
  readonly body: Block;
}

export interface Return extends StatementBase {
  readonly kind: 'return';
  readonly value: Expression | null;
}

/** Leaves the innermost loop or switch. */
export interface Break extends StatementBase {
  readonly kind: 'break';
}

export interface Continue extends StatementBase {
  readonly kind: 'continue';
}
