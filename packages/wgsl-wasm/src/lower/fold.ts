/**
 * Simplification of single operations: constants are computed now, neutral operands vanish, multiply-adds are
 * contracted.
 */
import type { Builder } from './builder.ts';
import { bitsToFloat, type Node } from './graph.ts';

const INTEGER: Record<string, (a: number, b: number) => number> = {
  'i32.add': (a, b) => a + b,
  'i32.sub': (a, b) => a - b,
  'i32.mul': (a, b) => Math.imul(a, b),
  'i32.and': (a, b) => a & b,
  'i32.or': (a, b) => a | b,
  'i32.xor': (a, b) => a ^ b,
  'i32.shl': (a, b) => a << (b & 31),
  'i32.shr_s': (a, b) => a >> (b & 31),
  'i32.shr_u': (a, b) => a >>> (b & 31),
  'i32.eq': (a, b) => Number(a === b),
  'i32.ne': (a, b) => Number(a !== b),
  'i32.lt_s': (a, b) => Number(a < b),
  'i32.lt_u': (a, b) => Number(a >>> 0 < b >>> 0),
  'i32.gt_s': (a, b) => Number(a > b),
  'i32.gt_u': (a, b) => Number(a >>> 0 > b >>> 0),
  'i32.le_s': (a, b) => Number(a <= b),
  'i32.le_u': (a, b) => Number(a >>> 0 <= b >>> 0),
  'i32.ge_s': (a, b) => Number(a >= b),
  'i32.ge_u': (a, b) => Number(a >>> 0 >= b >>> 0),
};

/** Division by these divisors cannot trap: the caller has replaced 0 (and -1 where it matters) already. */
const DIVISION: Record<string, (a: number, b: number) => number> = {
  'i32.div_s': (a, b) => Math.trunc(a / b),
  'i32.div_u': (a, b) => Math.floor((a >>> 0) / (b >>> 0)),
  'i32.rem_s': (a, b) => a % b,
  'i32.rem_u': (a, b) => (a >>> 0) % (b >>> 0),
};

const FLOAT: Record<string, (a: number, b: number) => number> = {
  'f32.add': (a, b) => a + b,
  'f32.sub': (a, b) => a - b,
  'f32.mul': (a, b) => a * b,
  'f32.div': (a, b) => a / b,
};

const FLOAT_COMPARE: Record<string, (a: number, b: number) => boolean> = {
  'f32.eq': (a, b) => a === b,
  'f32.ne': (a, b) => a !== b,
  'f32.lt': (a, b) => a < b,
  'f32.gt': (a, b) => a > b,
  'f32.le': (a, b) => a <= b,
  'f32.ge': (a, b) => a >= b,
};

const COMMUTATIVE = new Set(['i32.add', 'i32.mul', 'i32.and', 'i32.or', 'i32.xor', 'i32.eq', 'i32.ne']);

const isInt = (node: Node) => node.op === 'i32.const';
const isFloat = (node: Node) => node.op === 'f32.const';

/** `log2(value)` for powers of two, else -1. */
const exponentOf = (value: number): number =>
  value !== 0 && (value & (value - 1)) === 0 ? 31 - Math.clz32(value) : -1;

