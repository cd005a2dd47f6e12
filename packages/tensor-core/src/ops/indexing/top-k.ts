import { checkValue, flag, whole } from '@glassbox/options';
import { rowMajor, topK } from '@glassbox/wgsl-kernels';
import { requireDimension, requireElements, requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { contiguous, transpose } from '../copy/layout.ts';
import { gather } from './take.ts';

/** What `topk` finds. */
export interface TopK {
  /** The elements, the largest (or smallest) first. */
  readonly values: Tensor;
  /** Their positions along the dimension, u32. */
  readonly indices: Tensor;
}

/**
 * The k largest elements along a dimension (the last unless given), or the smallest, and where they are, as torch.topk:
 * always sorted. Of equal elements the one with the lowest index comes first. NaN counts as larger than all numbers.
 * Gradient of the values: to the elements that they are.
 * @param k from 1 to the size of the dimension
 * @returns both as x, with k in the place of the dimension
 */
export function topk(x: Tensor, k: number, dimension = -1, largest = true): TopK {
  requireFloats('topk', [x]);
  requireElements('topk', x);
  const dim = requireDimension('topk', x, dimension);
  checkValue('topk', 'k', k, whole(1, x.shape[dim]));
  checkValue('topk', 'largest', largest, flag);
  const last = x.shape.length - 1;
  if (dim !== last) {
    const { values, indices } = topk(transpose(x, dim, last), k, last, largest);
    return { values: transpose(values, dim, last), indices: transpose(indices, dim, last) };
  }
  const from = contiguous(x);
  const indices = empty(x.runtime, rowMajor([...x.shape.slice(0, -1), k]), 'u32');
  launch(topK, [{ x: from.layout, k, largest }], { x: from, index: indices });
  return { values: gather(from, last, indices), indices };
}
