import { checkOptions, flag, list, number, type OptionTable, whole } from '@glassbox/options';
import {
  argMax,
  broadcastAxes,
  countOver,
  equal,
  expand,
  extremumGradient,
  type Layout,
  normalizeAxes,
  type ReduceOp,
  reduce,
  reducedShape,
  rowMajor,
  varianceGradient,
  variance as varianceKernels,
  withUnitAxes,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../autograd.ts';
import { empty, type Tensor } from '../tensor.ts';
import { layoutKey } from './layout.ts';
import { requireElements, requireFloats } from './operands.ts';

export interface ReduceOptions {
  /** Dimensions to reduce; negative ones count from the end. All unless given. */
  readonly axes?: readonly number[];
  /** Keep reduced dimensions with size 1. Default false. */
  readonly keepdim?: boolean;
}

const optionNames: OptionTable<ReduceOptions> = {
  axes: list(whole(Number.MIN_SAFE_INTEGER)),
  keepdim: flag,
};

/** Sum over axes; 0 where there is nothing to sum. Gradient: dy for every element. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { y, axes } = run('sum', x, options);
  return differentiable('sum', y, [x], (dy) => [stretch(dy, x.layout, axes, 1)]);
}

/** Mean over axes, of at least one element. Gradient: dy / count for every element. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { y, axes } = run('mean', x, options);
  return differentiable('mean', y, [x], (dy) => [stretch(dy, x.layout, axes, 1 / countOver(x.shape, axes))]);
}

/** Largest element over axes (PyTorch's amax); NaN if one is, where the device knows NaN (docs/numerics.md). Gradient: shared evenly among elements that tie. */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extremum('max', x, options);
}

/** Smallest element over axes (PyTorch's amin); NaN as for `max`. Gradient: shared evenly among elements that tie. */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extremum('min', x, options);
}

export interface VarianceOptions extends ReduceOptions {
  /** 1 (the default) for the unbiased estimate, 0 for the biased one. */
  readonly correction?: number;
}

const varianceNames: OptionTable<VarianceOptions> = { ...optionNames, correction: number };

/**
 * Variance over axes: squared deviations from the mean, summed and divided by count - correction.
 * @param options.correction 1 (the default) for the unbiased estimate, 0 for the biased one.
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkOptions('variance', options, varianceNames);
  const { runtime } = x;
  const { tuning } = runtime;
  const { correction = 1 } = options;
  const { axes, layout } = resolve('variance', x, options);
  const key = `variance ${layoutKey(x.layout)} ${axes} ${layoutKey(layout)} ${correction}`;
  const y = empty(runtime, layout);
  const centre = empty(runtime, layout);
  const plan = runtime.kernel(key, () => varianceKernels(x.layout, axes, layout, { correction }, tuning));
  runtime.runPlan(plan, { x: x.storage, mean: centre.storage, y: y.storage });
  return differentiable('variance', y, [x], (dy) => {
    const dx = empty(runtime, x.layout);
    const kernel = runtime.kernel(`${key} gradient`, () =>
      varianceGradient(x.layout, axes, layout, { correction }, tuning),
    );
    runtime.run(kernel, [dy.storage, x.storage, centre.storage, dx.storage]);
    return [dx];
  });
}

/** Position of the largest element along the last dimension, u32; the first of equal ones. No gradient. */
export function argmax(x: Tensor): Tensor {
  requireFloats('argmax', [x]);
  requireElements('argmax', x);
  const { runtime } = x;
  const layout = rowMajor(x.shape.slice(0, -1));
  const y = empty(runtime, layout, 'u32');
  const kernel = runtime.kernel(`argMax ${layoutKey(x.layout)}`, () =>
    argMax(x.layout, layout, -1, runtime.tuning),
  );
  runtime.run(kernel, [x.storage, y.storage]);
  return y;
}

/** Sums a gradient back to the shape of an operand that was broadcast. */
export function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  if (equal(x.shape, shape)) return x;
  const axes = broadcastAxes(shape, x.shape);
  const { runtime } = x;
  const y = empty(runtime, rowMajor(shape));
  // Dimensions that the operand lacks are gone; the ones that it has with size 1 stay.
  const kept =
    x.shape.length === shape.length
      ? y.layout
      : rowMajor([...x.shape.slice(0, x.shape.length - shape.length).map(() => 1), ...shape]);
  const plan = runtime.kernel(`sumTo ${layoutKey(x.layout)} ${shape}`, () =>
    reduce('sum', x.layout, axes, kept, runtime.tuning),
  );
  runtime.runPlan(plan, { x: x.storage, y: y.storage });
  return y;
}

function extremum(op: 'max' | 'min', x: Tensor, options: ReduceOptions): Tensor {
  const { y, axes } = run(op, x, options);
  const { runtime } = x;
  return differentiable(op, y, [x], (dy) => {
    const dx = empty(runtime, x.layout);
    const plan = runtime.kernel(`${op} gradient ${layoutKey(x.layout)} ${axes} ${y.shape}`, () =>
      extremumGradient(x.layout, axes, y.layout, runtime.tuning),
    );
    runtime.runPlan(plan, { x: x.storage, y: y.storage, dy: dy.storage, dx: dx.storage });
    return [dx];
  });
}

function run(op: ReduceOp, x: Tensor, options: ReduceOptions): { y: Tensor; axes: readonly number[] } {
  checkOptions(op, options, optionNames);
  requireFloats(op, [x]);
  const { runtime } = x;
  const { axes, layout } = resolve(op, x, options);
  const y = empty(runtime, layout);
  const plan = runtime.kernel(`${op} ${layoutKey(x.layout)} ${axes} ${layoutKey(layout)}`, () =>
    reduce(op, x.layout, axes, layout, runtime.tuning),
  );
  runtime.runPlan(plan, { x: x.storage, y: y.storage });
  return { y, axes };
}

function resolve(op: string, x: Tensor, { axes, keepdim = false }: ReduceOptions) {
  requireFloats(op, [x]);
  const dims = normalizeAxes(x.shape, axes, op);
  // Only a sum of nothing has a value, 0; and there must be a result.
  requireElements(
    op,
    x,
    op === 'sum' ? x.shape.flatMap((_, dim) => (dims.includes(dim) ? [] : [dim])) : undefined,
  );
  return { axes: dims, layout: rowMajor(reducedShape(x.shape, dims, keepdim)) };
}

/** dy stretched along reduced axes, times a factor. */
function stretch(dy: Tensor, to: Layout, axes: readonly number[], factor: number): Tensor {
  const { runtime } = dy;
  const dx = empty(runtime, to);
  const key = `stretch ${layoutKey(dy.layout)} ${layoutKey(to)} ${axes} ${factor}`;
  const from = dy.shape.length === to.shape.length ? dy.layout : withUnitAxes(dy.layout, axes);
  const kernel = runtime.kernel(key, () => expand(from, to, factor, runtime.tuning));
  runtime.run(kernel, [dy.storage, dx.storage]);
  return dx;
}
