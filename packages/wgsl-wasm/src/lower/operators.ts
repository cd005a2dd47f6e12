/** Unary and binary operators, conversions: WGSL's meaning in WebAssembly instructions. */
import type { ScalarType, VectorType } from '../check/types.ts';
import { rare } from '../rare.ts';
import type { Builder } from './builder.ts';
import type { Node } from './graph.ts';
import { byLane, choose, elementOf, f32x4, i32x4, isFloatType, isHalf, maskOf, splatOf } from './vectors.ts';

type Plain = ScalarType | VectorType;

const FLOAT_ARITHMETIC: Record<string, string> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' };
const INTEGER_ARITHMETIC: Record<string, string> = { '+': 'add', '-': 'sub', '*': 'mul' };
const BITWISE: Record<string, string> = { '&': 'and', '|': 'or', '^': 'xor' };
const COMPARISON: Record<string, string> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

const isSigned = (type: Plain) => elementOf(type).name === 'i32';

export function unary(b: Builder, operator: '-' | '!' | '~', type: Plain, x: Node): Node {
  const vector = type.kind === 'vector';
  if (operator === '!') return vector ? b.value('v128.not', [x]) : b.value('i32.eqz', [x]);
  if (operator === '~') return vector ? b.value('v128.not', [x]) : b.value('i32.xor', [x, b.i32(-1)]);
  if (isFloatType(type)) return b.value(vector ? 'f32x4.neg' : 'f32.neg', [x]);
  return vector ? b.value('i32x4.neg', [x]) : b.value('i32.sub', [b.i32(0), x]);
}

/** `left operator right`; `type` is the left operand's. */
export function binary(b: Builder, operator: string, type: Plain, left: Node, right: Node): Node {
  if (COMPARISON[operator]) return compare(b, COMPARISON[operator], type, left, right);
  if (BITWISE[operator]) {
    return b.value(`${type.kind === 'vector' ? 'v128' : 'i32'}.${BITWISE[operator]}`, [left, right]);
  }
  if (operator === '<<' || operator === '>>') return shift(b, operator, type, left, right);
  if (isFloatType(type)) {
    const prefix = type.kind === 'vector' ? 'f32x4' : 'f32';
    const result =
      operator === '%'
        ? floatRemainder(b, type, left, right)
        : b.value(`${prefix}.${FLOAT_ARITHMETIC[operator]}`, [left, right]);
    return isHalf(type) ? rare().roundToHalf(b, type, result) : result;
  }
  if (INTEGER_ARITHMETIC[operator]) {
    const prefix = type.kind === 'vector' ? 'i32x4' : 'i32';
    return b.value(`${prefix}.${INTEGER_ARITHMETIC[operator]}`, [left, right]);
  }
  return divide(b, operator, type, left, right);
}

function compare(b: Builder, name: string, type: Plain, left: Node, right: Node): Node {
  const float = isFloatType(type);
  const ordered = name !== 'eq' && name !== 'ne';
  const suffix = float || !ordered ? '' : isSigned(type) ? '_s' : '_u';
  const prefix = type.kind === 'vector' ? (float ? 'f32x4' : 'i32x4') : float ? 'f32' : 'i32';
  return b.value(`${prefix}.${name}${suffix}`, [left, right]);
}

/** Shift counts are taken modulo 32, as WebAssembly does itself. */
function shift(b: Builder, operator: string, type: Plain, left: Node, right: Node): Node {
  const name = operator === '<<' ? 'shl' : isSigned(type) ? 'shr_s' : 'shr_u';
  if (type.kind === 'scalar') return b.value(`i32.${name}`, [left, right]);
  const count = splatOf(b, right);
  if (count) return b.value(`i32x4.${name}`, [left, count]);
  return byLane(b, type, type, [left, right], ([x, n]) => b.value(`i32.${name}`, [x, n]));
}

/**
 * Integer `/` and `%`. WGSL: division by zero gives the dividend, remainder by zero gives 0, and the most negative
 * number divided by -1 gives itself. WebAssembly traps there, so those divisors become 1 first.
 */
function divide(b: Builder, operator: string, type: Plain, left: Node, right: Node): Node {
  if (type.kind === 'vector') {
    return byLane(b, type, type, [left, right], ([x, y]) => divide(b, operator, type.element, x, y));
  }
  const signed = isSigned(type);
  const name = `${operator === '/' ? 'div' : 'rem'}_${signed ? 's' : 'u'}`;
  let unsafe: Node = b.value('i32.eqz', [right]);
  if (signed && operator === '/') {
    const overflows = b.value('i32.and', [
      b.value('i32.eq', [right, b.i32(-1)]),
      b.value('i32.eq', [left, b.i32(-0x80000000)]),
    ]);
    unsafe = b.value('i32.or', [unsafe, overflows]);
  }
  const divisor = b.value('select', [b.i32(1), right, unsafe]);
  return b.value(`i32.${name}`, [left, divisor]);
}

