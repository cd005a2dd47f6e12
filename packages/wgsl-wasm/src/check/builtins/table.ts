/**
 * Every builtin function with value semantics: its overloads and their constant evaluation. Memory builtins are in
 * `memory.ts`.
 */
import { BOOL, F32 } from '../types.ts';
import { EvaluationError, type Value } from '../values.ts';
import * as floats from './fold-float.ts';
import * as integers from './fold-integer.ts';
import { ANY, FLOAT, type FoldCall, INTEGER, NUMERIC, type Overload, SIGNED } from './overloads.ts';

type Fold = (call: FoldCall) => Value;
type Verify = Overload['verify'];

/** `define(T's types, 'parameters -> result', fold)`. */
function define(scalars: Overload['scalars'], signature: string, fold: Fold, verify?: Verify): Overload {
  const [params, result] = signature.split(' -> ');
  return { scalars, params: params.split(' '), result, fold, verify };
}

const pairs = (
  a: Value | undefined,
  b: Value | undefined,
  test: (x: Value, y: Value) => boolean,
): boolean => {
  if (a === undefined || b === undefined) return false;
  if (!Array.isArray(a)) return test(a, b);
  return a.some((x, i) => test(x, (b as Value[])[i]));
};

const verifyClamp: Verify = ([, low, high]) => {
  if (pairs(low, high, (x, y) => x > y))
    throw new EvaluationError(`clamp has a low bound (${low}) above its high bound (${high})`);
};
const verifySmoothstep: Verify = ([low, high]) => {
  if (pairs(low, high, (x, y) => x === y)) throw new EvaluationError('smoothstep has equal edges');
};
const verifyLdexp: Verify = ([x, exponent]) => {
  // With a runtime x the type is f32; a constant x brings its own limit when it is folded.
  if (x === undefined && pairs(exponent, exponent, (e) => (e as number) > 128)) {
    throw new EvaluationError('the exponent of ldexp must be at most 128');
  }
};

const TABLE: Record<string, readonly Overload[]> = {
  abs: [define(NUMERIC, 'V -> V', integers.abs)],
  all: [
    define([BOOL], 'V -> bool', ({ args }) => (Array.isArray(args[0]) ? args[0].every(Boolean) : args[0])),
  ],
  any: [
    define([BOOL], 'V -> bool', ({ args }) => (Array.isArray(args[0]) ? args[0].some(Boolean) : args[0])),
  ],
  atan2: [define(FLOAT, 'V V -> V', floats.atan2)],
  clamp: [define(NUMERIC, 'V V V -> V', integers.clamp, verifyClamp)],
  countLeadingZeros: [define(INTEGER, 'V -> V', integers.countLeadingZeros)],
  countOneBits: [define(INTEGER, 'V -> V', integers.countOneBits)],
  countTrailingZeros: [define(INTEGER, 'V -> V', integers.countTrailingZeros)],
  cross: [define(FLOAT, '3 3 -> 3', floats.cross)],
  distance: [define(FLOAT, 'V V -> T', floats.distance)],
  dot: [define(NUMERIC, 'W W -> T', integers.dot)],
  dot4I8Packed: [define([], 'u32 u32 -> i32', integers.dot4I8Packed)],
  dot4U8Packed: [define([], 'u32 u32 -> u32', integers.dot4U8Packed)],
  extractBits: [
    define(INTEGER, 'V u32 u32 -> V', integers.extractBits, ([, o, c]) => integers.verifyBitRange(o, c)),
  ],
  faceForward: [define(FLOAT, 'W W W -> W', floats.faceForward)],
  firstLeadingBit: [define(INTEGER, 'V -> V', integers.firstLeadingBit)],
  firstTrailingBit: [define(INTEGER, 'V -> V', integers.firstTrailingBit)],
  fma: [define(FLOAT, 'V V V -> V', floats.fma)],
  frexp: [define(FLOAT, 'V -> frexp', floats.frexp)],
  insertBits: [
    define(INTEGER, 'V V u32 u32 -> V', integers.insertBits, ([, , o, c]) => integers.verifyBitRange(o, c)),
  ],
  ldexp: [define(FLOAT, 'V I -> V', floats.ldexp, verifyLdexp)],
  length: [define(FLOAT, 'V -> T', floats.length)],
  max: [define(NUMERIC, 'V V -> V', integers.max)],
  min: [define(NUMERIC, 'V V -> V', integers.min)],
  mix: [define(FLOAT, 'V V V -> V', floats.mix), define(FLOAT, 'W W T -> W', floats.mix)],
  modf: [define(FLOAT, 'V -> modf', floats.modf)],
  normalize: [define(FLOAT, 'W -> W', floats.normalize)],
  pow: [define(FLOAT, 'V V -> V', floats.pow)],
  quantizeToF16: [define([F32], 'V -> V', floats.quantizeToF16)],
  reflect: [define(FLOAT, 'W W -> W', floats.reflect)],
  refract: [define(FLOAT, 'W W T -> W', floats.refract)],
  reverseBits: [define(INTEGER, 'V -> V', integers.reverseBits)],
  select: [define(ANY, 'V V bool -> V', integers.select), define(ANY, 'W W B -> W', integers.select)],
  sign: [define(SIGNED, 'V -> V', integers.sign)],
  smoothstep: [define(FLOAT, 'V V V -> V', floats.smoothstep, verifySmoothstep)],
  step: [define(FLOAT, 'V V -> V', floats.step)],
};

for (const [name, fold] of Object.entries(floats.FLOAT_UNARY)) TABLE[name] = [define(FLOAT, 'V -> V', fold)];

const PACK_SIGNATURES: Record<string, string> = {
  pack2x16float: 'vec2f -> u32',
  pack2x16snorm: 'vec2f -> u32',
  pack2x16unorm: 'vec2f -> u32',
  pack4x8snorm: 'vec4f -> u32',
  pack4x8unorm: 'vec4f -> u32',
  pack4xI8: 'vec4i -> u32',
  pack4xI8Clamp: 'vec4i -> u32',
  pack4xU8: 'vec4u -> u32',
  pack4xU8Clamp: 'vec4u -> u32',
  unpack2x16float: 'u32 -> vec2f',
  unpack2x16snorm: 'u32 -> vec2f',
  unpack2x16unorm: 'u32 -> vec2f',
  unpack4x8snorm: 'u32 -> vec4f',
  unpack4x8unorm: 'u32 -> vec4f',
  unpack4xI8: 'u32 -> vec4i',
  unpack4xU8: 'u32 -> vec4u',
};

for (const [name, signature] of Object.entries(PACK_SIGNATURES)) {
  TABLE[name] = [define([], signature, integers.PACKING[name])];
}

/** The overloads of each builtin by name. */
export const BUILTINS: ReadonlyMap<string, readonly Overload[]> = new Map(Object.entries(TABLE));
