/**
 * Builtin functions with value semantics: their overloads and constant evaluation. Those that few kernels have are in
 * `rare-table.ts`, memory builtins in `memory.ts`.
 */
import { hasRareParts, rare } from '../../rare.ts';
import { BOOL } from '../types.ts';
import { EvaluationError, type Value } from '../values.ts';
import * as floats from './fold-float.ts';
import * as integers from './fold-integer.ts';
import { ANY, FLOAT, type FoldCall, NUMERIC, type Overload, SIGNED } from './overloads.ts';

type Fold = (call: FoldCall) => Value;
type Verify = Overload['verify'];

/** `define(T's types, 'parameters -> result', fold)`. */
export function define(
  scalars: Overload['scalars'],
  signature: string,
  fold: Fold,
  verify?: Verify,
): Overload {
  const [params, result] = signature.split(' -> ');
  return { scalars, params: params.split(' '), result, fold, verify };
}

export const pairs = (
  a: Value | undefined,
  b: Value | undefined,
  test: (x: Value, y: Value) => boolean,
): boolean => {
  if (a === undefined || b === undefined) return false;
  if (!Array.isArray(a)) return test(a, b);
  return a.some((x, i) => test(x, (b as Value[])[i]));
};

const verifyClamp: Verify = ([, low, high]) => {
  if (pairs(low, high, (x, y) => x > y))
    throw new EvaluationError(`clamp has a low bound (${low}) above its high bound (${high})`);
};

/** Those that many kernels have. */
export const COMMON: Readonly<Record<string, readonly Overload[]>> = {
  abs: [define(NUMERIC, 'V -> V', integers.abs)],
  all: [
    define([BOOL], 'V -> bool', ({ args }) => (Array.isArray(args[0]) ? args[0].every(Boolean) : args[0])),
  ],
  any: [
    define([BOOL], 'V -> bool', ({ args }) => (Array.isArray(args[0]) ? args[0].some(Boolean) : args[0])),
  ],
  clamp: [define(NUMERIC, 'V V V -> V', integers.clamp, verifyClamp)],
  dot: [define(NUMERIC, 'W W -> T', integers.dot)],
  max: [define(NUMERIC, 'V V -> V', integers.max)],
  min: [define(NUMERIC, 'V V -> V', integers.min)],
  select: [define(ANY, 'V V bool -> V', integers.select), define(ANY, 'W W B -> W', integers.select)],
  sign: [define(SIGNED, 'V -> V', integers.sign)],
};

/** Those of them that take one float, or a vector of floats. */
export const COMMON_UNARY: Readonly<Record<string, readonly Overload[]>> = unaryFloat(floats.FLOAT_UNARY);

export function unaryFloat(folds: Readonly<Record<string, Fold>>): Record<string, readonly Overload[]> {
  return Object.fromEntries(
    Object.entries(folds).map(([name, fold]) => [name, [define(FLOAT, 'V -> V', fold)]]),
  );
}

const COMMON_BY_NAME: ReadonlyMap<string, readonly Overload[]> = new Map(
  Object.entries({ ...COMMON, ...COMMON_UNARY }),
);

/** The overloads of a builtin; undefined for another name, and for a rare one while the rare parts are not loaded. */
export function overloadsOf(name: string): readonly Overload[] | undefined {
  return COMMON_BY_NAME.get(name) ?? (hasRareParts() ? rare().RARE_BUILTINS.get(name) : undefined);
}
