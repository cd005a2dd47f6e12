/** Constant evaluation of the unary and binary operators, on scalars and component by component on vectors. */
import type { BinaryOperator } from '../syntax/ast.ts';
import { ABSTRACT_INT, I32, type ScalarType, U32 } from './types.ts';
import {
  checkAbstractInt,
  EvaluationError,
  formatScalar,
  isFloat,
  notRepresentable,
  roundFloat,
  roundTo,
  type ScalarValue,
  type Value,
} from './values.ts';

/** Applies `f` to one value or to each component. */
export function mapValue(value: Value, f: (v: ScalarValue) => ScalarValue): Value {
  return Array.isArray(value) ? value.map((v) => f(v as ScalarValue)) : f(value as ScalarValue);
}

/** Applies `f` to pairs; a scalar pairs with every component of a vector. */
function zipValues(a: Value, b: Value, f: (x: ScalarValue, y: ScalarValue) => ScalarValue): Value {
  const aParts = Array.isArray(a) ? (a as ScalarValue[]) : null;
  const bParts = Array.isArray(b) ? (b as ScalarValue[]) : null;
  if (aParts) return aParts.map((x, i) => f(x, bParts ? bParts[i] : (b as ScalarValue)));
  if (bParts) return bParts.map((y) => f(a as ScalarValue, y));
  return f(a as ScalarValue, b as ScalarValue);
}

export function foldUnary(operator: '-' | '!' | '~', value: Value, type: ScalarType): Value {
  return mapValue(value, (v) => {
    if (operator === '!') return !v;
    if (operator === '~')
      return type === ABSTRACT_INT ? ~(v as bigint) : type === U32 ? ~(v as number) >>> 0 : ~(v as number);
    if (type === ABSTRACT_INT) return BigInt.asIntN(64, -(v as bigint));
    if (type === I32) return -(v as number) | 0;
    return -(v as number);
  });
}

type Arithmetic = '+' | '-' | '*' | '/' | '%';

/** WGSL defines `x % y` on floats as `x - y * trunc(x / y)`; each step is rounded. */
function remainder(x: number, y: number, type: ScalarType): number {
  const whole = Math.trunc(roundTo(x / y, type));
  return x - roundTo(y * whole, type);
}

function foldFloat(operator: Arithmetic, x: number, y: number, type: ScalarType): number {
  const result =
    operator === '+'
      ? x + y
      : operator === '-'
        ? x - y
        : operator === '*'
          ? x * y
          : operator === '/'
            ? x / y
            : remainder(x, y, type);
  const rounded = roundTo(result, type);
  if (Number.isFinite(rounded)) return rounded;
  return notRepresentable(`'${formatScalar(x, type)} ${operator} ${formatScalar(y, type)}'`, type);
}

function foldBigint(operator: Arithmetic, x: bigint, y: bigint): bigint {
  if ((operator === '/' || operator === '%') && y === 0n)
    throw new EvaluationError('integer division by zero');
  const result =
    operator === '+'
      ? x + y
      : operator === '-'
        ? x - y
        : operator === '*'
          ? x * y
          : operator === '/'
            ? x / y
            : x % y;
  if (operator === '%' && y === -1n && x === -(2n ** 63n)) notRepresentable(`'${x} % ${y}'`, ABSTRACT_INT);
  return checkAbstractInt(result, `'${x} ${operator} ${y}'`);
}

function foldInt32(operator: Arithmetic, x: number, y: number, type: ScalarType): number {
  if (operator === '/' || operator === '%') {
    if (y === 0) throw new EvaluationError('integer division by zero');
    if (type === I32 && x === -2147483648 && y === -1) notRepresentable(`'${x} ${operator} ${y}'`, I32);
  }
  const result =
    operator === '+'
      ? x + y
      : operator === '-'
        ? x - y
        : operator === '*'
          ? Math.imul(x, y)
          : operator === '/'
            ? Math.trunc(x / y)
            : x % y;
  return type === I32 ? result | 0 : result >>> 0;
}

/** `+ - * / %` on two values of one element type. */
export function foldArithmetic(operator: Arithmetic, a: Value, b: Value, type: ScalarType): Value {
  return zipValues(a, b, (x, y) => {
    if (type === ABSTRACT_INT) return foldBigint(operator, x as bigint, y as bigint);
    if (isFloat(type)) return foldFloat(operator, x as number, y as number, type);
    return foldInt32(operator, x as number, y as number, type);
  });
}

export function foldBitwise(operator: '&' | '|' | '^', a: Value, b: Value, type: ScalarType): Value {
  return zipValues(a, b, (x, y) => {
    if (typeof x === 'boolean') return operator === '&' ? x && Boolean(y) : x || Boolean(y);
    if (typeof x === 'bigint') {
      const z = y as bigint;
      return operator === '&' ? x & z : operator === '|' ? x | z : x ^ z;
    }
    const z = y as number;
    const bits = operator === '&' ? x & z : operator === '|' ? x | z : x ^ z;
    return type === U32 ? bits >>> 0 : bits;
  });
}

/** Shifts; the shift amount is u32. Left shifts must not lose bits that matter. */
export function foldShift(operator: '<<' | '>>', a: Value, b: Value, type: ScalarType): Value {
  return zipValues(a, b, (x, y) => {
    const by = y as number;
    if (type !== ABSTRACT_INT) checkShiftAmount(by);
    if (operator === '>>') {
      if (typeof x === 'bigint') return x >> BigInt(by);
      return type === U32 ? (x as number) >>> by : (x as number) >> by;
    }
    const wide = BigInt(x as number | bigint);
    if (type === ABSTRACT_INT && by >= 64) {
      return wide === 0n ? 0n : notRepresentable(`'${x} << ${by}'`, type);
    }
    const result = wide << BigInt(by);
    const kept = type === U32 ? BigInt.asUintN(32, result) : BigInt.asIntN(type === I32 ? 32 : 64, result);
    if (kept !== result) {
      if (type === U32) notRepresentable(`'${x} << ${by}'`, type);
      throw new EvaluationError(`'${x} << ${by}' changes the sign or loses bits of '${type.name}'`);
    }
    return type === ABSTRACT_INT ? kept : Number(kept);
  });
}

/** A shift of a 32-bit number by 32 or more is an error when the amount is known. */
export function checkShiftAmount(by: number): void {
  if (by >= 32)
    throw new EvaluationError(`the shift amount ${by} must be less than 32, the bits of the left operand`);
}

export function foldComparison(operator: BinaryOperator, a: Value, b: Value): Value {
  return zipValues(a, b, (x, y) => {
    switch (operator) {
      case '==':
        return x === y;
      case '!=':
        return x !== y;
      case '<':
        return x < y;
      case '<=':
        return x <= y;
      case '>':
        return x > y;
      default:
        return x >= y;
    }
  });
}

/** Sum, product and the like on floats of one type, rounded after each step as a device would; used by builtins. */
export function floatSteps(type: ScalarType) {
  const step = (operator: Arithmetic) => (x: number, y: number) => foldFloat(operator, x, y, type);
  return {
    add: step('+'),
    sub: step('-'),
    mul: step('*'),
    div: step('/'),
    round: (value: number, what?: string) => roundFloat(value, type, what),
  };
}