/** `x - y * trunc(x / y)`, as WGSL defines it. */
function floatRemainder(b: Builder, type: Plain, x: Node, y: Node): Node {
  const prefix = type.kind === 'vector' ? 'f32x4' : 'f32';
  const whole = b.value(`${prefix}.trunc`, [b.value(`${prefix}.div`, [x, y])]);
  return b.value(`${prefix}.sub`, [x, b.value(`${prefix}.mul`, [y, whole])]);
}

/** Value conversion between bool, i32, u32, f32, f16 and vectors of them. */
export function convert(b: Builder, from: Plain, to: Plain, x: Node): Node {
  const source = elementOf(from).name;
  const target = elementOf(to).name;
  const vector = from.kind === 'vector';
  if (source === target) return x;
  if (target === 'f16')
    return rare().roundToHalf(b, to, source === 'f32' ? x : toFloat(b, source, vector, x));
  if (target === 'bool') {
    if (isFloatType(from))
      return vector ? b.value('f32x4.ne', [x, f32x4(b, 0)]) : b.value('f32.ne', [x, b.f32(0)]);
    return vector ? b.value('i32x4.ne', [x, i32x4(b, 0)]) : b.value('i32.ne', [x, b.i32(0)]);
  }
  if (target === 'f32') return source === 'f16' ? x : toFloat(b, source, vector, x);
  if (isFloatType(from)) return floatToInteger(b, target === 'i32', vector, x);
  if (source === 'bool') return vector ? b.value('v128.and', [x, i32x4(b, 1)]) : x;
  return x; // between i32 and u32: the same bits
}

function toFloat(b: Builder, source: string, vector: boolean, x: Node): Node {
  if (source === 'bool') {
    return vector ? b.value('v128.and', [x, f32x4(b, 1)]) : b.value('f32.convert_i32_s', [x]);
  }
  const suffix = source === 'i32' ? 's' : 'u';
  return vector ? b.value(`f32x4.convert_i32x4_${suffix}`, [x]) : b.value(`f32.convert_i32_${suffix}`, [x]);
}

/**
 * Toward zero. What does not fit becomes the nearest number that both types can represent (2147483520, not
 * 2147483647, from above), NaN becomes 0.
 */
function floatToInteger(b: Builder, signed: boolean, vector: boolean, x: Node): Node {
  const suffix = signed ? 's' : 'u';
  const highest = signed ? 2147483520 : 4294967040;
  if (vector) {
    return b.value(`i32x4.trunc_sat_f32x4_${suffix}`, [b.value('f32x4.pmin', [x, f32x4(b, highest)])]);
  }
  const bounded = b.value('select', [b.f32(highest), x, b.value('f32.gt', [x, b.f32(highest)])]);
  return b.value(`i32.trunc_sat_f32_${suffix}`, [bounded]);
}

/** Reinterprets bits between types of the same size. */
export function bitcast(b: Builder, from: Plain, to: Plain, x: Node): Node {
  if (isHalf(from) !== isHalf(to)) return rare().bitcastHalf(b, from, to, x);
  if (isHalf(from)) return x;
  if (from.kind === 'vector') return x;
  if (from.name === 'f32') return b.value('i32.reinterpret_f32', [x]);
  return elementOf(to).name === 'f32' ? b.value('f32.reinterpret_i32', [x]) : x;
}

/** `select(whenFalse, whenTrue, condition)`; the condition is bool or a vector of bool. */
export function select(b: Builder, type: Plain, whenFalse: Node, whenTrue: Node, condition: Node): Node {
  if (type.kind === 'scalar') return b.value('select', [whenTrue, whenFalse, condition]);
  if (condition.op === 'i32.const') return condition.imm ? whenTrue : whenFalse;
  return choose(b, condition.type === 'v128' ? condition : maskOf(b, condition), whenTrue, whenFalse);
}

/** `all` or `any` of a vector of bool (only its own components count). */
export function reduceBool(b: Builder, name: 'all' | 'any', type: Plain, x: Node): Node {
  if (type.kind === 'scalar') return x;
  if (type.size === 4) return name === 'all' ? b.value('i32x4.all_true', [x]) : b.value('v128.any_true', [x]);
  const bits = b.value('i32.and', [b.value('i32x4.bitmask', [x]), b.i32((1 << type.size) - 1)]);
  if (name === 'any') return b.value('i32.ne', [bits, b.i32(0)]);
  return b.value('i32.eq', [bits, b.i32((1 << type.size) - 1)]);
}
