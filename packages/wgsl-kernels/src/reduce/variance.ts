import { f32 } from '../elementwise/literal.ts';
import { mapKernel } from '../elementwise/map.ts';
import type { Kernel } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { concatPlans, type KernelPlan } from '../plan.ts';
import { countOver, dividedBy, forEachReduced, reduceOracle } from './reduce.ts';
import { normalizeDims, reducedShape, withUnitDims } from './shape.ts';
import { reduction } from './stages.ts';

/**
 * y = variance of x over `dim`: the sum of squared deviations divided by count - `correction` (PyTorch: 1 by
 * default, 0 for the biased estimate). Two passes, mean first, so nothing cancels; the second also sums the
 * deviations, which says by how much the mean was rounded. The mean comes out as well. Buffers of the plan: x, mean,
 * y, the last two in layout `output`; scratch `partials` where two stages pay.
 * @throws RangeError if no more than `correction` elements are reduced.
 */
export function variance(
  input: Layout,
  dim: readonly number[] | undefined,
  output: Layout,
  { correction = 1 }: { readonly correction?: number } = {},
  machine: Machine = machines.gpu,
): KernelPlan {
  const dims = normalizeDims(input.shape, dim, 'variance');
  const count = countOver(input.shape, dims);
  const divisor = degreesOfFreedom(input.shape, dims, correction);
  const shared = { input, dims, output, op: 'sum' as const };
  const mean = reduction(
    {
      ...shared,
      name: 'reduceMean',
      about: `mean = mean of x over dimensions [${dims}]`,
      result: 'mean',
      finish: dividedBy(count),
      paddingIsNeutral: true,
      flopPerElement: 1,
    },
    machine,
  );
  const squares = reduction(
    {
      ...shared,
      name: 'variance',
      about: `y = (sum of d^2 - (sum of d)^2 / ${count}) / ${divisor}, d = x - mean, over dimensions [${dims}]`,
      result: 'y',
      elements: ['x - c', '(x - c) * (x - c)'],
      companion: 'mean',
      finish: (drift, squares) =>
        `max((${squares}) - (${drift}) * ((${drift}) / ${f32(count)}), vec4<f32>()) / ${f32(divisor)}`,
      paddingIsNeutral: false,
      flopPerElement: 4,
    },
    machine,
  );
  return concatPlans(mean, squares);
}

/** dx = dy 2 (x - mean) / (count - correction). Bindings: dy, x, mean, dx; dy and mean in layout `output`. */
export function varianceGradient(
  input: Layout,
  dim: readonly number[] | undefined,
  output: Layout,
  { correction = 1 }: { readonly correction?: number } = {},
  machine: Machine = machines.gpu,
): Kernel {
  const dims = normalizeDims(input.shape, dim, 'varianceGradient');
  const factor = 2 / degreesOfFreedom(input.shape, dims, correction);
  const kept = output.shape.length === input.shape.length ? output : withUnitDims(output, dims);
  return mapKernel(
    {
      name: 'varianceGradient',
      about: `dx = dy (x - mean) ${factor}`,
      operands: { dy: kept, x: input, mean: kept },
      result: 'dx',
      out: input,
      expression: `dy * (x - mean) * ${f32(factor)}`,
      zeroAtZero: true,
      flopPerElement: 3,
    },
    machine,
  );
}

function degreesOfFreedom(shape: readonly number[], dims: readonly number[], correction: number): number {
  const count = countOver(shape, dims);
  if (count > correction) return count - correction;
  throw new RangeError(
    `variance: ${count} element(s) of [${shape}] over dimensions [${dims}] are too few for correction ${correction}; ` +
      'use correction 0 or more data',
  );
}

/** Variance in float64; dense row-major arrays. */
export function varianceOracle(
  x: ArrayLike<number>,
  shape: readonly number[],
  dim?: readonly number[],
  correction = 1,
): Float64Array {
  const dims = normalizeDims(shape, dim, 'variance');
  const mean = reduceOracle('mean', x, shape, dims);
  const squares = new Float64Array(elementCount(reducedShape(shape, dims)));
  forEachReduced(shape, dims, (result, index) => {
    squares[result] += (x[index] - mean[result]) ** 2;
  });
  return squares.map((sum) => sum / (countOver(shape, dims) - correction));
}

/** dx of the variance in float64. */
export function varianceGradientOracle(
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  shape: readonly number[],
  dim?: readonly number[],
  correction = 1,
): Float64Array {
  const dims = normalizeDims(shape, dim, 'variance');
  const mean = reduceOracle('mean', x, shape, dims);
  const dx = new Float64Array(x.length);
  forEachReduced(shape, dims, (result, index) => {
    dx[index] = (2 * dy[result] * (x[index] - mean[result])) / (countOver(shape, dims) - correction);
  });
  return dx;
}
