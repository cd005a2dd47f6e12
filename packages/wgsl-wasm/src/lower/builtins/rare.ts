/** Which code the builtin functions become that few kernels have. */
import type { Builder } from '../builder.ts';
import type { Node } from '../graph.ts';
import type { Value } from '../values.ts';
import { integerBuiltin } from './integer.ts';
import { type Lanes, lanesOf } from './lanes.ts';
import * as hyperbolic from './math-hyperbolic.ts';
import * as trigonometric from './math-trig.ts';
import { onLanes, type Plain } from './numeric.ts';
import { fromHalf, packingBuiltin, toHalf } from './packing.ts';
import { rareNumericBuiltin } from './rare-numeric.ts';

/** Functions of f32 computed by polynomials, on four lanes. */
const APPROXIMATED: Record<string, (m: Lanes, ...args: Node[]) => Node> = {
  pow: hyperbolic.pow,
  tanh: hyperbolic.tanh,
  sinh: hyperbolic.sinh,
  cosh: hyperbolic.cosh,
  asinh: hyperbolic.asinh,
  acosh: hyperbolic.acosh,
  atanh: hyperbolic.atanh,
  sin: trigonometric.sin,
  cos: trigonometric.cos,
  tan: trigonometric.tan,
  asin: trigonometric.asin,
  acos: trigonometric.acos,
  atan: trigonometric.atan,
  atan2: trigonometric.atan2,
  quantizeToF16: (m, x) => fromHalf(m.b, toHalf(m.b, x)),
};

/** The value of such a builtin, or null for another name. `type` is the type of the first argument. */
export function rareBuiltin(
  b: Builder,
  name: string,
  type: Plain,
  args: readonly Node[],
  types: readonly Plain[],
): Value | null {
  const approximated = APPROXIMATED[name];
  if (approximated) return onLanes(b, type, args, (lanes) => approximated(lanesOf(b), ...lanes));
  return (
    integerBuiltin(b, name, type, args, types) ??
    packingBuiltin(b, name, args[0]) ??
    rareNumericBuiltin(b, name, type, args, types)
  );
}
