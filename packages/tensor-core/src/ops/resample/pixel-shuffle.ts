import { checkValue, whole } from '@glassbox/options';
import type { Tensor } from '../../tensor.ts';
import { permute, reshape } from '../copy/layout.ts';
import { requireImages } from './images.ts';

/**
 * Channels become pixels: [N,C·r²,H,W] to [N,C,H·r,W·r], as torch.nn.functional.pixel_shuffle.
 * @param factor r
 * @throws RangeError unless r² divides the channels.
 */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  requireImages('pixelShuffle', x);
  checkValue('pixelShuffle', 'factor', factor, whole(1));
  const [n, c, h, w] = x.shape;
  const channels = c / factor ** 2;
  if (!Number.isInteger(channels)) {
    throw new RangeError(`pixelShuffle: ${c} channels cannot be split into squares of ${factor} x ${factor}`);
  }
  const split = reshape(x, [n, channels, factor, factor, h, w]);
  return reshape(permute(split, [0, 1, 4, 2, 5, 3]), [n, channels, h * factor, w * factor]);
}

/**
 * Pixels become channels: [N,C,H·r,W·r] to [N,C·r²,H,W], as torch.nn.functional.pixel_unshuffle.
 * @param factor r
 * @throws RangeError unless r divides height and width.
 */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  requireImages('pixelUnshuffle', x);
  checkValue('pixelUnshuffle', 'factor', factor, whole(1));
  const [n, c, height, width] = x.shape;
  const [h, w] = [height / factor, width / factor];
  if (!Number.isInteger(h) || !Number.isInteger(w)) {
    throw new RangeError(`pixelUnshuffle: ${height} x ${width} pixels cannot be split by ${factor}`);
  }
  const split = reshape(x, [n, c, h, factor, w, factor]);
  return reshape(permute(split, [0, 1, 3, 5, 2, 4]), [n, c * factor ** 2, h, w]);
}
