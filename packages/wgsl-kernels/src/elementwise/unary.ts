import type { Kernel } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { mapKernel } from './map.ts';
import type { UnaryOp } from './unary-row.ts';

/**
 * y = f(x), element by element. Bindings: x, y, both in `layout`.
 * Where f has no finite value (log of 0, reciprocal of 0, exp above 88) the wasm device has PyTorch's infinity or
 * NaN, a GPU what it makes of it.
 */
export function unaryForward({ op, row }: UnaryOp, layout: Layout, machine: Machine = machines.gpu): Kernel {
  return mapKernel(
    {
      name: `${op}Forward`,
      about: `y = ${row.forward}`,
      operands: { x: layout },
      result: 'y',
      out: layout,
      expression: row.forward,
      declarations: row.declarations,
      zeroAtZero: row.mapsZeroToZero,
      flopPerElement: row.flop,
    },
    machine,
  );
}

/**
 * dx from dy and what the row's `saves` names. Bindings: dy, then x ('input') or y ('output') or nothing
 * ('none'), then dx; all in `layout`.
 */
export function unaryGradient({ op, row }: UnaryOp, layout: Layout, machine: Machine = machines.gpu): Kernel {
  const saved: Record<string, Layout> =
    row.saves === 'input' ? { x: layout } : row.saves === 'output' ? { y: layout } : {};
  return mapKernel(
    {
      name: `${op}Gradient`,
      about: `dx = ${row.gradient}, for y = ${row.forward}`,
      operands: { dy: layout, ...saved },
      result: 'dx',
      out: layout,
      expression: row.gradient,
      declarations: row.declarations,
      zeroAtZero: row.gradientMapsZeroToZero,
      flopPerElement: row.gradientFlop,
    },
    machine,
  );
}

/** y = f(x) in float64. */
export function unaryForwardOracle({ row }: UnaryOp, x: ArrayLike<number>): Float64Array {
  return Float64Array.from(x, row.oracle);
}

/** dx from dy and x in float64. */
export function unaryGradientOracle(
  { row }: UnaryOp,
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(x, (value, i) => row.oracleGradient(dy[i], value, row.oracle(value)));
}
