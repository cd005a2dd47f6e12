/**
 * The instructions that the compiler and the scheduler use: name, binary code, immediate, result.
 * One table serves the assembler, the disassembler and the type of every node in `lower/`.
 * Codes are from the WebAssembly specification, "Binary Format: Instructions"; the prefixes are 0xfd (vectors) and
 * 0xfe (atomics).
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** What follows the code: nothing, an index, a memory operand (alignment, offset), lanes, constants, a block type. */
export type Immediate =
  | 'none'
  | 'index'
  | 'memory'
  | 'memoryLane'
  | 'lane'
  | 'lanes16'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'block'
  | 'select'
  | 'callIndirect'
  | 'fill'
  | 'copy'
  | 'zero'
  | 'branchTable';

/** An instruction of WebAssembly. */
export interface Opcode {
  /** As in the text format: `f32x4.add`. */
  readonly name: string;
  /** Its number in the table. */
  readonly index: number;
  /** 0 for plain instructions, else 0xfc, 0xfd or 0xfe. */
  readonly prefix: number;
  /** Its number behind the prefix. */
  readonly code: number;
  /** What follows it in the binary format. */
  readonly immediate: Immediate;
  /** The type on the stack afterwards; `null` for nothing, or for what depends on the operands. */
  readonly result: ValueType | null;
  /** log2 of the natural alignment of a memory access, else 0. */
  readonly align: number;
}

const table = new Map<string, Opcode>();
const byCode = new Map<number, Opcode>();

function add(
  prefix: number,
  code: number,
  name: string,
  result: ValueType | null,
  immediate: Immediate = 'none',
  align = 0,
): void {
  const opcode: Opcode = { name, index: table.size, prefix, code, immediate, result, align };
  table.set(name, opcode);
  byCode.set(prefix * 0x10000 + code, opcode);
}

/** `start` and the names that follow it in the numbering; `-` skips a number. */
function sequence(prefix: number, start: number, result: ValueType, type: string, names: string): void {
  names.split(' ').forEach((name, i) => {
    if (name !== '-') add(prefix, start + i, `${type}.${name}`, result);
  });
}

// Control and variables
add(0, 0x00, 'unreachable', null);
add(0, 0x02, 'block', null, 'block');
add(0, 0x03, 'loop', null, 'block');
add(0, 0x04, 'if', null, 'block');
add(0, 0x05, 'else', null);
add(0, 0x0b, 'end', null);
add(0, 0x0c, 'br', null, 'index');
add(0, 0x0d, 'br_if', null, 'index');
add(0, 0x0e, 'br_table', null, 'branchTable');
add(0, 0x0f, 'return', null);
add(0, 0x10, 'call', null, 'index');
add(0, 0x11, 'call_indirect', null, 'callIndirect');
add(0, 0x1a, 'drop', null);
add(0, 0x1b, 'select', null);
add(0, 0x20, 'local.get', null, 'index');
add(0, 0x21, 'local.set', null, 'index');
add(0, 0x22, 'local.tee', null, 'index');

// Scalar memory
add(0, 0x28, 'i32.load', 'i32', 'memory', 2);
add(0, 0x29, 'i64.load', 'i64', 'memory', 3);
add(0, 0x2a, 'f32.load', 'f32', 'memory', 2);
add(0, 0x2f, 'i32.load16_u', 'i32', 'memory', 1);
add(0, 0x3b, 'i32.store16', null, 'memory', 1);
add(0, 0x36, 'i32.store', null, 'memory', 2);
add(0, 0x37, 'i64.store', null, 'memory', 3);
add(0, 0x38, 'f32.store', null, 'memory', 2);
add(0xfc, 11, 'memory.fill', null, 'fill');

// Constants
add(0, 0x41, 'i32.const', 'i32', 'i32');
add(0, 0x42, 'i64.const', 'i64', 'i64');
add(0, 0x43, 'f32.const', 'f32', 'f32');
add(0, 0x44, 'f64.const', 'f64', 'f64');
add(0xfd, 0x0c, 'v128.const', 'v128', 'v128');

