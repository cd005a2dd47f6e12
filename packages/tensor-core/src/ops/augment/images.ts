import { type Kind, list, number } from '@glassbox/options';
import { equal, imageLayout } from '@glassbox/wgsl-kernels';
import { needsGrad } from '../../autograd.ts';
import { requireElements, requireFloats } from '../../primitives/operands.ts';
import type { Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import { checkNormalization, type NormalizeOptions } from '../gather/normalization.ts';

const range: Kind = { ...list(number, 2), what: 'two numbers, the smaller first' };
/** Two numbers within bounds, the smaller first. */
export const isRange = (least: number, most: number, what: string): Kind => ({
  what: `two numbers ${what}, the smaller first`,
  fits: (value) => {
    if (!range.fits(value)) return false;
    const [low, high] = value as readonly [number, number];
    return least <= low && low <= high && high <= most;
  },
});
/** The images in their layout. @throws unless they are images without a gradient, and normalised as is said */
export function imagesOf(
  op: string,
  x: Tensor,
  { mean, std }: NormalizeOptions,
  others: readonly (Tensor | undefined)[],
): Tensor {
  requireFloats(op, [x, ...others]);
  if (x.shape.length !== 4) throw new RangeError(`${op}: expected images [N,C,H,W], got [${x.shape}]`);
  requireElements(op, x);
  checkNormalization(
    op,
    { ...(mean === undefined ? {} : { mean }), ...(std === undefined ? {} : { std }) },
    x.shape[1],
  );
  if (needsGrad(x)) {
    throw new Error(
      `${op}: images that require a gradient cannot be augmented, for it has none; ` +
        'give x.detach(), or call it in noGrad(() => …)',
    );
  }
  return toLayout(x, imageLayout(x.shape));
}

/** @throws RangeError unless a tensor beside the images has this shape. */
export function requireShapeOf(
  op: string,
  name: string,
  { shape }: Tensor,
  expected: readonly number[],
): void {
  if (!equal(shape, expected)) {
    throw new RangeError(`${op}: ${name} is [${shape}], but must be [${expected}] for these images`);
  }
}

/** What a value from 0 to 1 is in images that are normalised. */
export function normalised(
  op: string,
  value: number | readonly number[],
  channels: number,
  { mean = 0.5, std = 0.5 }: NormalizeOptions,
): number | readonly number[] {
  if (typeof value !== 'number' && value.length !== channels) {
    throw new RangeError(
      `${op}: ${value.length} numbers for ${channels} channels; give one for each, or one for all`,
    );
  }
  const of = (values: number | readonly number[], k: number) =>
    typeof values === 'number' ? values : values[k];
  return Array.from({ length: channels }, (_, k) => {
    const written = (of(value, k) - of(mean, k)) / of(std, k);
    if (Number.isFinite(Math.fround(written))) return written;
    throw new RangeError(`${op}: ${of(value, k)} is too large; black is 0, white is 1`);
  });
}
