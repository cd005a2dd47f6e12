/**
 * exp, log and what follows from them, on four lanes. Arguments are reduced in the way of Cody and Waite ("Software
 * Manual for the Elementary Functions", 1980); the polynomials are minimax fits of the remainders over the reduced
 * range, their relative error beside them. Measured errors: `docs/wgsl-wasm-accuracy.md`.
 */
import type { Node } from '../graph.ts';
import type { Lanes } from './lanes.ts';

const LN2 = Math.LN2;
/** ln 2 in two parts; the first has 15 bits, so that its product with any exponent is exact. */
const LN2_HIGH = 0.693145751953125;
const LN2_LOW = LN2 - LN2_HIGH;

/** (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2: 2^-28 of exp(r). */
const EXP = [
  0.4999999403953552, 0.1666652113199234, 0.041668251156806946, 0.00836866907775402, 0.0013822033070027828,
];
/** (2^r - 1) / r for |r| <= 1/2: 2^-27.9 of 2^r. */
const EXP2 = [
  0.6931471824645996, 0.24022643268108368, 0.055503588169813156, 0.009619002230465412, 0.0013391304528340697,
  0.00015196693129837513,
];
/** (log(1 + f) - f + f^2 / 2) / f^3 for sqrt(1/2) <= 1 + f < sqrt(2): 2^-30 of log(1 + f). */
const LOG = [
  0.3333331346511841, -0.25000011920928955, 0.20002073049545288, -0.1666785478591919, 0.14220233261585236,
  -0.12408196181058884, 0.11886202543973923, -0.1166066899895668, 0.06733028590679169,
];

/**
 * `x * 2^n` for integers n (as floats) between -252 and 254: two factors, so that results below the normal range are
 * right.
 */
function scale(m: Lanes, x: Node, n: Node): Node {
  const whole = m.one('i32x4.trunc_sat_f32x4_s', n);
  const half = m.shift('shr_s', whole, 1);
  const power = (exponent: Node) => m.shift('shl', m.two('i32x4.add', exponent, m.i(127)), 23);
  return m.mul(m.mul(x, power(half)), power(m.two('i32x4.sub', whole, half)));
}

export function exp(m: Lanes, x: Node): Node {
  return scaledExp(m, x, 0);
}

/** `exp(x) * 2^shift`, also where exp(x) itself would be too large. */
function scaledExp(m: Lanes, x: Node, shift: number): Node {
  // Beyond these the result is infinite or zero anyway.
  const bounded = m.min(m.max(x, m.c(-110)), m.c(100));
  const n = m.one('f32x4.nearest', m.mul(bounded, m.c(1 / LN2)));
  const r = m.fnma(n, m.c(LN2_LOW), m.fnma(n, m.c(LN2_HIGH), bounded));
  const tail = m.fma(m.mul(r, r), m.polynomial(r, EXP), r);
  return scale(m, m.add(tail, m.c(1)), shift ? m.add(n, m.c(shift)) : n);
}

export function exp2(m: Lanes, x: Node): Node {
  const bounded = m.min(m.max(x, m.c(-160)), m.c(140));
  const n = m.one('f32x4.nearest', bounded);
  const r = m.sub(bounded, n);
  return scale(m, m.fma(r, m.polynomial(r, EXP2), m.c(1)), n);
}

/** `x = 2^k (1 + f)` with 1 + f between sqrt(1/2) and sqrt(2); `k` as a float. Only for positive, finite x. */
function split(m: Lanes, x: Node): { k: Node; f: Node } {
  // Numbers below the normal range are scaled into it first.
  const small = m.two('f32x4.lt', x, m.c(2 ** -126));
  const bits = m.pick(small, m.mul(x, m.c(2 ** 23)), x);
  const correction = m.two('v128.and', small, m.c(23));
  const aboveRoot = m.two('i32x4.sub', bits, m.i(0x3f3504f3));
  const exponent = m.shift('shr_s', aboveRoot, 23);
  const mantissa = m.two('i32x4.sub', bits, m.shift('shl', exponent, 23));
  const k = m.sub(m.one('f32x4.convert_i32x4_s', exponent), correction);
  return { k, f: m.sub(mantissa, m.c(1)) };
}

/** `log(1 + f) - f` */
function logTail(m: Lanes, f: Node): Node {
  const square = m.mul(f, f);
  return m.fma(m.mul(square, f), m.polynomial(f, LOG), m.mul(square, m.c(-0.5)));
}

/**
 * Puts log right where x is not a positive, finite number, whatever finite number `result` is there: -infinity for
 * zero, infinity for infinity (by adding it), NaN for negative numbers and NaN (by setting every bit).
 */
function logSpecial(m: Lanes, x: Node, result: Node): Node {
  const { POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity } = Number;
  const ends = m.two(
    'v128.or',
    m.two('v128.and', m.two('f32x4.eq', x, m.c(0)), m.c(minusInfinity)),
    m.two('v128.and', m.two('f32x4.eq', x, m.c(infinity)), m.c(infinity)),
  );
  const defined = m.two('f32x4.ge', x, m.c(0));
  return m.two('v128.or', m.add(result, ends), m.one('v128.not', defined));
}

