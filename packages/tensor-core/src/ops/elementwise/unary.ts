import { checkOptions, checkValue, number, type OptionTable, oneOf } from '@glassbox/options';
import { type UnaryOp, unaryForward, unaryGradient, unaryName, unaryRow } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats, requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';

/** max(x, 0). */
export const relu = (x: Tensor): Tensor => unary('relu', x);
/** 1 / (1 + exp(-x)). */
export const sigmoid = (x: Tensor): Tensor => unary('sigmoid', x);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => unary('tanh', x);
/** e to the power of x. */
export const exp = (x: Tensor): Tensor => unary('exp', x);
/** Natural logarithm; x must be positive. */
export const log = (x: Tensor): Tensor => unary('log', x);
/** Square root; x must not be negative. */
export const sqrt = (x: Tensor): Tensor => unary('sqrt', x);
/** x · x for each element. */
export const square = (x: Tensor): Tensor => unary('square', x);
/** -x for each element. */
export const neg = (x: Tensor): Tensor => unary('neg', x);
/** |x|; gradient 0 at 0. */
export const abs = (x: Tensor): Tensor => unary('abs', x);
/** 1 / x. */
export const reciprocal = (x: Tensor): Tensor => unary('reciprocal', x);
/** x where positive, slope · x elsewhere. */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => {
  checkValue('leakyRelu', 'slope', slope, number);
  return unary({ op: 'leakyRelu', slope }, x);
};

/** x · sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => unary('silu', x);

/** Which of two formulas `gelu` uses. */
export interface GeluOptions {
  /** 'tanh' for the approximation by 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). Default 'none'. */
  readonly approximate?: 'none' | 'tanh';
}

/** The names of `gelu`'s options, for what passes them on. */
export const geluNames: OptionTable<GeluOptions> = { approximate: oneOf('none', 'tanh') };

/** x · Φ(x), with Φ(x) = (1 + erf(x / √2)) / 2: the share of the normal distribution below x. */
export const gelu = (x: Tensor, options: GeluOptions = {}): Tensor => {
  checkOptions('gelu', options, geluNames);
  return unary(options.approximate === 'tanh' ? 'geluTanh' : 'gelu', x);
};

/** One row of the table `unaryOps` as an op: its formula and gradient stand there. */
function unary(op: UnaryOp, x: Tensor): Tensor {
  requireTensor(unaryName(op), x);
  requireFloats(unaryName(op), [x]);
  const { runtime, layout } = x;
  const y = empty(runtime, layout);
  launch(unaryForward, [op, layout], { x, y });
  const { saves } = unaryRow(op);
  // What is not saved may be freed before backward.
  const saved = saves === 'input' ? { x } : saves === 'output' ? { y } : {};
  return differentiable(unaryName(op), y, [x], (dy) => {
    const dx = empty(runtime, layout);
    launch(unaryGradient, [op, layout], { dy, ...saved, dx });
    return [dx];
  });
}
