import { checkOptions, type OptionTable, oneOf } from '@glassbox/options';
import { type ImageOrder, type ImageSource, rowMajor } from '@glassbox/wgsl-kernels';
import type { Runtime } from '../../runtime/runtime.ts';
import { empty, type Tensor } from '../../tensor.ts';

/** What images may be stored as. */
export type ImageValues = Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array;
/** What labels may be stored as. */
export type LabelValues = Uint8Array | Uint32Array | Float32Array;

/** Images that stay on the device as they were stored; batches are gathered from them by row numbers. */
export interface StoredImages {
  /** The values one after another; integers fill words. */
  readonly values: Tensor;
  /** What they were stored as: bytes, 16-bit numbers or floats. */
  readonly source: ImageSource;
  /** The order in which the values of an image lie. */
  readonly order: ImageOrder;
  /** Number of images. */
  readonly count: number;
  /** Shape of an image, [C,H,W]. */
  readonly shape: readonly [number, number, number];
}

/** Labels that stay on the device: `columns` of them for each image. */
export interface StoredLabels {
  /** The values row after row; bytes fill words. */
  readonly values: Tensor;
  /** What they were stored as: bytes, class numbers of 32 bits, or floats. */
  readonly source: 'u8' | 'u32' | 'f32';
  /** Number of images that have labels. */
  readonly count: number;
  /** Labels of an image. */
  readonly columns: number;
}

/** In which order the values of images lie. */
export interface StoreImagesOptions {
  /** numpy's (N,H,W,C), the default, or PyTorch's (N,C,H,W). */
  readonly order?: ImageOrder;
}

const storeNames: OptionTable<StoreImagesOptions> = { order: oneOf('NHWC', 'NCHW') };

/**
 * Puts a data set's images on the device.
 * @param values numpy's (N,H,W) or (N,H,W,C) in order: bytes, 16-bit numbers or floats
 * @param shape [C,H,W]
 * @throws RangeError if the values are no whole number of images, TypeError if they are none of these types.
 */
export function storeImages(
  runtime: Runtime,
  values: ImageValues,
  shape: readonly [number, number, number],
  options: StoreImagesOptions = {},
): StoredImages {
  checkOptions('storeImages', options, storeNames);
  const source = imageSource(values);
  const [c, h, w] = shape;
  const count = values.length / (c * h * w);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `storeImages: ${values.length} ${units[source]} are no whole number of images of [${shape}]`,
    );
  }
  return { values: upload(runtime, values), source, order: options.order ?? 'NHWC', count, shape };
}

/**
 * Puts labels on the device: `columns` values for each image. Bytes and Uint32Array are class numbers, or findings;
 * floats are targets of any kind.
 * @throws RangeError if they are no whole number of rows, TypeError if they are none of these types.
 */
export function storeLabels(runtime: Runtime, values: LabelValues, columns = 1): StoredLabels {
  const source = labelSource(values);
  const count = values.length / columns;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `storeLabels: ${values.length} ${units[source]} are no whole number of rows of ${columns}`,
    );
  }
  return { values: upload(runtime, values), source, count, columns };
}

const units = { u8: 'bytes', u16: '16-bit numbers', u32: 'numbers', f32: 'floats' } as const;

/**
 * How images given as these values are stored.
 * @throws TypeError for other types: files run without a look at types, and a list would be taken for bytes.
 */
export function imageSource(values: ImageValues): ImageSource {
  if (values instanceof Uint8Array || values instanceof Uint8ClampedArray) return 'u8';
  if (values instanceof Uint16Array) return 'u16';
  if (values instanceof Float32Array) return 'f32';
  throw new TypeError(
    `storeImages: expected a Uint8Array, Uint16Array or Float32Array, got ${typeName(values)}; convert it`,
  );
}

/**
 * How labels given as these values are stored.
 * @throws TypeError for other types.
 */
export function labelSource(values: LabelValues): 'u8' | 'u32' | 'f32' {
  if (values instanceof Uint8Array) return 'u8';
  if (values instanceof Uint32Array) return 'u32';
  if (values instanceof Float32Array) return 'f32';
  throw new TypeError(
    `storeLabels: expected a Uint8Array, Uint32Array or Float32Array, got ${typeName(values)}; convert it`,
  );
}

function typeName(value: unknown): string {
  return (value as object | null)?.constructor?.name ?? String(value);
}

/** Values as words on the device. */
function upload(runtime: Runtime, values: ImageValues | LabelValues): Tensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const dtype = values instanceof Float32Array ? 'f32' : 'u32';
  const result = empty(runtime, rowMajor([Math.ceil(bytes.length / 4)]), dtype);
  runtime.upload(result.storage, bytes);
  return result;
}
