import { checkOptions, checkValue, number, type OptionTable, oneOf, positive } from '@glassbox/options';
import * as k from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats, requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';

/** max(x, 0). */
export const relu = (x: Tensor): Tensor => unary(k.reluOp, x);
/** 1 / (1 + exp(-x)). */
export const sigmoid = (x: Tensor): Tensor => unary(k.sigmoidOp, x);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => unary(k.tanhOp, x);
/** e to the power of x. */
export const exp = (x: Tensor): Tensor => unary(k.expOp, x);
/** Natural logarithm; x must be positive. */
export const log = (x: Tensor): Tensor => unary(k.logOp, x);
/** Square root; x must not be negative. */
export const sqrt = (x: Tensor): Tensor => unary(k.sqrtOp, x);
/** x · x for each element. */
export const square = (x: Tensor): Tensor => unary(k.squareOp, x);
/** -x for each element. */
export const neg = (x: Tensor): Tensor => unary(k.negOp, x);
/** |x|; gradient 0 at 0. */
export const abs = (x: Tensor): Tensor => unary(k.absOp, x);
/** 1 / x. */
export const reciprocal = (x: Tensor): Tensor => unary(k.reciprocalOp, x);
/** x where positive, slope · x elsewhere. */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => {
  checkValue('leakyRelu', 'slope', slope, number);
  return unary(k.leakyReluOp({ slope }), x);
};

/** x · sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => unary(k.siluOp, x);

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
  return unary(options.approximate === 'tanh' ? k.geluTanhOp : k.geluOp, x);
};

/** x · tanh(softplus(x)). */
export const mish = (x: Tensor): Tensor => unary(k.mishOp, x);

/** The error function, 2/√π times the integral of exp(-t²) from 0 to x. */
export const erf = (x: Tensor): Tensor => unary(k.erfOp, x);

/** Options of `softplus`. */
export interface SoftplusOptions {
  /** Steepness: larger is closer to a ReLU. Default 1. */
  readonly beta?: number;
  /** Where beta · x is above it, the result is x itself. Default 20. */
  readonly threshold?: number;
}

/** The names of `softplus`'s options, for what passes them on. */
export const softplusNames: OptionTable<SoftplusOptions> = { beta: positive, threshold: number };

/** log(1 + exp(beta · x)) / beta: a smooth ReLU. */
export const softplus = (x: Tensor, options: SoftplusOptions = {}): Tensor => {
  checkOptions('softplus', options, softplusNames);
  const { beta = 1, threshold = 20 } = options;
  return unary(k.softplusOp({ beta, threshold }), x);
};

/** x where positive, alpha · (exp(x) - 1) elsewhere. */
export const elu = (x: Tensor, alpha = 1): Tensor => {
  checkValue('elu', 'alpha', alpha, number);
  return unary(k.eluOp({ alpha }), x);
};

/** x · relu6(x + 3) / 6. */
export const hardswish = (x: Tensor): Tensor => unary(k.hardswishOp, x);

/** relu6(x + 3) / 6. */
export const hardsigmoid = (x: Tensor): Tensor => unary(k.hardsigmoidOp, x);

/** x, but at least `min` and at most `max`; the gradient is 0 there and beyond, as in PyTorch. */
export const hardtanh = (x: Tensor, min = -1, max = 1): Tensor => {
  checkBounds('hardtanh', min, max);
  return unary(k.hardtanhOp({ min, max }), x);
};

/** x, but at least 0 and at most 6. */
export const relu6 = (x: Tensor): Tensor => unary(k.relu6Op, x);

/** Options of `clamp`: give at least one. */
export interface ClampOptions {
  /** What is less becomes this. Default: no such bound. */
  readonly min?: number;
  /** What is more becomes this. Default: no such bound. */
  readonly max?: number;
}

/** The names of `clamp`'s options. */
const clampNames: OptionTable<ClampOptions> = { min: number, max: number };

/**
 * x, but at least `min` and at most `max`. The gradient passes where x is not changed, at the bounds, too.
 * @throws RangeError if there is no bound, or `min` is above `max`.
 */
export const clamp = (x: Tensor, options: ClampOptions): Tensor => {
  checkOptions('clamp', options, clampNames);
  const { min = null, max = null } = options;
  if (min === null && max === null) throw new RangeError('clamp: no bound; give min, max, or both');
  if (min !== null && max !== null) checkBounds('clamp', min, max);
  return unary(k.clampOp({ min, max }), x);
};

/**
 * x to the power of a number. Where the number is not whole, x must not be negative (a GPU then gives what it will,
 * PyTorch and the wasm device NaN). Whole exponents up to 8 are products, which round once for each factor.
 */
export const pow = (x: Tensor, exponent: number): Tensor => {
  checkValue('pow', 'exponent', exponent, number);
  return unary(k.powOp({ exponent }), x);
};

function checkBounds(op: string, min: number, max: number): void {
  checkValue(op, 'min', min, number);
  checkValue(op, 'max', max, number);
  if (min > max) throw new RangeError(`${op}: min ${min} is above max ${max}`);
}

/** A row as an op: its formula and gradient stand there. */
function unary(f: k.UnaryOp, x: Tensor): Tensor {
  const { op, row } = f;
  requireTensor(op, x);
  requireFloats(op, [x]);
  const { runtime, layout } = x;
  const y = empty(runtime, layout);
  launch(k.unaryForward, [f, layout], { x, y });
  const { saves } = row;
  // What is not saved may be freed before backward.
  const saved = saves === 'input' ? { x } : saves === 'output' ? { y } : {};
  return differentiable(op, y, [x], (dy) => {
    const dx = empty(runtime, layout);
    launch(k.unaryGradient, [f, layout], { dy, ...saved, dx });
    return [dx];
  });
}
