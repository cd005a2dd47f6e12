/**
 * Constant values while checking: representation, rounding, conversion. Abstract integers are bigint, every other
 * number is a number; f32 values are kept exactly rounded.
 */
import { rare } from '../rare.ts';
import {
  ABSTRACT_FLOAT,
  ABSTRACT_INT,
  BOOL,
  F16,
  F32,
  I32,
  type ScalarType,
  type StructType,
  type Type,
  typeName,
  U32,
} from './types.ts';

export type Value = number | boolean | bigint | readonly Value[];
export type ScalarValue = number | boolean | bigint;

/** A constant expression that has no value: overflow, division by zero, a domain error. The checker adds the place. */
export class EvaluationError extends Error {}

const MIN_I64 = -(2n ** 63n);
const MAX_I64 = 2n ** 63n - 1n;

/** How numbers are written in messages: an f32 with as many digits as it takes to tell it from its neighbours. */
export function formatScalar(value: ScalarValue, type?: ScalarType): string {
  if (typeof value !== 'number') return String(value);
  if (type === F32) {
    for (let digits = 1; digits < 10; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return formatScalar(short);
    }
  }
  return Math.abs(value) >= 1e21 ? value.toExponential().replace('+', '') : String(value);
}

export function notRepresentable(value: ScalarValue | string, type: ScalarType): never {
  const shown = typeof value === 'string' ? value : `the value ${formatScalar(value)}`;
  throw new EvaluationError(`${shown} cannot be represented as '${type.name}'`);
}

/** A float64 as the type holds it, to the nearest; infinite where it is too large. */
export function roundTo(value: number, type: ScalarType): number {
  if (type === F32) return Math.fround(value);
  return type === F16 ? rare().toF16(value) : value;
}

/** Rounds a float64 result to the type; an infinite or NaN result is an error. `what` names it in the message. */
export function roundFloat(value: number, type: ScalarType, what?: string): number {
  const rounded = roundTo(value, type);
  if (!Number.isFinite(rounded)) notRepresentable(what ?? value, type);
  return rounded;
}

const LARGEST_F32 = 2 ** 128 - 2 ** 104;

/**
 * Whether a literal or constant can be converted to the type: it must not lie beyond the largest finite value, however
 * close (WGSL, "Floating Point Conversion"). Results of operations may be rounded down to it ("Floating Point Rounding
 * and Overflow").
 */
export const isInRange = (value: number, type: ScalarType): boolean =>
  Number.isFinite(roundTo(value, type)) && !(type === F32 && Math.abs(value) > LARGEST_F32);

function convertFloat(value: number, type: ScalarType): number {
  return isInRange(value, type) ? roundTo(value, type) : notRepresentable(value, type);
}

/** Checks the range of an abstract integer result. */
export function checkAbstractInt(value: bigint, what?: string): bigint {
  if (value < MIN_I64 || value > MAX_I64) notRepresentable(what ?? value, ABSTRACT_INT);
  return value;
}

export const isInteger = (type: ScalarType): boolean => type === I32 || type === U32 || type === ABSTRACT_INT;
export const isFloat = (type: ScalarType): boolean => type === F32 || type === F16 || type === ABSTRACT_FLOAT;
export const isNumeric = (type: ScalarType): boolean => type !== BOOL;
export const isAbstractScalar = (type: ScalarType): boolean =>
  type === ABSTRACT_INT || type === ABSTRACT_FLOAT;

/** The zero value of a constructible (or abstract) type. */
export function zeroValue(type: Type): Value {
  switch (type.kind) {
    case 'scalar':
      return type === BOOL ? false : type === ABSTRACT_INT ? 0n : 0;
    case 'vector':
      return new Array<Value>(type.size).fill(zeroValue(type.element));
    case 'array':
      return new Array<Value>(type.count ?? 0).fill(zeroValue(type.element));
    case 'struct':
      return type.members.map((member) => zeroValue(member.type));
    default:
      throw new Error(`${typeName(type)} has no zero value`);
  }
}

