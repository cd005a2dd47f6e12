import { checkValue, list } from '@glassbox/options';
import { copyRegion, imageLayout, type Region, rowMajor, sameLayout } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { aTensor } from '../kinds.ts';

/**
 * The part of a tensor from `start` to before `end` along one dimension, as Python's `x[:, start:end]`: negative
 * positions count from the end, and positions beyond it mean the end. Gradient: dy there, 0 elsewhere.
 * @throws RangeError if there is no such dimension or nothing remains.
 */
export function slice(x: Tensor, dimension: number, start = 0, end = Number.POSITIVE_INFINITY): Tensor {
  requireTensor('slice', x);
  const dim = dimensionOf('slice', x, dimension);
  const length = x.shape[dim];
  const [from, to] = [start, end].map((at) => Math.min(Math.max(at < 0 ? at + length : at, 0), length));
  if (!(to > from)) {
    throw new RangeError(
      `slice: ${start} to ${end} leaves nothing of dimension ${dim} of [${x.shape}]; give a start below the end`,
    );
  }
  if (from === 0 && to === length) return x;
  const shape = x.shape.map((size, d) => (d === dim ? to - from : size));
  const y = empty(x.runtime, likeLayout(shape, [x]), x.dtype);
  const at = x.shape.map((_, d) => (d === dim ? from : 0));
  move(x, y, { size: shape, fromOffset: at, elsewhere: 'zero' });
  return differentiable('slice', y, [x], (dy) => {
    const dx = empty(x.runtime, x.layout);
    move(dy, dx, { size: shape, toOffset: at, elsewhere: 'zero' });
    return [dx];
  });
}

/**
 * Tensors one after the other along a dimension (PyTorch's `cat`). Gradients: the slices of dy.
 * @throws RangeError if there are none, or if they differ in another dimension; TypeError if their types differ.
 */
export function concat(tensors: readonly Tensor[], dimension = 0): Tensor {
  checkValue('concat', 'tensors', tensors, list(aTensor));
  const [first] = tensors;
  if (!first) throw new RangeError('concat: no tensors; give at least one');
  const dim = dimensionOf('concat', first, dimension);
  for (const { shape, dtype } of tensors) {
    const alike =
      shape.length === first.shape.length && shape.every((n, d) => d === dim || n === first.shape[d]);
    if (!alike) {
      throw new RangeError(
        `concat: [${first.shape}] and [${shape}] must agree in every dimension but ${dim}; ` +
          'reshape or slice one of them',
      );
    }
    if (dtype !== first.dtype) {
      throw new TypeError(
        `concat: ${first.dtype} [${first.shape}] and ${dtype} [${shape}] are of different types`,
      );
    }
  }
  if (tensors.length === 1) return first;
  const total = tensors.reduce((sum, { shape }) => sum + shape[dim], 0);
  const shape = first.shape.map((size, d) => (d === dim ? total : size));
  const y = empty(first.runtime, likeLayout(shape, tensors), first.dtype);
  const places: number[][] = [];
  let next = 0;
  for (const x of tensors) {
    const place = shape.map((_, d) => (d === dim ? next : 0));
    // Together the regions cover y, so that nothing of what its memory held before remains.
    move(x, y, { size: x.shape, toOffset: place, elsewhere: 'keep' });
    places.push(place);
    next += x.shape[dim];
  }
  return differentiable('concat', y, tensors, (dy, wanted) =>
    tensors.map((x, index) => {
      if (!wanted[index]) return null;
      const dx = empty(x.runtime, x.layout);
      move(dy, dx, { size: x.shape, fromOffset: places[index], elsewhere: 'zero' });
      return dx;
    }),
  );
}

function move(source: Tensor, target: Tensor, region: Region): void {
  launch(copyRegion, [source.layout, target.layout, region], { x: source, y: target });
}

/** Images stay images: the layout that convolutions want, if that is what all of these have. */
function likeLayout(shape: readonly number[], tensors: readonly Tensor[]) {
  const images = shape.length === 4 && tensors.every((x) => sameLayout(x.layout, imageLayout(x.shape)));
  return images ? imageLayout(shape) : rowMajor(shape);
}

function dimensionOf(op: string, { shape }: Tensor, dimension: number): number {
  const dim = dimension < 0 ? dimension + shape.length : dimension;
  if (!(dim in shape)) {
    throw new RangeError(`${op}: dimension ${dimension} does not exist in [${shape}]`);
  }
  return dim;
}