// Scalar arithmetic
sequence(0, 0x45, 'i32', 'i32', 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u');
sequence(0, 0x50, 'i32', 'i64', 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u');
sequence(0, 0x5b, 'i32', 'f32', 'eq ne lt gt le ge');
sequence(0, 0x61, 'i32', 'f64', 'eq ne lt gt le ge');
sequence(
  0,
  0x67,
  'i32',
  'i32',
  'clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr',
);
sequence(
  0,
  0x79,
  'i64',
  'i64',
  'clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr',
);
sequence(0, 0x8b, 'f32', 'f32', 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign');
sequence(0, 0x99, 'f64', 'f64', 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign');
add(0, 0xa7, 'i32.wrap_i64', 'i32');
add(0, 0xac, 'i64.extend_i32_s', 'i64');
add(0, 0xad, 'i64.extend_i32_u', 'i64');
add(0, 0xb2, 'f32.convert_i32_s', 'f32');
add(0, 0xb3, 'f32.convert_i32_u', 'f32');
add(0, 0xb6, 'f32.demote_f64', 'f32');
add(0, 0xb7, 'f64.convert_i32_s', 'f64');
add(0, 0xb8, 'f64.convert_i32_u', 'f64');
add(0, 0xbb, 'f64.promote_f32', 'f64');
add(0, 0xbc, 'i32.reinterpret_f32', 'i32');
add(0, 0xbd, 'i64.reinterpret_f64', 'i64');
add(0, 0xbe, 'f32.reinterpret_i32', 'f32');
add(0, 0xbf, 'f64.reinterpret_i64', 'f64');
add(0xfc, 0, 'i32.trunc_sat_f32_s', 'i32');
add(0xfc, 1, 'i32.trunc_sat_f32_u', 'i32');
add(0xfc, 2, 'i32.trunc_sat_f64_s', 'i32');
add(0xfc, 3, 'i32.trunc_sat_f64_u', 'i32');

// Vectors: memory
add(0xfd, 0x00, 'v128.load', 'v128', 'memory', 4);
add(0xfd, 0x04, 'v128.load16x4_u', 'v128', 'memory', 3);
add(0xfd, 0x09, 'v128.load32_splat', 'v128', 'memory', 2);
add(0xfd, 0x0a, 'v128.load64_splat', 'v128', 'memory', 3);
add(0xfd, 0x0b, 'v128.store', null, 'memory', 4);
add(0xfd, 0x56, 'v128.load32_lane', 'v128', 'memoryLane', 2);
add(0xfd, 0x59, 'v128.store16_lane', null, 'memoryLane', 1);
add(0xfd, 0x5a, 'v128.store32_lane', null, 'memoryLane', 2);
add(0xfd, 0x5b, 'v128.store64_lane', null, 'memoryLane', 3);
add(0xfd, 0x5c, 'v128.load32_zero', 'v128', 'memory', 2);
add(0xfd, 0x5d, 'v128.load64_zero', 'v128', 'memory', 3);

// Vectors: lanes
add(0xfd, 0x0d, 'i8x16.shuffle', 'v128', 'lanes16');
sequence(0xfd, 0x0e, 'v128', 'i8x16', 'swizzle splat');
add(0xfd, 0x11, 'i32x4.splat', 'v128');
add(0xfd, 0x12, 'i64x2.splat', 'v128');
add(0xfd, 0x13, 'f32x4.splat', 'v128');
add(0xfd, 0x14, 'f64x2.splat', 'v128');
add(0xfd, 0x1b, 'i32x4.extract_lane', 'i32', 'lane');
add(0xfd, 0x1c, 'i32x4.replace_lane', 'v128', 'lane');
add(0xfd, 0x1f, 'f32x4.extract_lane', 'f32', 'lane');
add(0xfd, 0x20, 'f32x4.replace_lane', 'v128', 'lane');
add(0xfd, 0x21, 'f64x2.extract_lane', 'f64', 'lane');
add(0xfd, 0x22, 'f64x2.replace_lane', 'v128', 'lane');

// Vectors: comparison and bits
sequence(0xfd, 0x37, 'v128', 'i32x4', 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u');
sequence(0xfd, 0x41, 'v128', 'f32x4', 'eq ne lt gt le ge');
sequence(0xfd, 0x4d, 'v128', 'v128', 'not and andnot or xor bitselect');
add(0xfd, 0x53, 'v128.any_true', 'i32');
add(0xfd, 0xa3, 'i32x4.all_true', 'i32');
add(0xfd, 0xa4, 'i32x4.bitmask', 'i32');

// Vectors: integers
add(0xfd, 0x62, 'i8x16.popcnt', 'v128');
add(0xfd, 0x7d, 'i16x8.extadd_pairwise_i8x16_u', 'v128');
add(0xfd, 0x7f, 'i32x4.extadd_pairwise_i16x8_u', 'v128');
sequence(0xfd, 0xa0, 'v128', 'i32x4', 'abs neg');
sequence(0xfd, 0xab, 'v128', 'i32x4', 'shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u');
add(0xfd, 0x86, 'i16x8.narrow_i32x4_u', 'v128');
add(0xfd, 0xa9, 'i32x4.extend_low_i16x8_u', 'v128');

// Vectors: floats
sequence(0xfd, 0x67, 'v128', 'f32x4', 'ceil floor trunc nearest');
sequence(0xfd, 0xe0, 'v128', 'f32x4', 'abs neg - sqrt add sub mul div min max pmin pmax');
sequence(0xfd, 0xec, 'v128', 'f64x2', 'abs neg - sqrt add sub mul div min max pmin pmax');
add(0xfd, 0x94, 'f64x2.nearest', 'v128');
add(0xfd, 0x5e, 'f32x4.demote_f64x2_zero', 'v128');
add(0xfd, 0x5f, 'f64x2.promote_low_f32x4', 'v128');
add(0xfd, 0xf8, 'i32x4.trunc_sat_f32x4_s', 'v128');
add(0xfd, 0xf9, 'i32x4.trunc_sat_f32x4_u', 'v128');
add(0xfd, 0xfa, 'f32x4.convert_i32x4_s', 'v128');
add(0xfd, 0xfb, 'f32x4.convert_i32x4_u', 'v128');
add(0xfd, 0x105, 'f32x4.relaxed_madd', 'v128');
add(0xfd, 0x106, 'f32x4.relaxed_nmadd', 'v128');

// Atomics
add(0xfc, 10, 'memory.copy', null, 'copy');
add(0xfe, 0x00, 'memory.atomic.notify', 'i32', 'memory', 2);
add(0xfe, 0x01, 'memory.atomic.wait32', 'i32', 'memory', 2);
add(0xfe, 0x03, 'atomic.fence', null, 'zero');
add(0xfe, 0x10, 'i32.atomic.load', 'i32', 'memory', 2);
add(0xfe, 0x11, 'i64.atomic.load', 'i64', 'memory', 3);
add(0xfe, 0x17, 'i32.atomic.store', null, 'memory', 2);
add(0xfe, 0x18, 'i64.atomic.store', null, 'memory', 3);
add(0xfe, 0x1e, 'i32.atomic.rmw.add', 'i32', 'memory', 2);
add(0xfe, 0x25, 'i32.atomic.rmw.sub', 'i32', 'memory', 2);
add(0xfe, 0x2c, 'i32.atomic.rmw.and', 'i32', 'memory', 2);
add(0xfe, 0x33, 'i32.atomic.rmw.or', 'i32', 'memory', 2);
add(0xfe, 0x3a, 'i32.atomic.rmw.xor', 'i32', 'memory', 2);
add(0xfe, 0x41, 'i32.atomic.rmw.xchg', 'i32', 'memory', 2);
add(0xfe, 0x48, 'i32.atomic.rmw.cmpxchg', 'i32', 'memory', 2);
add(0xfe, 0x49, 'i64.atomic.rmw.cmpxchg', 'i64', 'memory', 3);

/**
 * The instruction of that name; throws for one that is not in the table (a mistake in the compiler, not in a
 * program).
 */
export function opcode(name: string): Opcode {
  const found = table.get(name);
  if (!found) throw new Error(`internal: no WebAssembly instruction '${name}' in the table`);
  return found;
}

/** The instruction with that prefix and code, or undefined. */
export function opcodeOf(prefix: number, code: number): Opcode | undefined {
  return byCode.get(prefix * 0x10000 + code);
}

/** How the binary format writes types of values. */
export const VALUE_TYPE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};
