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
export function scaledExp(m: Lanes, x: Node, shift: number): Node {
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
