import type { Kernel } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { broadcastOracle, broadcastShapes } from './broadcast.ts';
import { mapKernel } from './map.ts';

/**
 * y = a where the condition is not 0, else b; all three stretched to `out.shape`. What is not chosen has no influence,
 * NaN included. Bindings: condition, a, b, y.
 */
export function where(
  condition: Layout,
  a: Layout,
  b: Layout,
  out: Layout,
  machine: Machine = machines.gpu,
): Kernel {
  return mapKernel(
    {
      name: 'where',
      about: 'y = a where the condition is not 0, else b',
      operands: { condition, a, b },
      result: 'y',
      out,
      expression: 'select(b, a, condition != vec4<f32>())',
      zeroAtZero: true,
      flopPerElement: 1,
    },
    machine,
  );
}

/** The shape that the three operands of `where` are stretched to. */
export function whereShape(
  condition: readonly number[],
  a: readonly number[],
  b: readonly number[],
): number[] {
  return broadcastShapes(condition, broadcastShapes(a, b, 'where'), 'where');
}

/** A dense row-major array and its shape. */
interface Dense {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** y in float64. */
export function whereOracle(condition: Dense, a: Dense, b: Dense): Float64Array {
  const out = whereShape(condition.shape, a.shape, b.shape);
  const [chosen, first, second] = [condition, a, b].map(({ data, shape }) =>
    broadcastOracle(data, shape, out),
  );
  return chosen.map((value, i) => (value !== 0 ? first[i] : second[i]));
}