/** A simpler node for `op(args)`, or null to make that node itself. */
export function simplify(
  b: Builder,
  op: string,
  args: Node[],
  imm: number,
  bytes: Uint8Array | null,
): Node | null {
  if (args.length === 2) {
    const [x, y] = args;
    if (isInt(x) && isInt(y)) {
      if (INTEGER[op]) return b.i32(INTEGER[op](x.imm, y.imm));
      if (DIVISION[op] && y.imm !== 0) return b.i32(DIVISION[op](x.imm, y.imm));
    }
    if (isFloat(x) && isFloat(y)) {
      const left = bitsToFloat(x.imm);
      const right = bitsToFloat(y.imm);
      if (FLOAT[op]) {
        const result = Math.fround(FLOAT[op](left, right));
        // NaN bits are the machine's own business: leave that case to it.
        if (!Number.isNaN(result)) return b.f32(result);
      }
      if (FLOAT_COMPARE[op]) return b.i32(Number(FLOAT_COMPARE[op](left, right)));
    }
    if (isInt(x) && COMMUTATIVE.has(op)) return b.value(op, [y, x]);
    if (isInt(y)) return withConstant(b, op, x, y);
    if (op === 'i32.sub' && x === y) return b.i32(0);
    if (op === 'f32x4.add' || op === 'f32x4.sub') return contract(b, op, x, y);
  }
  if (op === 'select') {
    const [whenTrue, whenFalse, condition] = args;
    if (isInt(condition)) return condition.imm !== 0 ? whenTrue : whenFalse;
    if (whenTrue === whenFalse) return whenTrue;
    return null;
  }
  if (args.length === 1) return unary(b, op, args[0], imm);
  if (op.endsWith('.replace_lane')) return replaceLane(b, args[0], args[1], imm);
  if (op === 'i8x16.shuffle' && bytes) return shuffle(b, args, bytes);
  return null;
}

function withConstant(b: Builder, op: string, x: Node, y: Node): Node | null {
  const c = y.imm;
  switch (op) {
    case 'i32.add':
      if (c === 0) return x;
      if (x.op === 'i32.add' && isInt(x.args[1]))
        return b.value('i32.add', [x.args[0], b.i32(x.args[1].imm + c)]);
      return null;
    case 'i32.sub':
      return b.value('i32.add', [x, b.i32(-c)]);
    case 'i32.or':
    case 'i32.xor':
    case 'i32.shr_s':
    case 'i32.shr_u':
      return c === 0 ? x : null;
    case 'i32.shl':
      return (c & 31) === 0 ? x : null;
    case 'i32.and':
      if (c === 0) return y;
      return c === -1 ? x : null;
    case 'i32.mul':
      if (c === 0) return y;
      if (c === 1) return x;
      if (exponentOf(c) > 0) return b.value('i32.shl', [x, b.i32(exponentOf(c))]);
      return null;
    case 'i32.div_u':
      return exponentOf(c) >= 0 ? b.value('i32.shr_u', [x, b.i32(exponentOf(c))]) : null;
    case 'i32.rem_u':
      return exponentOf(c) >= 0 ? b.value('i32.and', [x, b.i32(c - 1)]) : null;
    case 'i32.ne':
      // A comparison is 0 or 1 already.
      return c === 0 && isComparison(x) ? x : null;
    case 'i32.eq':
      return c === 0 ? b.value('i32.eqz', [x]) : null;
    default:
      return null;
  }
}

const INVERSE: Record<string, string> = {
  eq: 'ne',
  ne: 'eq',
  lt_s: 'ge_s',
  ge_s: 'lt_s',
  lt_u: 'ge_u',
  ge_u: 'lt_u',
  gt_s: 'le_s',
  le_s: 'gt_s',
  gt_u: 'le_u',
  le_u: 'gt_u',
};

function isComparison(node: Node): boolean {
  return /^(i32|f32)\.(eqz|eq|ne|lt|gt|le|ge)/.test(node.op) || node.op === 'v128.any_true';
}

/** Lanes of a constant vector as signed integers. */
const constantLanes = (bytes: Uint8Array): Int32Array => new Int32Array(bytes.slice().buffer);

