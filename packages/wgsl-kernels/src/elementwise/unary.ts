import type { Kernel } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { mapKernel } from './map.ts';
import { type UnaryOp, unaryName, unaryRow } from './unary-ops.ts';

/**
 * y = f(x), element by element. Bindings: x, y, both in `layout`.
 * Where f has no finite value (log of 0, reciprocal of 0, exp above 88) the wasm device has PyTorch's infinity or
 * NaN, a GPU what it makes of it.
 */
export function unaryForward(op: UnaryOp, layout: Layout, machine: Machine = machines.gpu): Kernel {
  const row = unaryRow(op);
  return mapKernel(
    {
      name: `${unaryName(op)}Forward`,
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
 * dx from dy and what `unaryRow(op).saves` names. Bindings: dy, then x ('input') or y ('output') or nothing
 * ('none'), then dx; all in `layout`.
 */
export function unaryGradient(op: UnaryOp, layout: Layout, machine: Machine = machines.gpu): Kernel {
  const row = unaryRow(op);
  const saved: Record<string, Layout> =
    row.saves === 'input' ? { x: layout } : row.saves === 'output' ? { y: layout } : {};
  return mapKernel(
    {
      name: `${unaryName(op)}Gradient`,
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
export function unaryForwardOracle(op: UnaryOp, x: ArrayLike<number>): Float64Array {
  return Float64Array.from(x, unaryRow(op).oracle);
}

/** dx from dy and x in float64. */
export function unaryGradientOracle(op: UnaryOp, dy: ArrayLike<number>, x: ArrayLike<number>): Float64Array {
  const row = unaryRow(op);
  return Float64Array.from(x, (value, i) => row.oracleGradient(dy[i], value, row.oracle(value)));
}
