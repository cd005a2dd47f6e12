import type { Kernel } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { type BinaryOp, binaryGradientRow } from './binary-ops.ts';
import { broadcastOracle, broadcastShapes } from './broadcast.ts';
import { f32 } from './literal.ts';
import { mapKernel } from './map.ts';

/**
 * y = a op b with PyTorch's broadcasting: shapes aligned at the right, sizes of 1 (or missing dimensions) stretched
 * to `out.shape`. Each tensor in a layout of its own. Bindings: a, b, y.
 * @throws RangeError if an operand does not broadcast to `out.shape`.
 */
export function binaryForward(
  { op, row }: BinaryOp,
  a: Layout,
  b: Layout,
  out: Layout,
  machine: Machine = machines.gpu,
): Kernel {
  return mapKernel(
    {
      name: `${op}Forward`,
      about: `y = ${row.forward}`,
      operands: { a, b },
      result: 'y',
      out,
      expression: row.forward,
      declarations: row.declarations,
      zeroAtZero: row.mapsZeroToZero,
      flopPerElement: row.flop,
    },
    machine,
  );
}

/**
 * The gradient of one operand of y = a op b, still in y's shape: where that operand was stretched, sum it back with
 * `reduce('sum', …)` over `broadcastDims`. `out` is the layout of dy and of the result.
 * Bindings: those of dy, a and b that `binaryGradientRow(op, operand).reads` names, in this order, then dx.
 * For `add` (and `a` of `sub`) the gradient is dy itself; no kernel is needed.
 */
export function binaryGradient(
  op: BinaryOp,
  operand: 'a' | 'b',
  a: Layout,
  b: Layout,
  out: Layout,
  machine: Machine = machines.gpu,
): Kernel {
  const row = binaryGradientRow(op, operand);
  const layouts = { dy: out, a, b };
  return mapKernel(
    {
      name: `${op.op}Gradient`,
      about: `d${operand} = ${row.expression}, for y = ${op.row.forward}; in y's shape`,
      operands: Object.fromEntries(row.reads.map((name) => [name, layouts[name]])),
      result: `d${operand}`,
      out,
      expression: row.expression,
      declarations: op.row.declarations,
      zeroAtZero: row.zeroAtZero,
      flopPerElement: row.flop,
    },
    machine,
  );
}

/**
 * y = scale x, x stretched to `out.shape` and brought into its layout: the gradient of sum (scale 1) and mean
 * (1 / count), and a plain copy between layouts of one shape. Bindings: x, y.
 */
export function expand(x: Layout, out: Layout, scale = 1, machine: Machine = machines.gpu): Kernel {
  return mapKernel(
    {
      name: 'expand',
      about: `y = ${scale === 1 ? '' : `${scale} `}x, stretched where x has size 1`,
      operands: { x },
      result: 'y',
      out,
      expression: scale === 1 ? 'x' : `x * ${f32(scale)}`,
      zeroAtZero: true,
      flopPerElement: scale === 1 ? 0 : 1,
    },
    machine,
  );
}

/** Dimensions of `out` along which an operand of this shape is stretched: what its gradient is summed over. */
export function broadcastDims(operand: readonly number[], out: readonly number[]): number[] {
  const missing = out.length - operand.length;
  return out.flatMap((size, dim) =>
    dim < missing || (operand[dim - missing] === 1 && size > 1) ? [dim] : [],
  );
}

/** y = a op b in float64, on dense row-major arrays of the given shapes. */
export function binaryForwardOracle(
  op: BinaryOp,
  a: ArrayLike<number>,
  shapeA: readonly number[],
  b: ArrayLike<number>,
  shapeB: readonly number[],
): Float64Array {
  const out = broadcastShapes(shapeA, shapeB, op.op);
  const wideB = broadcastOracle(b, shapeB, out);
  const { oracle } = op.row;
  return broadcastOracle(a, shapeA, out).map((value, i) => oracle(value, wideB[i]));
}

/** The gradient of one operand in float64, in the shape that a and b broadcast to. */
export function binaryGradientOracle(
  op: BinaryOp,
  operand: 'a' | 'b',
  dy: ArrayLike<number>,
  a: ArrayLike<number>,
  shapeA: readonly number[],
  b: ArrayLike<number>,
  shapeB: readonly number[],
): Float64Array {
  const out = broadcastShapes(shapeA, shapeB, op.op);
  const wideB = broadcastOracle(b, shapeB, out);
  const { oracle } = binaryGradientRow(op, operand);
  return broadcastOracle(a, shapeA, out).map((value, i) => oracle(dy[i], value, wideB[i]));
}