export function log(m: Lanes, x: Node): Node {
  const { k, f } = split(m, x);
  const tail = m.fma(k, m.c(LN2_LOW), logTail(m, f));
  return logSpecial(m, x, m.fma(k, m.c(LN2_HIGH), m.add(tail, f)));
}

export function log2(m: Lanes, x: Node): Node {
  const { k, f } = split(m, x);
  // log2(1 + f) = (f + tail) / ln 2, with 1 / ln 2 = 1 + 0.4427: the large part of the product is exact.
  const tail = logTail(m, f);
  const low = m.fma(m.add(tail, f), m.c(1 / LN2 - 1), tail);
  return logSpecial(m, x, m.add(k, m.add(low, f)));
}

/** exp2(y * log2(x)), with 1 for y = 0 and for x = 1. */
export function pow(m: Lanes, x: Node, y: Node): Node {
  const power = exp2(m, m.mul(y, log2(m, x)));
  return m.pick(m.two('f32x4.eq', y, m.c(0)), m.c(1), power);
}

/** x + x^3 p(x^2) */
function odd(m: Lanes, x: Node, coefficients: readonly number[]): Node {
  const square = m.mul(x, x);
  return m.fma(m.mul(square, x), m.polynomial(square, coefficients), x);
}

/** (tanh(x) - x) / x^3 for |x| <= 0.625: 2^-27.8. */
const TANH = [
  -0.3333328366279602, 0.13331486284732819, -0.05374317243695259, 0.020649708807468414,
  -0.0057162027806043625,
];
/** (sinh(x) - x) / x^3 for |x| <= 1: 2^-31. */
const SINH = [0.1666666716337204, 0.008333316072821617, 0.00019841419998556376, 2.7915382361243246e-6];
/** (asinh(x) - x) / x^3 for |x| <= 1/2: 2^-34. */
const ASINH = [
  -0.1666666567325592, 0.07499907910823822, -0.044616296887397766, 0.0300354715436697, -0.02005716785788536,
  0.009267508052289486,
];
/** (atanh(x) - x) / x^3 for |x| <= 1/2: 2^-29. */
const ATANH = [
  0.33333298563957214, 0.2000260055065155, 0.14221280813217163, 0.11835458874702454, 0.050934869796037674,
  0.17726120352745056,
];

export function tanh(m: Lanes, x: Node): Node {
  const size = m.one('f32x4.abs', x);
  const e = exp(m, m.add(size, size));
  const large = m.sub(m.c(1), m.div(m.c(2), m.add(e, m.c(1))));
  return m.pick(m.two('f32x4.lt', size, m.c(0.625)), odd(m, x, TANH), m.withSign(x, large));
}

export function sinh(m: Lanes, x: Node): Node {
  const size = m.one('f32x4.abs', x);
  const e = scaledExp(m, size, -1);
  const large = m.sub(e, m.div(m.c(0.25), e));
  return m.pick(m.two('f32x4.lt', size, m.c(1)), odd(m, x, SINH), m.withSign(x, large));
}

export function cosh(m: Lanes, x: Node): Node {
  const e = scaledExp(m, m.one('f32x4.abs', x), -1);
  return m.add(e, m.div(m.c(0.25), e));
}

export function asinh(m: Lanes, x: Node): Node {
  const size = m.one('f32x4.abs', x);
  // From 2^20 on, sqrt(x^2 + 1) is x: log(2x) without squaring.
  const huge = m.two('f32x4.ge', size, m.c(2 ** 20));
  const root = m.one('f32x4.sqrt', m.fma(size, size, m.c(1)));
  const argument = m.pick(huge, size, m.add(size, root));
  const large = m.add(log(m, argument), m.two('v128.and', huge, m.c(LN2)));
  return m.pick(m.two('f32x4.lt', size, m.c(0.5)), odd(m, x, ASINH), m.withSign(x, large));
}

export function acosh(m: Lanes, x: Node): Node {
  const huge = m.two('f32x4.ge', x, m.c(2 ** 20));
  const root = m.one('f32x4.sqrt', m.mul(m.sub(x, m.c(1)), m.add(x, m.c(1))));
  const argument = m.pick(huge, x, m.add(x, root));
  return m.add(log(m, argument), m.two('v128.and', huge, m.c(LN2)));
}

export function atanh(m: Lanes, x: Node): Node {
  const size = m.one('f32x4.abs', x);
  const ratio = m.div(m.add(m.c(1), size), m.sub(m.c(1), size));
  const large = m.mul(log(m, ratio), m.c(0.5));
  return m.pick(m.two('f32x4.lt', size, m.c(0.5)), odd(m, x, ATANH), m.withSign(x, large));
}
