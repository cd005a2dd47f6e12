/**
 * Overloads of the builtin functions as data, and the matching of arguments against them.
 *
 * Parameter patterns: `V` is T or a vector of T, one shape throughout the call; `W` a vector of T; `3` a vec3 of T;
 * `T` a scalar; `I`, `U`, `B` have the shape of V with elements i32, u32, bool. Anything else is a concrete type by
 * name. T is the common type of all arguments that mention it, converted to the first type of `scalars` that can hold
 * it.
 */
import { rare } from '../../rare.ts';
import {
  ABSTRACT_FLOAT,
  ABSTRACT_INT,
  BOOL,
  F16,
  F32,
  I32,
  type ScalarType,
  type Type,
  U32,
  vectorOf,
  vectorOrScalar,
} from '../types.ts';
import { converts, isAbstractScalar, scalarConverts, type Value } from '../values.ts';

export interface FoldCall {
  readonly args: readonly Value[];
  /** What T stands for. */
  readonly scalar: ScalarType;
  /** Components of V; 1 for a scalar. */
  readonly size: number;
}

export interface Overload {
  readonly scalars: readonly ScalarType[];
  readonly params: readonly string[];
  readonly result: string;
  /** The value for constant arguments. */
  readonly fold: (call: FoldCall) => Value;
  /**
   * Checks the arguments that are known (others are `undefined`), also when the rest is not. Throws
   * `EvaluationError`. `scalar` is what the overload's T stands for.
   */
  readonly verify?: (args: readonly (Value | undefined)[], scalar: ScalarType) => void;
}

export interface Match {
  readonly overload: Overload;
  readonly params: readonly Type[];
  readonly result: Type;
  readonly scalar: ScalarType;
  readonly size: number;
}

export const FLOAT = [ABSTRACT_FLOAT, F32, F16];
export const NUMERIC = [ABSTRACT_INT, ABSTRACT_FLOAT, I32, U32, F32, F16];
export const SIGNED = [ABSTRACT_INT, ABSTRACT_FLOAT, I32, F32, F16];
export const INTEGER = [I32, U32];
export const ANY = [...NUMERIC, BOOL];

const CONCRETE: Record<string, Type> = {
  bool: BOOL,
  i32: I32,
  u32: U32,
  f32: F32,
  vec2f: vectorOf(2, F32),
  vec4f: vectorOf(4, F32),
  vec4i: vectorOf(4, I32),
  vec4u: vectorOf(4, U32),
};
const SHAPED: Record<string, ScalarType> = { I: I32, U: U32, B: BOOL };

/** Matches one overload; `allConst` allows an abstract T. */
export function matchOverload(overload: Overload, args: readonly Type[], allConst: boolean): Match | null {
  const { params } = overload;
  if (params.length !== args.length) return null;
  let size = 0;
  let scalar: ScalarType | null = null;
  for (let i = 0; i < params.length; i++) {
    const pattern = params[i];
    const arg = args[i];
    const concrete = CONCRETE[pattern];
    if (concrete) {
      if (!converts(arg, concrete)) return null;
      continue;
    }
    if (arg.kind !== 'scalar' && arg.kind !== 'vector') return null;
    const argSize = arg.kind === 'scalar' ? 1 : arg.size;
    if (pattern === 'T' ? argSize !== 1 : pattern === '3' ? argSize !== 3 : pattern === 'W' && argSize === 1)
      return null;
    if (pattern !== 'T') {
      if (size !== 0 && argSize !== size) return null;
      size = argSize;
    }
    const element = arg.kind === 'scalar' ? arg : arg.element;
    const shaped = SHAPED[pattern];
    if (shaped) {
      if (!scalarConverts(element, shaped)) return null;
    } else {
      const common: ScalarType | null = scalar ? commonScalar(scalar, element) : element;
      if (!common) return null;
      scalar = common;
    }
  }
  const chosen = scalar ? chooseScalar(overload.scalars, scalar, allConst) : F32;
  if (!chosen) return null;
  size = size || 1;
  return {
    overload,
    params: params.map((pattern) => typeOf(pattern, chosen, size)),
    result: typeOf(overload.result, chosen, size),
    scalar: chosen,
    size,
  };
}

export function commonScalar(a: ScalarType, b: ScalarType): ScalarType | null {
  return scalarConverts(a, b) ? b : scalarConverts(b, a) ? a : null;
}

function chooseScalar(
  scalars: readonly ScalarType[],
  from: ScalarType,
  abstractAllowed: boolean,
): ScalarType | null {
  for (const candidate of scalars) {
    if (!abstractAllowed && isAbstractScalar(candidate)) continue;
    if (scalarConverts(from, candidate)) return candidate;
  }
  return null;
}

function typeOf(pattern: string, scalar: ScalarType, size: number): Type {
  switch (pattern) {
    case 'V':
    case 'W':
    case '3':
      return vectorOrScalar(size, scalar);
    case 'T':
      return scalar;
    case 'modf':
      return rare().modfResult(scalar, size);
    case 'frexp':
      return rare().frexpResult(scalar, size);
    case 'I':
      // ldexp on abstract floats takes abstract exponents; they are evaluated as i32 all the same.
      return vectorOrScalar(size, I32);
    default:
      return CONCRETE[pattern] ?? vectorOrScalar(size, SHAPED[pattern]);
  }
}

const PATTERN_NAMES: Record<string, string> = {
  V: 'T or vecN<T>',
  W: 'vecN<T>',
  '3': 'vec3<T>',
  I: 'i32 or vecN<i32>',
  U: 'u32 or vecN<u32>',
  B: 'vecN<bool>',
};

/** How an overload reads in a message: `max(T or vecN<T>, T or vecN<T>) where T is ...`. */
export function describeOverload(name: string, overload: Overload): string {
  const params = overload.params.map((p) => PATTERN_NAMES[p] ?? p).join(', ');
  const usesT = overload.params.some((p) => 'VWT3'.includes(p));
  const scalars = overload.scalars.filter((s) => !isAbstractScalar(s)).map((s) => s.name);
  return `${name}(${params})${usesT ? ` with T = ${scalars.join(' or ')}` : ''}`;
}
