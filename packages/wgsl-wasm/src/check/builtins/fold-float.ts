/**
 * Constant evaluation of the common builtins on floats (`fold-rare-float.ts` has the others). Results are computed in float64 and rounded once, or step by step
 * where WGSL defines a formula.
 */
import { floatSteps } from '../operators.ts';
import { ABSTRACT_FLOAT, F16, F32, type ScalarType } from '../types.ts';
import { EvaluationError, roundFloat, roundHalfEven, type Value } from '../values.ts';
import type { FoldCall } from './overloads.ts';

const F32_STEPS = floatSteps(F32);
const F16_STEPS = floatSteps(F16);
const ABSTRACT_STEPS = floatSteps(ABSTRACT_FLOAT);
/** Arithmetic rounded to the type after each operation; overflow is an error. */
export const stepsOf = (type: ScalarType) =>
  type === F32 ? F32_STEPS : type === F16 ? F16_STEPS : ABSTRACT_STEPS;

/** Lifts a function of scalars to vectors; the result is rounded to T. */
export function lift(f: (...xs: number[]) => number) {
  return componentwise((type, ...xs) => roundFloat(f(...xs), type));
}

/** The same without rounding of the result, for functions that round by themselves. */
export function componentwise(f: (type: ScalarType, ...xs: number[]) => number) {
  return ({ args, size, scalar }: FoldCall): Value => {
    if (size === 1) return f(scalar, ...(args as number[]));
    return Array.from({ length: size }, (_, i) =>
      f(scalar, ...args.map((arg) => (Array.isArray(arg) ? (arg[i] as number) : (arg as number)))),
    );
  };
}

/** Refuses arguments outside a function's domain. */
export function domain(
  name: string,
  inside: (x: number) => boolean,
  wanted: string,
  f: (x: number) => number,
) {
  return lift((x) => {
    if (!inside(x)) throw new EvaluationError(`${name} needs a value ${wanted}, not ${x}`);
    return f(x);
  });
}

/** Functions of one float, or vectors of floats, by name. */
export const FLOAT_UNARY: Record<string, (call: FoldCall) => Value> = {
  ceil: lift(Math.ceil),
  exp: lift(Math.exp),
  exp2: lift((x) => 2 ** x),
  floor: lift(Math.floor),
  fract: componentwise((type, x) => stepsOf(type).sub(x, Math.floor(x))),
  inverseSqrt: domain(
    'inverseSqrt',
    (x) => x > 0,
    'above 0',
    (x) => 1 / Math.sqrt(x),
  ),
  log: domain('log', (x) => x > 0, 'above 0', Math.log),
  log2: domain('log2', (x) => x > 0, 'above 0', Math.log2),
  round: lift(roundHalfEven),
  sqrt: domain('sqrt', (x) => x >= 0, 'of at least 0', Math.sqrt),
  trunc: lift(Math.trunc),
};
