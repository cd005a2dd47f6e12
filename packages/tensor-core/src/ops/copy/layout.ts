import { checkValue, list, whole } from '@glassbox/options';
import {
  elementCount,
  equal,
  type Layout,
  relayout,
  reshape as reshapeKernel,
  rowMajor,
  sameLayout,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireElements, requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';

/** A shape, in which one size may be left to the others. */
const anyShape = list(whole(-1));
const places = list(whole(0));

/**
 * The same tensor in another memory layout; itself if it has that layout already.
 * Gradient: back to the first layout.
 */
export function toLayout(x: Tensor, layout: Layout): Tensor {
  requireTensor('toLayout', x);
  if (sameLayout(x.layout, layout)) return x;
  if (!equal(x.shape, layout.shape)) throw shapeError('toLayout', x, layout.shape);
  const y = empty(x.runtime, layout, x.dtype);
  launch(relayout, [x.layout, layout, undefined], { x, y });
  return differentiable('toLayout', y, [x], (dy) => [toLayout(dy, x.layout)]);
}

/** The tensor in row-major layout. */
export function contiguous(x: Tensor): Tensor {
  requireTensor('contiguous', x);
  return toLayout(x, rowMajor(x.shape));
}

/**
 * Another shape for the same elements in row-major order. One size may be -1: it follows from the others.
 * Gradient: reshaped back.
 * @throws RangeError if the number of elements differs.
 */
export function reshape(x: Tensor, shape: readonly number[], layout?: Layout): Tensor {
  requireTensor('reshape', x);
  checkValue('reshape', 'shape', shape, anyShape);
  const sizes = resolve(x, shape);
  const to = layout ?? rowMajor(sizes);
  if (sameLayout(x.layout, to)) return x;
  requireElements('reshape', x);
  const y = empty(x.runtime, to, x.dtype);
  launch(reshapeKernel, [x.layout, to], { x, y });
  return differentiable('reshape', y, [x], (dy) => [reshape(dy, x.shape, x.layout)]);
}

/** [N, …] to [N, product of the rest]; images flatten in C,H,W order, as PyTorch's do. */
export function flatten(x: Tensor): Tensor {
  requireTensor('flatten', x);
  return reshape(x, [x.shape[0], elementCount(x.shape.slice(1))]);
}

/**
 * Reorders dimensions: y's dimension d is x's dimension `dimensions[d]`.
 * Gradient: the inverse permutation.
 */
export function permute(x: Tensor, dimensions: readonly number[]): Tensor {
  requireTensor('permute', x);
  checkValue('permute', 'dimensions', dimensions, places);
  const rank = x.shape.length;
  const sorted = [...dimensions].sort((a, b) => a - b);
  if (
    !equal(
      sorted,
      Array.from({ length: rank }, (_, d) => d),
    )
  ) {
    throw new RangeError(
      `permute: [${dimensions}] is no permutation of the ${rank} dimensions of [${x.shape}]`,
    );
  }
  const to = rowMajor(dimensions.map((d) => x.shape[d]));
  const inverse = dimensions.map((_, d) => dimensions.indexOf(d));
  const y = empty(x.runtime, to, x.dtype);
  launch(relayout, [x.layout, to, inverse], { x, y });
  return differentiable('permute', y, [x], (dy) => [permute(dy, inverse)]);
}

/** Swaps two dimensions; the last two unless given. */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  requireTensor('transpose', x);
  const rank = x.shape.length;
  const dimensions = x.shape.map((_, d) => d);
  const [p, q] = [a < 0 ? a + rank : a, b < 0 ? b + rank : b];
  if (!(p in dimensions) || !(q in dimensions)) {
    throw new RangeError(`transpose: dimensions ${a} and ${b} do not exist in [${x.shape}]`);
  }
  [dimensions[p], dimensions[q]] = [dimensions[q], dimensions[p]];
  return permute(x, dimensions);
}

function resolve(x: Tensor, shape: readonly number[]): readonly number[] {
  const unknown = shape.indexOf(-1);
  if (unknown < 0) {
    if (elementCount(shape) !== x.size) throw shapeError('reshape', x, shape);
    return shape;
  }
  const known = elementCount(shape.filter((_, d) => d !== unknown));
  if (known === 0 || x.size % known !== 0) throw shapeError('reshape', x, shape);
  return shape.map((size, d) => (d === unknown ? x.size / known : size));
}

function shapeError(op: string, x: Tensor, shape: readonly number[]): RangeError {
  return new RangeError(`${op}: [${x.shape}] (${x.size} elements) cannot become [${shape}]`);
}
