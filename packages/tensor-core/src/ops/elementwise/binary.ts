import { checkValue, oneOf } from '@glassbox/options';
import {
  type BinaryOp,
  binaryForward,
  binaryGradient,
  binaryGradientRow,
  broadcastShapes,
  equal,
  type Layout,
  rowMajor,
  sameLayout,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { full } from '../../primitives/fill.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import { sumToSize } from '../reduce/reduce.ts';

/** A tensor, or a number that stands for a tensor of any shape filled with it. */
export type Operand = Tensor | number;

const comparisons = oneOf('eq', 'gt', 'ge', 'lt', 'le');

/** a + b, broadcasting as PyTorch. */
export const add = (a: Tensor, b: Operand): Tensor => binary('add', a, b);
/** a - b, broadcasting as PyTorch. */
export const sub = (a: Tensor, b: Operand): Tensor => binary('sub', a, b);
/** a · b element by element, broadcasting as PyTorch. */
export const mul = (a: Tensor, b: Operand): Tensor => binary('mul', a, b);
/** a / b element by element, broadcasting as PyTorch. */
export const div = (a: Tensor, b: Operand): Tensor => binary('div', a, b);
/** The larger of a and b; where they are equal each gets half of the gradient, as in PyTorch. */
export const maximum = (a: Tensor, b: Operand): Tensor => binary('maximum', a, b);
/** The smaller of a and b; where they are equal each gets half of the gradient, as in PyTorch. */
export const minimum = (a: Tensor, b: Operand): Tensor => binary('minimum', a, b);

/** 1 where the comparison holds, else 0. No gradient. */
export function compare(op: 'eq' | 'gt' | 'ge' | 'lt' | 'le', a: Tensor, b: Operand): Tensor {
  checkValue('compare', 'op', op, comparisons);
  return forward(op, a, operand(a, b));
}

/** One row of the table `binaryOps` as an op: its formula and gradients stand there. */
function binary(op: BinaryOp, a: Tensor, b: Operand): Tensor {
  const other = operand(a, b);
  const y = forward(op, a, other);
  return differentiable(op, y, [a, other], (dy, [aWanted, bWanted]) => [
    aWanted ? sumToSize(gradient(op, 'a', dy, a, other), a.shape) : null,
    bWanted ? sumToSize(gradient(op, 'b', dy, a, other), other.shape) : null,
  ]);
}

function operand(a: Tensor, b: Operand): Tensor {
  return typeof b === 'number' ? full(a.runtime, [], b) : b;
}

function forward(op: BinaryOp, a: Tensor, b: Tensor): Tensor {
  requireFloats(op, [a, b]);
  const layout = outputLayout(op, a, b);
  // An operand as large as the output takes on its memory order; a smaller one is read through strides.
  const [x, y] = [a, b].map((t) => (equal(t.shape, layout.shape) ? toLayout(t, layout) : t));
  const out = empty(a.runtime, layout);
  launch(binaryForward, [op, x.layout, y.layout, layout], { a: x, b: y, y: out });
  return out;
}

/** The gradient of one operand, still in the output's shape. */
function gradient(op: BinaryOp, which: 'a' | 'b', dy: Tensor, a: Tensor, b: Tensor): Tensor {
  const { expression, reads } = binaryGradientRow(op, which);
  if (expression === 'dy') return dy;
  const out = empty(dy.runtime, dy.layout);
  const tensors = { dy, a, b };
  const read = Object.fromEntries(reads.map((name) => [name, tensors[name]]));
  launch(binaryGradient, [op, which, a.layout, b.layout, dy.layout], { ...read, [`d${which}`]: out });
  return out;
}

function outputLayout(op: string, a: Tensor, b: Tensor): Layout {
  if (sameLayout(a.layout, b.layout)) return a.layout;
  const shape = broadcastShapes(a.shape, b.shape, op);
  if (equal(a.shape, shape)) return a.layout;
  if (equal(b.shape, shape)) return b.layout;
  return rowMajor(shape);
}
