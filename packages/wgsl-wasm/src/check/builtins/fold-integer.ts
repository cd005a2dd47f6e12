/** Constant evaluation of the common builtins on all numbers. */
import { foldArithmetic } from '../operators.ts';
import { I32, type ScalarType } from '../types.ts';
import type { ScalarValue, Value } from '../values.ts';
import type { FoldCall } from './overloads.ts';

/** Lifts a function of scalars to vectors; scalars beside vectors are repeated. */
export function each(f: (type: ScalarType, ...xs: ScalarValue[]) => ScalarValue) {
  return ({ args, size, scalar }: FoldCall): Value => {
    if (size === 1) return f(scalar, ...(args as ScalarValue[]));
    return Array.from({ length: size }, (_, i) =>
      f(scalar, ...args.map((arg) => (Array.isArray(arg) ? (arg[i] as ScalarValue) : (arg as ScalarValue)))),
    );
  };
}

export const abs = each((type, x) => {
  if (typeof x === 'bigint') return x < 0n ? BigInt.asIntN(64, -x) : x;
  return type === I32 ? Math.abs(x as number) | 0 : Math.abs(x as number);
});
export const sign = each((_, x) =>
  typeof x === 'bigint' ? (x > 0n ? 1n : x < 0n ? -1n : 0n) : Math.sign(x as number) + 0,
);
// Values may be bigint, which Math.min and Math.max refuse.
const lower = (x: ScalarValue, y: ScalarValue): ScalarValue => [x, y][Number(y < x)];
const upper = (x: ScalarValue, y: ScalarValue): ScalarValue => [x, y][Number(x < y)];
export const min = each((_, x, y) => lower(x, y));
export const max = each((_, x, y) => upper(x, y));
export const clamp = each((_, x, low, high) => lower(upper(x, low), high));

export function dot({ args, scalar }: FoldCall): Value {
  const products = foldArithmetic('*', args[0], args[1], scalar) as Value[];
  return products.reduce((sum, product) => foldArithmetic('+', sum, product, scalar));
}

export const select = ({ args: [no, yes, condition] }: FoldCall): Value =>
  Array.isArray(condition)
    ? condition.map((c, i) => (c ? (yes as Value[])[i] : (no as Value[])[i]))
    : condition
      ? yes
      : no;
