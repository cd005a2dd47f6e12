/** Constant evaluation of the builtins on bits, and of packing. */
import { fromHalfBits, halfBits, roundToF16 } from '../half.ts';
import { F32, I32, type ScalarType, U32 } from '../types.ts';
import { EvaluationError, roundFloat, type Value } from '../values.ts';
import { each } from './fold-integer.ts';
import type { FoldCall } from './overloads.ts';

const bits = (f: (x: number, type: ScalarType) => number) =>
  each((type, x) => (type === U32 ? f((x as number) >>> 0, type) >>> 0 : f((x as number) >>> 0, type) | 0));

export const countLeadingZeros = bits((x) => Math.clz32(x));

export const countTrailingZeros = bits((x) => (x === 0 ? 32 : 31 - Math.clz32(x & -x)));

export const firstTrailingBit = bits((x) => (x === 0 ? -1 : 31 - Math.clz32(x & -x)));

export const firstLeadingBit = bits((x, type) => {
  // For negative i32 values: the first bit that differs from the sign.
  const seen = type === I32 && x >>> 31 === 1 ? ~x : x;
  return seen === 0 ? -1 : 31 - Math.clz32(seen);
});

export const countOneBits = bits((x) => {
  let count = 0;
  for (let rest = x; rest !== 0; rest &= rest - 1) count++;
  return count;
});

export const reverseBits = bits((x) => {
  let reversed = 0;
  for (let i = 0; i < 32; i++) reversed |= ((x >>> i) & 1) << (31 - i);
  return reversed;
});

const maskOf = (count: number): number => (count >= 32 ? -1 : 2 ** count - 1);

export const extractBits = each((type, value, offset, count) => {
  const [x, o, c] = [value, offset, count] as number[];
  if (c === 0) return 0;
  const top = (x << (32 - o - c)) | 0;
  return type === U32 ? top >>> (32 - c) : top >> (32 - c);
});

export const insertBits = each((type, value, inserted, offset, count) => {
  const [x, n, o, c] = [value, inserted, offset, count] as number[];
  if (c === 0) return value;
  const mask = maskOf(c) << o;
  const result = (x & ~mask) | ((n << o) & mask);
  return type === U32 ? result >>> 0 : result;
});

/** Only both together are judged, as Tint does. */
export function verifyBitRange(offset: Value | undefined, count: Value | undefined): void {
  if (offset !== undefined && count !== undefined && Number(offset) + Number(count) > 32) {
    throw new EvaluationError("'offset' + 'count' must be at most 32, the bits of the value");
  }
}

// --- packing --------------------------------------------------------------------------------------------------------------

const pack =
  (width: number, encode: (x: number) => number) =>
  ({ args }: FoldCall): Value => {
    let packed = 0;
    (args[0] as number[]).forEach((x, i) => {
      packed |= (encode(x) & maskOf(width)) << (i * width);
    });
    return packed >>> 0;
  };

const unpack =
  (width: number, decode: (bits: number) => number) =>
  ({ args }: FoldCall): Value =>
    Array.from({ length: 32 / width }, (_, i) =>
      decode(((args[0] as number) >>> (i * width)) & maskOf(width)),
    );

const clampTo = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

const unorm = (scale: number) => (x: number) => Math.floor(0.5 + scale * clampTo(x, 0, 1));

const snorm = (scale: number) => (x: number) => Math.floor(0.5 + scale * clampTo(x, -1, 1));

const signed = (x: number, width: number): number => (x << (32 - width)) >> (32 - width);

const fromUnorm = (scale: number) => (x: number) => Math.fround(x / scale);

const fromSnorm = (scale: number, width: number) => (x: number) =>
  Math.fround(Math.max(-1, signed(x, width) / scale));

const encodeF16 = (x: number): number => halfBits(roundToF16(x));

const decodeF16 = (half: number): number => roundFloat(fromHalfBits(half), F32);

export const PACKING: Record<string, (call: FoldCall) => Value> = {
  pack2x16float: pack(16, encodeF16),
  pack2x16snorm: pack(16, snorm(32767)),
  pack2x16unorm: pack(16, unorm(65535)),
  pack4x8snorm: pack(8, snorm(127)),
  pack4x8unorm: pack(8, unorm(255)),
  pack4xI8: pack(8, (x) => x),
  pack4xI8Clamp: pack(8, (x) => clampTo(x, -128, 127)),
  pack4xU8: pack(8, (x) => x),
  pack4xU8Clamp: pack(8, (x) => clampTo(x, 0, 255)),
  unpack2x16float: unpack(16, decodeF16),
  unpack2x16snorm: unpack(16, fromSnorm(32767, 16)),
  unpack2x16unorm: unpack(16, fromUnorm(65535)),
  unpack4x8snorm: unpack(8, fromSnorm(127, 8)),
  unpack4x8unorm: unpack(8, fromUnorm(255)),
  unpack4xI8: unpack(8, (x) => signed(x, 8)),
  unpack4xU8: unpack(8, (x) => x),
};

const bytes = (x: Value, width: (b: number) => number): number[] =>
  [0, 8, 16, 24].map((shift) => width(((x as number) >>> shift) & 255));

export const dot4U8Packed = ({ args }: FoldCall): Value => {
  const [a, b] = args.map((x) => bytes(x, (byte) => byte));
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
};

export const dot4I8Packed = ({ args }: FoldCall): Value => {
  const [a, b] = args.map((x) => bytes(x, (byte) => signed(byte, 8)));
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
};
