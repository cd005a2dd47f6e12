import { f32 } from '../elementwise/literal.ts';
import { mapKernel } from '../elementwise/map.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { concatPlans, type KernelPlan } from '../plan.ts';
import { normalizeDims, reducedShape, withUnitDims } from './shape.ts';
import { reduction } from './stages.ts';

/** What a reduction makes of many elements. */
export type ReduceOp = 'sum' | 'mean' | 'max' | 'min';

const about = { sum: 'sum of x', mean: 'mean of x', max: 'largest x', min: 'smallest x' };

/**
 * y = sum, mean, max (PyTorch's amax) or min (amin) of x over `dim`, in any layouts. `output.shape` has the reduced
 * dimensions removed or of size 1. Buffers of the plan: x, y; scratch `partials` where two stages pay.
 * Summation order is fixed by the shapes and the machine.
 *
 * Gradients: of sum, `expand(withUnitDims(dy, dims), x)`, of mean the same scaled by 1 / count; of max and min
 * `extremumGradient`. What brings a gradient back to a broadcast operand's shape is
 * `reduce('sum', dy, broadcastDims(shape, dy.shape), …)`.
 * @throws RangeError if the dimensions or the output's shape do not fit the input.
 */
export function reduce(
  op: ReduceOp,
  input: Layout,
  dim: readonly number[] | undefined,
  output: Layout,
  machine: Machine = machines.gpu,
): KernelPlan {
  const dims = normalizeDims(input.shape, dim, op);
  const sums = op === 'sum' || op === 'mean';
  return reduction(
    {
      name: `reduce${op[0].toUpperCase()}${op.slice(1)}`,
      about: `y = ${about[op]} over dimensions [${dims}]`,
      input,
      dims,
      output,
      result: 'y',
      op: sums ? 'sum' : op,
      ...(op === 'mean' ? { finish: dividedBy(countOver(input.shape, dims)) } : {}),
      paddingIsNeutral: sums,
      flopPerElement: 1,
    },
    machine,
  );
}

/**
 * The gradient of max or min over `dim`, as PyTorch's amax and amin: dy shared evenly among the elements that tie.
 * `output` is the layout of y and dy. Buffers of the plan: x, y, dy, dx; scratch `ties` (and `partials`).
 */
export function extremumGradient(
  input: Layout,
  dim: readonly number[] | undefined,
  output: Layout,
  machine: Machine = machines.gpu,
): KernelPlan {
  const dims = normalizeDims(input.shape, dim, 'extremumGradient');
  const kept = output.shape.length === input.shape.length ? output : withUnitDims(output, dims);
  const ties = reduction(
    {
      name: 'countTies',
      about: `ties = number of x equal to y over dimensions [${dims}]`,
      input,
      dims,
      output,
      result: 'ties',
      op: 'sum',
      elements: ['select(vec4<f32>(), vec4<f32>(1f), x == c)'],
      companion: 'y',
      paddingIsNeutral: false,
      flopPerElement: 2,
    },
    machine,
  );
  const gradient = mapKernel(
    {
      name: 'extremumGradient',
      about: 'dx = dy / ties where x = y, else 0; NaN where y is NaN, which no x equals',
      operands: { x: input, y: kept, dy: kept, ties: kept },
      result: 'dx',
      out: input,
      expression: 'select(vec4<f32>(), dy, x == y) / ties',
      zeroAtZero: false,
      flopPerElement: 2,
    },
    machine,
  );
  const plan: KernelPlan = { kernels: [gradient], scratch: { ties: output.size } };
  return concatPlans(ties, plan);
}

/** WGSL of a sum divided by a count: exact where all elements are equal and their sum is. */
export function dividedBy(count: number): (sum: string) => string {
  return (sum) => (count === 1 ? sum : `(${sum}) / ${f32(count)}`);
}

/** Number of elements that each result is made from. */
export function countOver(shape: readonly number[], dims: readonly number[]): number {
  return elementCount(dims.map((dim) => shape[dim]));
}

/** `visit(index into the reduced tensor, index into x)` for every element of x, both dense and row-major. */
export function forEachReduced(
  shape: readonly number[],
  dims: readonly number[],
  visit: (result: number, index: number) => void,
): void {
  const count = elementCount(shape);
  for (let index = 0; index < count; index++) {
    let rest = index;
    let result = 0;
    let stride = 1;
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      if (!dims.includes(dim)) {
        result += (rest % shape[dim]) * stride;
        stride *= shape[dim];
      }
      rest = Math.floor(rest / shape[dim]);
    }
    visit(result, index);
  }
}

/** y in float64; dense row-major arrays. */
export function reduceOracle(
  op: ReduceOp,
  x: ArrayLike<number>,
  shape: readonly number[],
  dim?: readonly number[],
): Float64Array {
  const dims = normalizeDims(shape, dim, op);
  const start = op === 'max' ? -Infinity : op === 'min' ? Infinity : 0;
  const y = new Float64Array(elementCount(reducedShape(shape, dims))).fill(start);
  forEachReduced(shape, dims, (result, index) => {
    if (op === 'max') y[result] = Math.max(y[result], x[index]);
    else if (op === 'min') y[result] = Math.min(y[result], x[index]);
    else y[result] += x[index];
  });
  return op === 'mean' ? y.map((sum) => sum / countOver(shape, dims)) : y;
}

/** dx of max or min in float64. */
export function extremumGradientOracle(
  op: 'max' | 'min',
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  shape: readonly number[],
  dim?: readonly number[],
): Float64Array {
  const dims = normalizeDims(shape, dim, op);
  const y = reduceOracle(op, x, shape, dims);
  const ties = new Float64Array(y.length);
  const dx = new Float64Array(x.length);
  forEachReduced(shape, dims, (result, index) => {
    if (x[index] === y[result]) ties[result] += 1;
  });
  forEachReduced(shape, dims, (result, index) => {
    if (x[index] === y[result]) dx[index] = dy[result] / ties[result];
  });
  return dx;
}
