/** Builtin functions that few kernels have, as in `table.ts`; and the names of all. */
import { F32 } from '../types.ts';
import { EvaluationError } from '../values.ts';
import * as bits from './fold-bits.ts';
import * as floats from './fold-rare-float.ts';
import { FLOAT, INTEGER, type Overload } from './overloads.ts';
import { COMMON, COMMON_UNARY, define, pairs, unaryFloat } from './table.ts';

type Verify = Overload['verify'];

const verifySmoothstep: Verify = ([low, high]) => {
  if (pairs(low, high, (x, y) => x === y)) throw new EvaluationError('smoothstep has equal edges');
};
const verifyLdexp: Verify = ([, exponent], scalar) => {
  const most = floats.largestExponent(scalar);
  if (pairs(exponent, exponent, (e) => (e as number) > most)) {
    throw new EvaluationError(`the exponent of ldexp must be at most ${most}`);
  }
};

const TABLE: Record<string, readonly Overload[]> = {
  atan2: [define(FLOAT, 'V V -> V', floats.atan2)],
  countLeadingZeros: [define(INTEGER, 'V -> V', bits.countLeadingZeros)],
  countOneBits: [define(INTEGER, 'V -> V', bits.countOneBits)],
  countTrailingZeros: [define(INTEGER, 'V -> V', bits.countTrailingZeros)],
  cross: [define(FLOAT, '3 3 -> 3', floats.cross)],
  distance: [define(FLOAT, 'V V -> T', floats.distance)],
  dot4I8Packed: [define([], 'u32 u32 -> i32', bits.dot4I8Packed)],
  dot4U8Packed: [define([], 'u32 u32 -> u32', bits.dot4U8Packed)],
  extractBits: [define(INTEGER, 'V u32 u32 -> V', bits.extractBits, ([, o, c]) => bits.verifyBitRange(o, c))],
  faceForward: [define(FLOAT, 'W W W -> W', floats.faceForward)],
  firstLeadingBit: [define(INTEGER, 'V -> V', bits.firstLeadingBit)],
  firstTrailingBit: [define(INTEGER, 'V -> V', bits.firstTrailingBit)],
  fma: [define(FLOAT, 'V V V -> V', floats.fma)],
  frexp: [define(FLOAT, 'V -> frexp', floats.frexp)],
  insertBits: [
    define(INTEGER, 'V V u32 u32 -> V', bits.insertBits, ([, , o, c]) => bits.verifyBitRange(o, c)),
  ],
  ldexp: [define(FLOAT, 'V I -> V', floats.ldexp, verifyLdexp)],
  length: [define(FLOAT, 'V -> T', floats.length)],
  mix: [define(FLOAT, 'V V V -> V', floats.mix), define(FLOAT, 'W W T -> W', floats.mix)],
  modf: [define(FLOAT, 'V -> modf', floats.modf)],
  normalize: [define(FLOAT, 'W -> W', floats.normalize)],
  pow: [define(FLOAT, 'V V -> V', floats.pow)],
  quantizeToF16: [define([F32], 'V -> V', floats.quantizeToF16)],
  reflect: [define(FLOAT, 'W W -> W', floats.reflect)],
  refract: [define(FLOAT, 'W W T -> W', floats.refract)],
  reverseBits: [define(INTEGER, 'V -> V', bits.reverseBits)],
  smoothstep: [define(FLOAT, 'V V V -> V', floats.smoothstep, verifySmoothstep)],
  step: [define(FLOAT, 'V V -> V', floats.step)],
};

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

const UNARY = unaryFloat(floats.RARE_FLOAT_UNARY);
const PACKING: Record<string, readonly Overload[]> = Object.fromEntries(
  Object.entries(PACK_SIGNATURES).map(([name, signature]) => [
    name,
    [define([], signature, bits.PACKING[name])],
  ]),
);

/** Their overloads by name. */
export const RARE_BUILTINS: ReadonlyMap<string, readonly Overload[]> = new Map(
  Object.entries({ ...TABLE, ...UNARY, ...PACKING }),
);

/** The names of all builtin functions with value semantics. */
export function builtinNames(): string[] {
  const groups = [{ ...COMMON, ...TABLE }, { ...COMMON_UNARY, ...UNARY }, PACKING];
  return groups.flatMap((group) => Object.keys(group).sort());
}
