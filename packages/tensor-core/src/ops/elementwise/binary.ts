import { checkValue, oneOf } from '@glassbox/options';
import * as k from '@glassbox/wgsl-kernels';
import { broadcastShapes, equal, type Layout, rowMajor, sameLayout } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { full } from '../../primitives/fill.ts';
import { requireFloats, requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import { sumToSize } from '../reduce/reduce.ts';

/** A tensor, or a number that stands for a tensor of any shape filled with it. */
export type Operand = Tensor | number;

const comparisons = oneOf('eq', 'gt', 'ge', 'lt', 'le');

/** An op of two operands, one of which may be a number: `sub(1, x)` as well as `sub(x, 1)`. */
export interface BinaryFunction {
  (a: number, b: Tensor): Tensor;
  (a: Tensor, b: Operand): Tensor;
}

/** a + b, broadcasting as PyTorch. */
export const add: BinaryFunction = (a: Operand, b: Operand): Tensor => binary(k.addOp, a, b);
/** a - b, broadcasting as PyTorch. */
export const sub: BinaryFunction = (a: Operand, b: Operand): Tensor => binary(k.subOp, a, b);
/** a · b element by element, broadcasting as PyTorch. */
export const mul: BinaryFunction = (a: Operand, b: Operand): Tensor => binary(k.mulOp, a, b);
/** a / b element by element, broadcasting as PyTorch. */
export const div: BinaryFunction = (a: Operand, b: Operand): Tensor => binary(k.divOp, a, b);
/** The larger of a and b; where they are equal each gets half of the gradient, as in PyTorch. */
export const maximum: BinaryFunction = (a: Operand, b: Operand): Tensor => binary(k.maximumOp, a, b);
/** The smaller of a and b; where they are equal each gets half of the gradient, as in PyTorch. */
export const minimum: BinaryFunction = (a: Operand, b: Operand): Tensor => binary(k.minimumOp, a, b);

/** a where positive, b · a elsewhere, broadcasting: for a learnt slope of each channel, b is [1,C,1,1]. */
export const prelu: BinaryFunction = (a: Operand, b: Operand): Tensor => binary(k.preluOp, a, b);

const comparisonOps = { eq: k.eqOp, gt: k.gtOp, ge: k.geOp, lt: k.ltOp, le: k.leOp };

/** 1 where the comparison holds, else 0. No gradient. */
export function compare(op: 'eq' | 'gt' | 'ge' | 'lt' | 'le', a: Tensor, b: Operand): Tensor {
  checkValue('compare', 'op', op, comparisons);
  return forward(comparisonOps[op], ...operands(op, a, b));
}

/** A row as an op: its formula and gradients stand there. */
function binary(op: k.BinaryOp, first: Operand, second: Operand): Tensor {
  const [a, b] = operands(op.op, first, second);
  const y = forward(op, a, b);
  return differentiable(op.op, y, [a, b], (dy, [aWanted, bWanted]) => [
    aWanted ? sumToSize(gradient(op, 'a', dy, a, b), a.shape) : null,
    bWanted ? sumToSize(gradient(op, 'b', dy, a, b), b.shape) : null,
  ]);
}

/** Both as tensors. @throws TypeError if both are numbers: a number has no device of its own. */
function operands(op: string, a: Operand, b: Operand): readonly [Tensor, Tensor] {
  if (typeof b === 'number') {
    requireTensor(op, a);
    return [a, full(a.runtime, [], b)];
  }
  requireTensor(op, b);
  if (typeof a !== 'number') {
    requireTensor(op, a);
    return [a, b];
  }
  return [full(b.runtime, [], a), b];
}

function forward(op: k.BinaryOp, a: Tensor, b: Tensor): Tensor {
  requireFloats(op.op, [a, b]);
  const layout = outputLayout(op.op, a, b);
  // An operand as large as the output takes on its memory order; a smaller one is read through strides.
  const [x, y] = [a, b].map((t) => (equal(t.shape, layout.shape) ? toLayout(t, layout) : t));
  const out = empty(a.runtime, layout);
  launch(k.binaryForward, [op, x.layout, y.layout, layout], { a: x, b: y, y: out });
  return out;
}

/** The gradient of one operand, still in the output's shape. */
function gradient(op: k.BinaryOp, which: 'a' | 'b', dy: Tensor, a: Tensor, b: Tensor): Tensor {
  const { expression, reads } = k.binaryGradientRow(op, which);
  if (expression === 'dy') return dy;
  const out = empty(dy.runtime, dy.layout);
  const tensors = { dy, a, b };
  const read = Object.fromEntries(reads.map((name) => [name, tensors[name]]));
  launch(k.binaryGradient, [op, which, a.layout, b.layout, dy.layout], { ...read, [`d${which}`]: out });
  return out;
}

function outputLayout(op: string, a: Tensor, b: Tensor): Layout {
  if (sameLayout(a.layout, b.layout)) return a.layout;
  const shape = broadcastShapes(a.shape, b.shape, op);
  if (equal(a.shape, shape)) return a.layout;
  if (equal(b.shape, shape)) return b.layout;
  return rowMajor(shape);
}