function unary(b: Builder, op: string, x: Node, imm: number): Node | null {
  switch (op) {
    case 'i32.eqz':
      if (isInt(x)) return b.i32(Number(x.imm === 0));
      if (x.op.startsWith('i32.') && INVERSE[x.op.slice(4)] && x.args.length === 2) {
        return b.value(`i32.${INVERSE[x.op.slice(4)]}`, x.args);
      }
      if (x.op === 'i32.eqz' && isComparison(x.args[0])) return x.args[0];
      return null;
    case 'f32.neg':
      return isFloat(x) ? b.f32Bits(x.imm ^ 0x80000000) : null;
    case 'f32.abs':
      return isFloat(x) ? b.f32Bits(x.imm & 0x7fffffff) : null;
    case 'f32.convert_i32_s':
      return isInt(x) ? b.f32(x.imm) : null;
    case 'f32.convert_i32_u':
      return isInt(x) ? b.f32(x.imm >>> 0) : null;
    case 'i32.reinterpret_f32':
      if (x.op === 'f32.reinterpret_i32') return x.args[0];
      return isFloat(x) ? b.i32(x.imm) : null;
    case 'f32.reinterpret_i32':
      if (x.op === 'i32.reinterpret_f32') return x.args[0];
      return isInt(x) ? b.f32Bits(x.imm) : null;
    case 'f32x4.splat':
    case 'i32x4.splat':
      if (isFloat(x) || isInt(x)) return b.v128(new Uint8Array(new Int32Array(4).fill(x.imm).buffer));
      return null;
    case 'f32x4.neg':
      if (x.op === 'v128.const') {
        return b.v128(new Uint8Array(constantLanes(x.bytes!).map((lane) => lane ^ 0x80000000).buffer));
      }
      return null;
    case 'f32x4.extract_lane':
    case 'i32x4.extract_lane':
      return extractLane(b, op, x, imm);
    default:
      return null;
  }
}

function extractLane(b: Builder, op: string, x: Node, lane: number): Node | null {
  const type = op.startsWith('f32') ? 'f32x4' : 'i32x4';
  if (x.op === 'v128.const') {
    const value = constantLanes(x.bytes!)[lane];
    return type === 'f32x4' ? b.f32Bits(value) : b.i32(value);
  }
  if (x.op === `${type}.splat`) return x.args[0];
  if (x.op === `${type}.replace_lane`) {
    return x.imm === lane ? x.args[1] : b.value(op, [x.args[0]], lane);
  }
  if (x.op === 'i8x16.shuffle') {
    const source = x.bytes![lane * 4];
    // Every shuffle of the compiler moves whole lanes.
    return b.value(op, [x.args[source >> 4]], (source & 15) >> 2);
  }
  return null;
}

function replaceLane(b: Builder, vector: Node, scalar: Node, lane: number): Node | null {
  if (vector.op === 'v128.const' && (isFloat(scalar) || isInt(scalar))) {
    const lanes = constantLanes(vector.bytes!);
    lanes[lane] = scalar.imm;
    return b.v128(new Uint8Array(lanes.buffer));
  }
  return null;
}

function shuffle(b: Builder, args: Node[], bytes: Uint8Array): Node | null {
  const [x, y] = args;
  if (bytes.every((byte, i) => byte === i)) return x;
  if (bytes.every((byte, i) => byte === i + 16)) return y;
  const lanes = [bytes[0] >> 2, bytes[4] >> 2, bytes[8] >> 2, bytes[12] >> 2];
  if (x.op === 'v128.const' && y.op === 'v128.const') {
    const all = [...constantLanes(x.bytes!), ...constantLanes(y.bytes!)];
    return b.v128(new Uint8Array(new Int32Array(lanes.map((lane) => all[lane])).buffer));
  }
  if (x === y && /splat$/.test(x.op)) return x;
  return null;
}

/**
 * `a * b + c` as one relaxed multiply-add (WGSL, "Floating point evaluation", allows the fused form). A subtraction
 * from the product is not contracted: WebAssembly has no instruction for it.
 */
function contract(b: Builder, op: string, x: Node, y: Node): Node | null {
  if (!b.options.contract) return null;
  if (op === 'f32x4.sub') {
    return y.op === 'f32x4.mul' ? b.value('f32x4.relaxed_nmadd', [y.args[0], y.args[1], x]) : null;
  }
  if (y.op === 'f32x4.mul') return b.value('f32x4.relaxed_madd', [y.args[0], y.args[1], x]);
  if (x.op === 'f32x4.mul') return b.value('f32x4.relaxed_madd', [x.args[0], x.args[1], y]);
  return null;
}
