/** Values, and what has a name: variables, functions, entry points, and the program as a whole. */
import type { Diagnostic } from '../../syntax/diagnostics.ts';
import type { AccessMode, AddressSpace, ScalarType, StructType, Type } from '../types.ts';
import type { Block } from './statements.ts';

/**
 * A constant of a concrete type.
 * `bool`: boolean. `i32`: integer in [-2^31, 2^31). `u32`: integer in [0, 2^32). `f32`: a number that `Math.fround`
 * keeps, never NaN or infinite. Vectors and arrays: their elements in order. Structures: their members in order.
 */
export type ConstantValue = number | boolean | readonly ConstantValue[];

/** Memory with a name: `var` in a function or at module scope. */
export interface Variable {
  readonly kind: 'variable';
  readonly name: string;
  readonly pos: number;
  readonly addressSpace: AddressSpace;
  /** `read` for uniform, immediate and read-only storage variables, and textures, else `read_write`. */
  readonly access: AccessMode;
  readonly storeType: Type;
  /** Storage and uniform variables and textures only, else `null`. */
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
  | 'num_workgroups'
  | 'global_invocation_index'
  | 'workgroup_index'
  | 'subgroup_invocation_id'
  | 'subgroup_size'
  | 'subgroup_id'
  | 'num_subgroups';

/** Where an entry point wants a builtin value: a parameter itself, or a member of a parameter of structure type. */
export interface BuiltinBinding {
  readonly builtin: BuiltinInput;
  readonly parameter: Parameter;
  /** Member index when the parameter is a structure, else `null`. */
  readonly member: number | null;
}

/** What is passed to an entry point as bytes. An immediate variable has the group and the binding -1. */
export interface Binding {
  readonly group: number;
  readonly binding: number;
  readonly name: string;
  readonly addressSpace: 'storage' | 'uniform' | 'immediate' | 'handle';
  readonly access: AccessMode;
  readonly storeType: Type;
  readonly variable: Variable;
  /**
   * The "minimum buffer binding size" of WebGPU: the size of the type, with one element of a runtime-sized array; of a
   * runtime-sized buffer that of its largest view; 0 of a texture.
   */
  readonly minimumBytes: number;
}

/** A `@compute` function. What it needs includes what the functions it calls need. */
export interface EntryPoint {
  readonly name: string;
  readonly function: CheckedFunction;
  readonly workgroupSize: readonly [number, number, number];
  readonly inputs: readonly BuiltinBinding[];
  /**
   * The storage and uniform variables and textures it uses, by group, then binding; before them its immediate variable. Declared
   * but unused ones are not here.
   */
  readonly bindings: readonly Binding[];
  readonly workgroupVariables: readonly Variable[];
  readonly privateVariables: readonly Variable[];
  /** Every function it can reach, callees before callers; the entry point's own is last. */
  readonly functions: readonly CheckedFunction[];
  readonly hasBarrier: boolean;
}

/** A program whose names and types are right. */
export interface CheckedProgram {
  /** The WGSL text. */
  readonly source: string;
  /** Its compute shaders, in the order of the text. */
  readonly entryPoints: readonly EntryPoint[];
  /** All functions, callees before callers (WGSL has no recursion). */
  readonly functions: readonly CheckedFunction[];
  /** Its structures, in the order of the text. */
  readonly structs: readonly StructType[];
  /** All module-scope variables, in the order of the text. */
  readonly variables: readonly Variable[];
  /** Its `override` constants, in the order of the text. */
  readonly overrides: readonly Override[];
  /** What is valid and yet unlikely to be meant; `formatDiagnostic` shows one as text. */
  readonly warnings: readonly Diagnostic[];
}
