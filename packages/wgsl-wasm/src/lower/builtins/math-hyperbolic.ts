/** What follows from exp and log (`math-exp.ts`), on four lanes: powers and hyperbolic functions. */
import type { Node } from '../graph.ts';
import type { Lanes } from './lanes.ts';
import { exp, exp2, log, log2, scaledExp } from './math-exp.ts';

const LN2 = Math.LN2;

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
