import { checkValue, oneOrMore, whole } from '@glassbox/options';
import { placeTaps } from '@glassbox/wgsl-kernels';
import { requireDimension, requireTensor } from '../../primitives/operands.ts';
import type { Tensor } from '../../tensor.ts';
import { resample } from './resample.ts';

const anyWhole = oneOrMore(whole(Number.MIN_SAFE_INTEGER));

/** Positions of one dimension (or of several) from the last to the first, as torch.flip. */
export function flip(x: Tensor, dimensions: number | readonly number[]): Tensor {
  requireTensor('flip', x);
  checkValue('flip', 'dimensions', dimensions, anyWhole);
  return [dimensions].flat().reduce<Tensor>((y, dimension) => {
    const dim = requireDimension('flip', x, dimension);
    const size = x.shape[dim];
    const places = Array.from({ length: size }, (_, j) => size - 1 - j);
    return resample('flip', y, dim, placeTaps(size, places));
  }, x);
}

/**
 * Positions moved on along a dimension, those beyond the end to the start, as torch.roll.
 * @param shifts how far, for each dimension; negative numbers move back
 */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  dimensions: number | readonly number[],
): Tensor {
  requireTensor('roll', x);
  checkValue('roll', 'shifts', shifts, anyWhole);
  checkValue('roll', 'dimensions', dimensions, anyWhole);
  const [by, along] = [[shifts].flat(), [dimensions].flat()];
  if (by.length !== along.length) {
    throw new RangeError(`roll: ${by.length} shifts for ${along.length} dimensions; give one for each`);
  }
  return along.reduce<Tensor>((y, dimension, k) => {
    const dim = requireDimension('roll', x, dimension);
    const size = x.shape[dim];
    const places = Array.from({ length: size }, (_, j) => (((j - by[k]) % size) + size) % size);
    return resample('roll', y, dim, placeTaps(size, places));
  }, x);
}