/** Feasible automatic conversion between scalars: abstract to what can hold it. */
export function scalarConverts(from: ScalarType, to: ScalarType): boolean {
  if (from === to) return true;
  if (from === ABSTRACT_INT) return to !== BOOL;
  return from === ABSTRACT_FLOAT && (to === F32 || to === F16);
}

/** Whether a value of type `from` converts automatically to `to`. */
export function converts(from: Type, to: Type): boolean {
  if (from === to) return true;
  if (from.kind === 'scalar' && to.kind === 'scalar') return scalarConverts(from, to);
  if (from.kind === 'vector' && to.kind === 'vector') {
    return from.size === to.size && scalarConverts(from.element, to.element);
  }
  if (from.kind === 'array' && to.kind === 'array') {
    return (
      from.count === to.count &&
      from.overrideCount === to.overrideCount &&
      from.matrix === to.matrix &&
      converts(from.element, to.element)
    );
  }
  return from.kind === 'struct' && concreteStructs.get(from) === to;
}

/** The results of `modf` and `frexp` on abstract floats have concrete counterparts. */
export const concreteStructs = new Map<StructType, StructType>();

function convertScalar(value: ScalarValue, from: ScalarType, to: ScalarType): ScalarValue {
  if (from === to) return value;
  if (to === F32 || to === F16) return convertFloat(Number(value), to);
  if (to === ABSTRACT_FLOAT) return Number(value);
  if (to === I32)
    return value === BigInt.asIntN(32, value as bigint) ? Number(value) : notRepresentable(value, to);
  if (to === U32)
    return value === BigInt.asUintN(32, value as bigint) ? Number(value) : notRepresentable(value, to);
  throw new Error(`no automatic conversion from ${from.name} to ${to.name}`);
}

/** Applies an automatic conversion for which `converts` holds. */
export function convertValue(value: Value, from: Type, to: Type): Value {
  if (from === to) return value;
  if (from.kind === 'scalar') return convertScalar(value as ScalarValue, from, to as ScalarType);
  const parts = value as readonly Value[];
  if (from.kind === 'struct') {
    const target = to as StructType;
    return parts.map((part, i) => convertValue(part, from.members[i].type, target.members[i].type));
  }
  const element = (from as { element: Type }).element;
  return parts.map((part) => convertValue(part, element, (to as { element: Type }).element));
}

/**
 * Explicit conversion (`i32(x)`) between scalars. Float to integer rounds toward zero and clamps; integers wrap; an
 * abstract integer must fit.
 */
export function castScalar(value: ScalarValue, from: ScalarType, to: ScalarType): ScalarValue {
  if (from === to) return value;
  if (to === BOOL) return Boolean(value);
  if (from === BOOL) return to === ABSTRACT_INT ? (value ? 1n : 0n) : value ? 1 : 0;
  if (from === ABSTRACT_INT) return convertScalar(value, from, to);
  const number = value as number;
  if (isFloat(to)) return convertFloat(number, to);
  if (isFloat(from)) {
    const whole = Math.trunc(number);
    // The largest f32 below 2^31 and 2^32: what a conversion of f32 clamps to.
    if (to === I32) return Math.max(-2147483648, Math.min(from === F32 ? 2147483520 : 2147483647, whole)) + 0;
    return Math.max(0, Math.min(from === F32 ? 4294967040 : 4294967295, whole)) + 0;
  }
  return to === I32 ? number | 0 : number >>> 0;
}

/** To the nearest whole number, ties to even. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const difference = value - floor;
  const up = difference > 0.5 || (difference === 0.5 && floor % 2 !== 0);
  const rounded = up ? floor + 1 : floor;
  return rounded === 0 && (value < 0 || Object.is(value, -0)) ? -0 : rounded;
}

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of a concrete 32-bit number as u32. */
export function toBits(value: number, type: ScalarType): number {
  if (type !== F32) return value >>> 0;
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

/** The number with these bits; NaN and infinity are errors. */
export function fromBits(bits: number, type: ScalarType): number {
  if (type === U32) return bits >>> 0;
  if (type === I32) return bits | 0;
  scratch.setUint32(0, bits >>> 0);
  return roundFloat(scratch.getFloat32(0), F32);
}
