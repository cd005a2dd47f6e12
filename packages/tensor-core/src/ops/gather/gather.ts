import { checkOptions, number, type OptionTable, positive } from '@glassbox/options';
import {
  gatherImages as gatherImagesKernel,
  gatherLabels as gatherLabelsKernel,
  imageLayout,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { requireBelow } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { DType } from '../../runtime/storage.ts';
import { empty, type Tensor } from '../../tensor.ts';

/** Images that stay on the device as bytes; batches are gathered from them by row numbers. */
export interface ByteImages {
  /** The bytes, four in a word. */
  readonly bytes: Tensor;
  /** Number of images. */
  readonly count: number;
  /** Channels, height and width of an image: [C,H,W]. */
  readonly shape: readonly [number, number, number];
}

/** Labels that stay on the device as bytes: `columns` of them for each image. */
export interface ByteLabels {
  /** The bytes, four in a word. */
  readonly bytes: Tensor;
  /** Number of images. */
  readonly count: number;
  /** Labels of each image. */
  readonly columns: number;
}

/**
 * Puts a data set's images on the device.
 * @param bytes numpy's (N,H,W) or (N,H,W,C) uint8 in order
 * @param shape [C,H,W]
 * @throws RangeError if the bytes are no whole number of images, TypeError if they are no bytes.
 */
export function byteImages(
  runtime: Runtime,
  bytes: Uint8Array,
  shape: readonly [number, number, number],
): ByteImages {
  requireBytes('byteImages', bytes);
  const [c, h, w] = shape;
  const count = bytes.length / (c * h * w);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(`byteImages: ${bytes.length} bytes are no whole number of images of [${shape}]`);
  }
  return { bytes: words(runtime, bytes), count, shape };
}

/** Puts labels on the device: `columns` bytes for each image. */
export function byteLabels(runtime: Runtime, bytes: Uint8Array, columns = 1): ByteLabels {
  requireBytes('byteLabels', bytes);
  const count = bytes.length / columns;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(`byteLabels: ${bytes.length} bytes are no whole number of rows of ${columns}`);
  }
  return { bytes: words(runtime, bytes), count, columns };
}

/** Files are run without a look at their types: an array of floats would be taken for bytes. */
function requireBytes(op: string, bytes: unknown): void {
  if (bytes instanceof Uint8Array || bytes instanceof Uint8ClampedArray) return;
  const what = (bytes as object | null)?.constructor?.name ?? String(bytes);
  throw new TypeError(
    `${op}: expected bytes (Uint8Array), got ${what}; convert it, with every value in 0 to 255`,
  );
}

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

/** The bytes as words on the device. */
function words(runtime: Runtime, bytes: Uint8Array): Tensor {
  const result = empty(runtime, rowMajor([Math.ceil(bytes.length / 4)]), 'u32');
  runtime.upload(result.storage, bytes);
  return result;
}

/** How bytes become numbers: (byte / 255 - mean) / std. */
export interface NormalizeOptions {
  /** Subtracted from byte / 255. Default 0.5. */
  readonly mean?: number;
  /** Divides the difference. Default 0.5. */
  readonly std?: number;
}

const normalizeNames: OptionTable<NormalizeOptions> = { mean: number, std: positive };

/**
 * A normalised batch: y[b] = (images[rows[b]] / 255 - mean) / std, [B,C,H,W].
 * @param rows u32 [B], each below `images.count`
 * @param options mean and std: 0.5 unless given, as torchvision's Normalize in the practical.
 * @throws RangeError if a row does not exist: at once if the rows are still on the host, else at the next read of a
 *   value.
 */
export function gatherImages(images: ByteImages, rows: Tensor, options: NormalizeOptions = {}): Tensor {
  checkOptions('gatherImages', options, normalizeNames);
  const { mean = 0.5, std = 0.5 } = options;
  requireRows('gatherImages', images.bytes, rows, images.count);
  const { runtime } = rows;
  const layout = imageLayout([rows.shape[0], ...images.shape]);
  const y = empty(runtime, layout);
  launch(gatherImagesKernel, [{ images: images.count, y: layout, mean, std }], {
    data: images.bytes,
    rows,
    y,
  });
  return y;
}

/**
 * Labels of a batch: [B] if there is one for each image, else [B, columns].
 * @param dtype u32 for class numbers (cross-entropy), f32 for targets of binary losses.
 * @throws RangeError as `gatherImages` does.
 */
export function gatherLabels(labels: ByteLabels, rows: Tensor, dtype: Exclude<DType, 'i32'> = 'u32'): Tensor {
  const { runtime } = rows;
  const { count, columns } = labels;
  requireRows('gatherLabels', labels.bytes, rows, count);
  const layout = rowMajor(columns === 1 ? [rows.shape[0]] : [rows.shape[0], columns]);
  const y = empty(runtime, layout, dtype);
  launch(gatherLabelsKernel, [{ count, source: 'u8', y: layout, output: dtype }], {
    labels: labels.bytes,
    rows,
    y,
  });
  return y;
}
