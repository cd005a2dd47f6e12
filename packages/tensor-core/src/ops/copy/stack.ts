import { checkValue, list, oneOrMore, whole } from '@glassbox/options';
import { requireDimension, requireTensor } from '../../primitives/operands.ts';
import type { Tensor } from '../../tensor.ts';
import { aTensor } from '../kinds.ts';
import { reshape } from './layout.ts';
import { concat, slice } from './slice.ts';

const sizes = oneOrMore(whole(1));
const aPlace = whole(Number.MIN_SAFE_INTEGER);

/**
 * Tensors of one shape side by side along a new dimension, as torch.stack. Gradients: the parts of dy.
 * @param dimension where the new dimension stands in the result; negative numbers count from its end
 */
export function stack(tensors: readonly Tensor[], dimension = 0): Tensor {
  checkValue('stack', 'tensors', tensors, list(aTensor));
  checkValue('stack', 'dimension', dimension, aPlace);
  const [first] = tensors;
  if (!first) throw new RangeError('stack: no tensors; give at least one');
  const rank = first.shape.length + 1;
  const dim = dimension < 0 ? dimension + rank : dimension;
  if (dim < 0 || dim >= rank) {
    throw new RangeError(`stack: dimension ${dimension} does not exist in a stack of [${first.shape}]`);
  }
  for (const { shape } of tensors) {
    if (String(shape) !== String(first.shape)) {
      throw new RangeError(`stack: [${first.shape}] and [${shape}] differ; all must have one shape`);
    }
  }
  const wide = [...first.shape.slice(0, dim), 1, ...first.shape.slice(dim)];
  return concat(
    tensors.map((x) => reshape(x, wide)),
    dim,
  );
}

/**
 * Parts of a tensor along a dimension, as torch.split.
 * @param size how long each part is (the last may be shorter), or the length of each
 */
export function split(x: Tensor, size: number | readonly number[], dimension = 0): Tensor[] {
  requireTensor('split', x);
  checkValue('split', 'size', size, sizes);
  const dim = requireDimension('split', x, dimension);
  const whole = x.shape[dim];
  const lengths =
    typeof size === 'number'
      ? Array.from({ length: Math.ceil(whole / size) }, (_, k) => Math.min(size, whole - k * size))
      : size;
  const sum = lengths.reduce((total, length) => total + length, 0);
  if (sum !== whole) {
    throw new RangeError(
      `split: [${lengths}] sum to ${sum}, but dimension ${dim} of [${x.shape}] is ${whole} long`,
    );
  }
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return slice(x, dim, start - length, start);
  });
}

/** At most so many parts of equal length along a dimension (the last may be shorter), as torch.chunk. */
export function chunk(x: Tensor, chunks: number, dimension = 0): Tensor[] {
  requireTensor('chunk', x);
  checkValue('chunk', 'chunks', chunks, whole(1));
  const dim = requireDimension('chunk', x, dimension);
  return split(x, Math.max(1, Math.ceil(x.shape[dim] / chunks)), dim);
}
