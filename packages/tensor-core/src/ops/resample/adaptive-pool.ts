import { checkValue, pair, whole } from '@glassbox/options';
import { adaptiveMeanTaps, adaptiveWindows } from '@glassbox/wgsl-kernels';
import type { Tensor } from '../../tensor.ts';
import { concat, slice } from '../copy/slice.ts';
import { avgPool2d, maxPool2d } from '../pool2d/pool2d.ts';
import { requireImages } from './images.ts';
import { resample } from './resample.ts';

/** Height and width of a result; one number for both. */
export type OutputSize = number | readonly [number, number];

const outputSizes = pair(whole(1));

/**
 * Means over windows that together cover the image, so many that the result has this size: [N,C,H,W] to [N,C,P,Q], as
 * torch.nn.functional.adaptive_avg_pool2d. 1 is the mean of each channel (global average pooling).
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: OutputSize): Tensor {
  const [height, width] = sizesOf('adaptiveAvgPool2d', x, outputSize);
  const [, , h, w] = x.shape;
  if (h % height === 0 && w % width === 0) return avgPool2d(x, { kernelSize: [h / height, w / width] });
  const rows = resample('adaptiveAvgPool2d', x, 2, adaptiveMeanTaps(h, height));
  return resample('adaptiveAvgPool2d', rows, 3, adaptiveMeanTaps(w, width));
}

/**
 * The largest value of windows that together cover the image, so many that the result has this size: [N,C,H,W] to
 * [N,C,P,Q], as torch.nn.functional.adaptive_max_pool2d. The gradient goes to the winner, the first of equal ones.
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: OutputSize): Tensor {
  const [height, width] = sizesOf('adaptiveMaxPool2d', x, outputSize);
  const [, , h, w] = x.shape;
  if (h % height === 0 && w % width === 0) return maxPool2d(x, { kernelSize: [h / height, w / width] });
  // First along rows: so the winner is the first in scan order.
  const columns = concat(
    adaptiveWindows(w, width).map(([start, end]) =>
      maxPool2d(slice(x, 3, start, end), { kernelSize: [1, end - start] }),
    ),
    3,
  );
  return concat(
    adaptiveWindows(h, height).map(([start, end]) =>
      maxPool2d(slice(columns, 2, start, end), { kernelSize: [end - start, 1] }),
    ),
    2,
  );
}

function sizesOf(op: string, x: Tensor, outputSize: OutputSize): readonly [number, number] {
  requireImages(op, x);
  checkValue(op, 'outputSize', outputSize, outputSizes);
  return typeof outputSize === 'number' ? [outputSize, outputSize] : outputSize;
}
