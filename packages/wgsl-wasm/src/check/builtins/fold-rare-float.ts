/** Constant evaluation of the builtins on floats that few kernels have: see `fold-float.ts`. */
import { roundToF16 } from '../half.ts';
import { ABSTRACT_FLOAT, F16, F32, type ScalarType } from '../types.ts';
import { EvaluationError, roundFloat, type Value } from '../values.ts';
import { componentwise, domain, lift, stepsOf } from './fold-float.ts';
import type { FoldCall } from './overloads.ts';

const DEGREES = 180 / Math.PI;
const RADIANS = Math.PI / 180;
const scaled = (factor: number) =>
  componentwise((type, x) => stepsOf(type).mul(x, type === F32 ? Math.fround(factor) : factor));

/** Functions of one float, or vectors of floats, by name. */
export const RARE_FLOAT_UNARY: Record<string, (call: FoldCall) => Value> = {
  acos: domain('acos', (x) => Math.abs(x) <= 1, 'from -1 to 1', Math.acos),
  acosh: domain('acosh', (x) => x >= 1, 'of at least 1', Math.acosh),
  asin: domain('asin', (x) => Math.abs(x) <= 1, 'from -1 to 1', Math.asin),
  asinh: lift(Math.asinh),
  atan: lift(Math.atan),
  atanh: domain('atanh', (x) => Math.abs(x) < 1, 'between -1 and 1', Math.atanh),
  cos: lift(Math.cos),
  cosh: lift(Math.cosh),
  degrees: scaled(DEGREES),
  radians: scaled(RADIANS),
  saturate: lift((x) => Math.min(1, Math.max(0, x))),
  sin: lift(Math.sin),
  sinh: lift(Math.sinh),
  tan: lift(Math.tan),
  tanh: lift(Math.tanh),
};

export const quantizeToF16 = componentwise((_, x) => roundToF16(x));

export const pow = lift((x, y) => {
  if (x < 0 || (x === 0 && y <= 0)) throw new EvaluationError(`pow(${x}, ${y}) is not defined`);
  return x ** y;
});

export const fma = componentwise((type, x, y, z) => stepsOf(type).add(stepsOf(type).mul(x, y), z));

export const step = lift((edge, x) => (edge <= x ? 1 : 0));

export const atan2 = lift(Math.atan2);

export const smoothstep = componentwise((type, low, high, x) => {
  const { sub, div, mul } = stepsOf(type);
  const t = Math.min(1, Math.max(0, div(sub(x, low), sub(high, low))));
  return mul(mul(t, t), sub(3, mul(2, t)));
});

export const mix = componentwise((type, x, y, a) => {
  const { add, sub, mul } = stepsOf(type);
  return add(mul(x, sub(1, a)), mul(y, a));
});

/** Of `ldexp`: the bias of the type and 1. */
export const largestExponent = (type: ScalarType): number => (type === F32 ? 128 : type === F16 ? 16 : 1024);

/** The exponent was verified before. */
export const ldexp = componentwise((type, x, exponent) => {
  // In two factors, because 2^128 or 2^1024 alone may overflow where the product does not.
  const half = Math.trunc(exponent / 2);
  return roundFloat(x * 2 ** half * 2 ** (exponent - half), type);
});

/** `fract` and `whole`, both with the sign of x. */
export function modf({ args, size, scalar }: FoldCall): Value {
  const whole = componentwise((_, x) => Math.trunc(x))({ args, size, scalar });
  const fract = componentwise((type, x) => stepsOf(type).sub(x, Math.trunc(x)))({ args, size, scalar });
  return [fract, whole];
}

/** x = fract * 2^exp with fract in [0.5, 1), or both zero. */
export function frexp(call: FoldCall): Value {
  const parts = (x: number): [number, number] => {
    if (x === 0) return [x, 0];
    let exponent = Math.max(-1073, Math.floor(Math.log2(Math.abs(x))) + 1);
    let fraction = x * 2 ** -Math.trunc(exponent / 2) * 2 ** -(exponent - Math.trunc(exponent / 2));
    while (Math.abs(fraction) >= 1) {
      fraction /= 2;
      exponent++;
    }
    while (Math.abs(fraction) < 0.5) {
      fraction *= 2;
      exponent--;
    }
    return [fraction, exponent];
  };
  const xs = (call.size === 1 ? [call.args[0]] : call.args[0]) as number[];
  const all = xs.map(parts);
  const exponents: Value[] = all.map(([, e]) => (call.scalar === ABSTRACT_FLOAT ? BigInt(e) : e));
  const fractions = all.map(([f]) => f);
  return call.size === 1 ? [fractions[0], exponents[0]] : [fractions, exponents];
}

/** The dot product on any numeric element type, given its sum and product. */
function dotFloat(a: readonly number[], b: readonly number[], type: ScalarType): number {
  const { add, mul } = stepsOf(type);
  return a.map((x, i) => mul(x, b[i])).reduce(add);
}

const list = (value: Value): number[] => (Array.isArray(value) ? (value as number[]) : [value as number]);

function lengthOf(value: Value, type: ScalarType): number {
  const parts = list(value);
  if (parts.length === 1) return Math.abs(parts[0]);
  return roundFloat(Math.sqrt(dotFloat(parts, parts, type)), type);
}

export const length = ({ args, scalar }: FoldCall): Value => lengthOf(args[0], scalar);

export function distance({ args, scalar }: FoldCall): Value {
  const [a, b] = args.map(list);
  const difference = a.map((x, i) => stepsOf(scalar).sub(x, b[i]));
  return lengthOf(difference.length === 1 ? difference[0] : difference, scalar);
}

export function normalize({ args, scalar }: FoldCall): Value {
  const norm = lengthOf(args[0], scalar);
  if (norm === 0) throw new EvaluationError('a vector of length zero cannot be normalized');
  return list(args[0]).map((x) => stepsOf(scalar).div(x, norm));
}

export function cross({ args, scalar }: FoldCall): Value {
  const { sub, mul } = stepsOf(scalar);
  const [a, b] = args.map(list);
  const component = (i: number, j: number) => sub(mul(a[i], b[j]), mul(a[j], b[i]));
  return [component(1, 2), component(2, 0), component(0, 1)];
}

export function faceForward({ args, scalar }: FoldCall): Value {
  const [e1, e2, e3] = args.map(list);
  return dotFloat(e2, e3, scalar) < 0 ? e1 : e1.map((x) => -x);
}

export function reflect({ args, scalar }: FoldCall): Value {
  const { sub, mul } = stepsOf(scalar);
  const [e1, e2] = args.map(list);
  const twice = mul(2, dotFloat(e2, e1, scalar));
  return e1.map((x, i) => sub(x, mul(twice, e2[i])));
}

export function refract({ args, scalar }: FoldCall): Value {
  const { add, sub, mul, round } = stepsOf(scalar);
  const [e1, e2] = args.slice(0, 2).map(list);
  const eta = args[2] as number;
  const d = dotFloat(e2, e1, scalar);
  const k = sub(1, mul(mul(eta, eta), sub(1, mul(d, d))));
  if (k < 0) return e1.map(() => 0);
  const scale = add(mul(eta, d), round(Math.sqrt(k)));
  return e1.map((x, i) => sub(mul(eta, x), mul(scale, e2[i])));
}
