/**
 * 16-bit floats (`f16`). A value is an f32 that f16 holds; each operation is done in f32 and its result rounded, which
 * gives what an operation in f16 would give for `+ - * / sqrt` (24 bits are at least 2 * 11 + 2). In memory there are
 * 16 bits.
 */
import { sizeOf } from '../check/types.ts';
import type { Builder } from './builder.ts';
import type { Plain } from './builtins/numeric.ts';
import { fromHalf, toHalf } from './builtins/packing.ts';
import { floatToBits, type Node } from './graph.ts';
import { isHalf, lane, splat } from './vectors.ts';

const f4 = (b: Builder, value: number) => b.value('f32x4.splat', [b.f32(value)]);
const i4 = (b: Builder, value: number) => b.value('i32x4.splat', [b.i32(value)]);

/** The nearest f16, ties to even; infinite from 65520 on. NaN stays. */
export function roundToHalf(b: Builder, type: Plain, x: Node): Node {
  if (type.kind === 'scalar') {
    return b.value('f32x4.extract_lane', [roundLanes(b, b.value('f32x4.splat', [x]))], 0);
  }
  return roundLanes(b, x);
}

function roundLanes(b: Builder, x: Node): Node {
  const bits = b.value('v128.and', [x, i4(b, 0x7fffffff)]);
  const sign = b.value('v128.xor', [x, bits]);
  // The low 13 bits are rounded away.
  const isOdd = b.value('v128.and', [b.value('i32x4.shr_u', [bits, b.i32(13)]), i4(b, 1)]);
  const raised = b.value('i32x4.add', [b.value('i32x4.add', [bits, i4(b, 0xfff)]), isOdd]);
  const normal = b.value('v128.and', [raised, i4(b, -0x2000)]);
  // Below 2^-14, adding 1/2 makes the addition round at their last bit, 2^-24.
  const shifted = b.raw('f32x4.add', [bits, f4(b, 0.5)]);
  const subnormal = b.raw('f32x4.sub', [shifted, f4(b, 0.5)]);
  const isSmall = b.value('i32x4.lt_u', [bits, i4(b, floatToBits(2 ** -14))]);
  const finite = b.value('v128.bitselect', [subnormal, normal, isSmall]);
  // Infinity, or the NaN that it was.
  const special = b.value('i32x4.max_u', [bits, i4(b, 0x7f800000)]);
  const isLarge = b.value('i32x4.ge_u', [bits, i4(b, floatToBits(65520))]);
  return b.value('v128.or', [sign, b.value('v128.bitselect', [special, finite, isLarge])]);
}

/** Makes an instruction that reads memory at the place at hand. */
type Load = (op: string) => Node;
/** Makes one that writes there, or `at` another offset; `lane`: of a vector. */
type Store = (op: string, stored: Node, at?: number, lane?: number) => void;

export function loadHalf(b: Builder, type: Plain, load: Load): Node {
  if (type.kind === 'scalar') {
    return b.value('f32x4.extract_lane', [fromHalf(b, b.value('i32x4.splat', [load('i32.load16_u')]))], 0);
  }
  if (type.size > 2) return fromHalf(b, load('v128.load16x4_u'));
  return fromHalf(b, b.value('i32x4.extend_low_i16x8_u', [load('v128.load32_zero')]));
}

export function storeHalf(b: Builder, type: Plain, value: Node, offset: number, store: Store): void {
  if (type.kind === 'scalar') {
    const bits = toHalf(b, b.value('f32x4.splat', [value]));
    store('i32.store16', b.value('i32x4.extract_lane', [bits], 0));
    return;
  }
  const halves = toHalf(b, value);
  const packed = b.value('i16x8.narrow_i32x4_u', [halves, halves]);
  if (type.size === 4) store('v128.store64_lane', packed);
  else store('v128.store32_lane', packed);
  if (type.size === 3) store('v128.store16_lane', packed, offset + sizeOf(type.element) * 2, 2);
}

/** `bitcast` between vectors of f16 and what holds two of them in each word. */
export function bitcastHalf(b: Builder, from: Plain, to: Plain, x: Node): Node {
  if (isHalf(from)) {
    const halves = toHalf(b, x);
    const joined = b.value('i16x8.narrow_i32x4_u', [halves, halves]);
    return to.kind === 'vector' ? joined : lane(b, to, joined, 0);
  }
  const words = from.kind === 'vector' ? x : splat(b, from, x);
  return fromHalf(b, b.value('i32x4.extend_low_i16x8_u', [words]));
}
