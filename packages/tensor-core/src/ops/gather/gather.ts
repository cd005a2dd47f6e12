import {
  gatherImages as gatherImagesKernel,
  gatherLabels as gatherLabelsKernel,
  imageLayout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { requireBelow } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import type { DType } from '../../runtime/storage.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { checkNormalization, defaultNormalization, type NormalizeOptions } from './normalization.ts';
import type { StoredImages, StoredLabels } from './stored.ts';

/**
 * @throws TypeError unless they are u32 [B] on the data's device; RangeError if the host knows one that does not
 * exist.
 */
function requireRows(kind: 'gatherImages' | 'gatherLabels', data: Tensor, rows: Tensor, count: number): void {
  if (rows.dtype !== 'u32' || rows.shape.length !== 1) {
    throw new TypeError(`${kind}: rows are u32 [B], not ${rows.dtype} [${rows.shape}]`);
  }
  if (rows.runtime !== data.runtime) {
    throw new Error(`${kind}: data and rows are on different devices; make both with one runtime`);
  }
  requireBelow(kind, rows, count);
}

/**
 * A normalised batch: y[b] = (images[rows[b]] / 255 - mean) / std, [B,C,H,W]; 16 bits are divided by 65535, floats by
 * nothing.
 * @param rows u32 [B], each below `images.count`
 * @param options mean and std: 0.5 unless given, as torchvision's Normalize in the practical; of floats 0 and 1.
 * @throws RangeError if a row does not exist: at once if the rows are still on the host, else at the next read of a
 *   value.
 */
export function gatherImages(images: StoredImages, rows: Tensor, options: NormalizeOptions = {}): Tensor {
  const { count, source, order } = images;
  checkNormalization('gatherImages', options, images.shape[0]);
  const usual = defaultNormalization(source);
  const { mean = usual.mean, std = usual.std } = options;
  requireRows('gatherImages', images.values, rows, count);
  const { runtime } = rows;
  const layout = imageLayout([rows.shape[0], ...images.shape]);
  const y = empty(runtime, layout);
  launch(gatherImagesKernel, [{ images: count, source, order, y: layout, mean, std }], {
    data: images.values,
    rows,
    y,
  });
  return y;
}

/**
 * Labels of a batch: [B] if there is one for each image, else [B, columns].
 * @param dtype u32 for class numbers (cross-entropy), f32 for targets of binary losses and all other targets.
 * @throws RangeError as `gatherImages` does, and for u32 of labels that are floats.
 */
export function gatherLabels(
  labels: StoredLabels,
  rows: Tensor,
  dtype: Exclude<DType, 'i32'> = 'u32',
): Tensor {
  const { runtime } = rows;
  const { count, columns, source } = labels;
  requireRows('gatherLabels', labels.values, rows, count);
  const layout = rowMajor(columns === 1 ? [rows.shape[0]] : [rows.shape[0], columns]);
  const y = empty(runtime, layout, dtype);
  launch(gatherLabelsKernel, [{ count, source, y: layout, output: dtype }], {
    labels: labels.values,
    rows,
    y,
  });
  return y;
}
