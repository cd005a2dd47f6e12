import { checkOptions, flag, number, type OptionTable, oneOrMore, whole } from '@glassbox/options';
import {
  argMax,
  broadcastDims,
  countOver,
  equal,
  expand,
  extremumGradient,
  type Layout,
  normalizeDims,
  type ReduceOp,
  reduce,
  reducedShape,
  rowMajor,
  varianceGradient,
  variance as varianceKernels,
  withUnitDims,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireElements, requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';

/** Which dimensions are reduced, and whether they stay. */
export interface ReduceOptions {
  /** The dimension to reduce, or several; negative ones count from the end. All unless given. */
  readonly dim?: number | readonly number[];
  /** Keep reduced dimensions with size 1. Default false. */
  readonly keepdim?: boolean;
}

const optionNames: OptionTable<ReduceOptions> = {
  dim: oneOrMore(whole(Number.MIN_SAFE_INTEGER)),
  keepdim: flag,
};

/** Sum over dimensions; 0 where there is nothing to sum. Gradient: dy for every element. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { y, dims } = run('sum', x, options);
  return differentiable('sum', y, [x], (dy) => [stretch(dy, x.layout, dims, 1)]);
}

/** Mean over dimensions, of at least one element. Gradient: dy / count for every element. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { y, dims } = run('mean', x, options);
  return differentiable('mean', y, [x], (dy) => [stretch(dy, x.layout, dims, 1 / countOver(x.shape, dims))]);
}

/**
 * Largest element over dimensions (PyTorch's amax); NaN if one is, where the device knows NaN (docs/numerics.md).
 * Gradient: shared evenly among elements that tie.
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extremum('max', x, options);
}

/**
 * Smallest element over dimensions (PyTorch's amin); NaN as for `max`. Gradient: shared evenly among elements that
 * tie.
 */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extremum('min', x, options);
}

/** Which dimensions are reduced, and what the sum of squares is divided by. */
export interface VarianceOptions extends ReduceOptions {
  /** 1 (the default) for the unbiased estimate, 0 for the biased one. */
  readonly correction?: number;
}

const varianceNames: OptionTable<VarianceOptions> = { ...optionNames, correction: number };

/**
 * Variance over dimensions: squared deviations from the mean, summed and divided by count - correction.
 * @param options.correction 1 (the default) for the unbiased estimate, 0 for the biased one.
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkOptions('variance', options, varianceNames);
  const { runtime } = x;
  const { correction = 1 } = options;
  const { dims, layout } = resolve('variance', x, options);
  const y = empty(runtime, layout);
  const centre = empty(runtime, layout);
  launch(varianceKernels, [x.layout, dims, layout, { correction }], { x, mean: centre, y });
  return differentiable('variance', y, [x], (dy) => {
    const dx = empty(runtime, x.layout);
    launch(varianceGradient, [x.layout, dims, layout, { correction }], { dy, x, mean: centre, dx });
    return [dx];
  });
}

/** Position of the largest element along the last dimension, u32; the first of equal ones. No gradient. */
export function argmax(x: Tensor): Tensor {
  requireFloats('argmax', [x]);
  requireElements('argmax', x);
  const y = empty(x.runtime, rowMajor(x.shape.slice(0, -1)), 'u32');
  launch(argMax, [x.layout, y.layout, -1], { x, y });
  return y;
}

/** Sums a gradient back to the shape of an operand that was broadcast. */
export function sumToSize(x: Tensor, shape: readonly number[]): Tensor {
  if (equal(x.shape, shape)) return x;
  const dims = broadcastDims(shape, x.shape);
  const y = empty(x.runtime, rowMajor(shape));
  // Dimensions that the operand lacks are gone; the ones that it has with size 1 stay.
  const kept =
    x.shape.length === shape.length
      ? y.layout
      : rowMajor([...x.shape.slice(0, x.shape.length - shape.length).map(() => 1), ...shape]);
  launch(reduce, ['sum', x.layout, dims, kept], { x, y });
  return y;
}

function extremum(op: 'max' | 'min', x: Tensor, options: ReduceOptions): Tensor {
  const { y, dims } = run(op, x, options);
  return differentiable(op, y, [x], (dy) => {
    const dx = empty(x.runtime, x.layout);
    launch(extremumGradient, [x.layout, dims, y.layout], { x, y, dy, dx });
    return [dx];
  });
}

function run(op: ReduceOp, x: Tensor, options: ReduceOptions): { y: Tensor; dims: readonly number[] } {
  checkOptions(op, options, optionNames);
  requireFloats(op, [x]);
  const { dims, layout } = resolve(op, x, options);
  const y = empty(x.runtime, layout);
  launch(reduce, [op, x.layout, dims, layout], { x, y });
  return { y, dims };
}

function resolve(op: string, x: Tensor, { dim, keepdim = false }: ReduceOptions) {
  requireFloats(op, [x]);
  const dims = normalizeDims(x.shape, typeof dim === 'number' ? [dim] : dim, op);
  // Only a sum of nothing has a value, 0; and there must be a result.
  requireElements(op, x, op === 'sum' ? x.shape.flatMap((_, d) => (dims.includes(d) ? [] : [d])) : undefined);
  return { dims, layout: rowMajor(reducedShape(x.shape, dims, keepdim)) };
}

/** dy stretched along reduced dimensions, times a factor. */
function stretch(dy: Tensor, to: Layout, dims: readonly number[], factor: number): Tensor {
  const dx = empty(dy.runtime, to);
  const from = dy.shape.length === to.shape.length ? dy.layout : withUnitDims(dy.layout, dims);
  launch(expand, [from, to, factor], { x: dy, y: dx });
  return dx;
}
