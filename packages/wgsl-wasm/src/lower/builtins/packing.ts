/** Builtins that pack several small numbers into a 32-bit word and back. */
import type { Builder } from '../builder.ts';
import { floatToBits, type Node } from '../graph.ts';
import { shuffle } from '../vectors.ts';

const f4 = (b: Builder, value: number) => b.value('f32x4.splat', [b.f32(value)]);
const i4 = (b: Builder, value: number) => b.value('i32x4.splat', [b.i32(value)]);

/** Shifts lane i left by `i * bits` and joins the lanes: the low `bits` of each make the word. */
function join(b: Builder, lanes: Node, count: number, bits: number): Node {
  let word = b.i32(0);
  const mask = b.i32(2 ** bits - 1);
  for (let i = 0; i < count; i++) {
    const part = b.value('i32.and', [b.value('i32x4.extract_lane', [lanes], i), mask]);
    word = b.value('i32.or', [word, b.value('i32.shl', [part, b.i32(i * bits)])]);
  }
  return word;
}

/** The fields of a word in lanes, with or without their sign. */
function fields(b: Builder, word: Node, count: number, bits: number, signed: boolean): Node {
  let lanes = b.value('i32x4.splat', [word]);
  for (let i = 0; i < count; i++) {
    const up = b.value('i32.shl', [word, b.i32(32 - bits * (i + 1))]);
    const part = b.value(signed ? 'i32.shr_s' : 'i32.shr_u', [up, b.i32(32 - bits)]);
    lanes = b.value('i32x4.replace_lane', [lanes, part], i);
  }
  return lanes;
}

/** `floor(0.5 + scale * clamp(x, low, 1))` as integers, as WGSL defines the normalised formats. */
export function normalised(b: Builder, x: Node, low: number, scale: number): Node {
  const bounded = b.value('f32x4.pmin', [b.value('f32x4.pmax', [x, f4(b, low)]), f4(b, 1)]);
  const scaled = b.raw('f32x4.add', [f4(b, 0.5), b.raw('f32x4.mul', [bounded, f4(b, scale)])]);
  return b.value('i32x4.trunc_sat_f32x4_s', [b.value('f32x4.floor', [scaled])]);
}

/** f32 to f16 bits, to the nearest, ties to even; beyond the range infinite. */
export function toHalf(b: Builder, x: Node): Node {
  const bits = b.value('v128.and', [x, i4(b, 0x7fffffff)]);
  const sign = b.value('i32x4.shr_u', [b.value('v128.xor', [x, bits]), b.i32(16)]);
  // Normal results: the exponent's bias changes from 127 to 15, the low 13 bits are rounded away.
  const isOdd = b.value('v128.and', [b.value('i32x4.shr_u', [bits, b.i32(13)]), i4(b, 1)]);
  const rebiased = b.value('i32x4.add', [bits, i4(b, 0xfff - (112 << 23))]);
  const normal = b.value('i32x4.shr_u', [b.value('i32x4.add', [rebiased, isOdd]), b.i32(13)]);
  // Smaller ones: adding 1/2 makes the addition round at their last bit.
  const shifted = b.value('f32x4.add', [bits, f4(b, 0.5)]);
  const subnormal = b.value('i32x4.sub', [shifted, i4(b, floatToBits(0.5))]);
  const isSmall = b.value('i32x4.lt_u', [bits, i4(b, floatToBits(2 ** -14))]);
  const finite = b.value('v128.bitselect', [subnormal, normal, isSmall]);
  const notANumber = b.value('i32x4.gt_u', [bits, i4(b, 0x7f800000)]);
  const special = b.value('v128.or', [i4(b, 0x7c00), b.value('v128.and', [notANumber, i4(b, 0x200)])]);
  const isLarge = b.value('i32x4.ge_u', [bits, i4(b, floatToBits(65536))]);
  return b.value('v128.or', [sign, b.value('v128.bitselect', [special, finite, isLarge])]);
}

/** f16 bits (in the low half of each lane) to f32, exactly. */
export function fromHalf(b: Builder, half: Node): Node {
  const bits = b.value('i32x4.shl', [b.value('v128.and', [half, i4(b, 0x7fff)]), b.i32(13)]);
  const finite = b.value('f32x4.mul', [bits, f4(b, 2 ** 112)]);
  const isSpecial = b.value('i32x4.ge_u', [bits, i4(b, 0x7c00 << 13)]);
  const special = b.value('v128.or', [bits, i4(b, 0x7f800000)]);
  const size = b.value('v128.bitselect', [special, finite, isSpecial]);
  const sign = b.value('i32x4.shl', [b.value('v128.and', [half, i4(b, 0x8000)]), b.i32(16)]);
  return b.value('v128.or', [size, sign]);
}

/** The builtins of this file, or null for another name. */
export function packingBuiltin(b: Builder, name: string, x: Node): Node | null {
  const unit = (count: number, bits: number, signed: boolean) => {
    const scale = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
    const lanes = fields(b, x, count, bits, signed);
    const float = b.value(`f32x4.convert_i32x4_${signed ? 's' : 'u'}`, [lanes]);
    const divided = b.value('f32x4.div', [float, f4(b, scale)]);
    return signed ? b.value('f32x4.pmax', [divided, f4(b, -1)]) : divided;
  };
  switch (name) {
    case 'pack4x8unorm':
      return join(b, normalised(b, x, 0, 255), 4, 8);
    case 'pack4x8snorm':
      return join(b, normalised(b, x, -1, 127), 4, 8);
    case 'pack2x16unorm':
      return join(b, normalised(b, x, 0, 65535), 2, 16);
    case 'pack2x16snorm':
      return join(b, normalised(b, x, -1, 32767), 2, 16);
    case 'pack2x16float':
      return join(b, toHalf(b, x), 2, 16);
    case 'pack4xI8':
    case 'pack4xU8':
      return join(b, x, 4, 8);
    case 'pack4xI8Clamp':
      return join(b, b.value('i32x4.min_s', [b.value('i32x4.max_s', [x, i4(b, -128)]), i4(b, 127)]), 4, 8);
    case 'pack4xU8Clamp':
      return join(b, b.value('i32x4.min_u', [x, i4(b, 255)]), 4, 8);
    case 'unpack4x8unorm':
      return unit(4, 8, false);
    case 'unpack4x8snorm':
      return unit(4, 8, true);
    case 'unpack2x16unorm':
      return unit(2, 16, false);
    case 'unpack2x16snorm':
      return unit(2, 16, true);
    case 'unpack2x16float':
      return fromHalf(b, shuffle(b, fields(b, x, 2, 16, false), b.v128(new Uint8Array(16)), [0, 1, 4, 4]));
    case 'unpack4xI8':
      return fields(b, x, 4, 8, true);
    case 'unpack4xU8':
      return fields(b, x, 4, 8, false);
    default:
      return null;
  }
}
