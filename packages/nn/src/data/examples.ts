import {
  anything,
  checkOptions,
  checkValue,
  type Kind,
  list,
  type OptionTable,
  oneOf,
  required,
  show,
  whole,
} from '@glassbox/options';
import {
  checkNormalization,
  gatherImages,
  gatherLabels,
  type ImageValues,
  imageSource,
  type LabelValues,
  type Runtime,
  type StoredImages,
  type StoredLabels,
  storeImages,
  storeLabels,
  type Tensor,
} from '@glassbox/tensor-core/functions';
import { aRuntime } from '../random/init.ts';
import { requireFiniteImages } from './finite.ts';
import { type Normalization, normalizationOf } from './normalization.ts';
import {
  type ImageReader,
  isReader,
  isStreamed,
  readerOf,
  requireReader,
  type StreamedImages,
} from './streamed.ts';

/** Images, with labels where there are any, and the rows of them that are meant. */
export interface Examples {
  /** All images of the data set, as they were given: on the device, or what brings a batch of them there. */
  readonly images: StoredImages | StreamedImages;
  /** Their labels on the device; null where there are none. */
  readonly labels: StoredLabels | null;
  /** The same labels on the host, where they can be checked. */
  readonly labelValues: LabelValues | null;
  /** Class numbers become u32; findings (0 or 1) and other targets f32. */
  readonly labelType: 'u32' | 'f32';
  /** What images of the same kind need before a net that was trained on these can see them. */
  readonly normalization: Normalization;
  /** Row numbers in `images`: all, or a part of them. */
  readonly rows: Uint32Array;
  /** The runtime on whose device they lie. */
  readonly runtime: Runtime;
  /** What `fit` uses it for, `training` or `validation`: errors say so. */
  readonly role?: string;
}

/** Images with their labels as they lie on the host. */
export interface ExamplesInput {
  /**
   * Values in the order of numpy's (N,H,W) or (N,H,W,C): bytes, 16-bit numbers, or floats, which must be finite.
   */
  readonly images: ImageValues;
  /** Shape of an image: [C,H,W], in whichever order the values lie. */
  readonly shape: readonly [number, number, number];
  /** `NCHW` if the values lie in PyTorch's order (N,C,H,W). Default `NHWC`. */
  readonly layout?: 'NHWC' | 'NCHW';
  /**
   * Subtracted from byte / 255, from 16 bits / 65535, or from a float as it is. One number, or one for each channel.
   * Default 0.5; of floats 0.
   */
  readonly mean?: number | readonly number[];
  /** Divides the difference. One number, or one for each channel. Default 0.5; of floats 1. */
  readonly std?: number | readonly number[];
  /**
   * One for each image, or `labelColumns` for each. Integers are class numbers, or findings; floats are targets of a
   * regression, or shares of classes.
   */
  readonly labels?: Uint8Array | Uint16Array | Int32Array | Uint32Array | Float32Array;
  /** Labels for each image; 1 unless given. */
  readonly labelColumns?: number;
  /** `u32` for class numbers, `f32` for binary cross-entropy and other targets. Default `u32`; of floats `f32`. */
  readonly labelType?: 'u32' | 'f32';
}

const imageTypes = [Uint8Array, Uint8ClampedArray, Uint16Array, Float32Array];
const labelTypes = [Uint8Array, Uint16Array, Int32Array, Uint32Array, Float32Array];
const oneOfTypes = (types: readonly (new (length: number) => unknown)[], words: string): Kind => ({
  what: words,
  fits: (value) => types.some((type) => value instanceof type),
});

/** What `examples` takes. */
export interface ExampleSetInput extends Omit<ExamplesInput, 'images'> {
  /** Values as in a batch (see `ExamplesInput`), or what reads them when a batch needs them: see `openDataset`. */
  readonly images: ImageValues | ImageReader;
  /**
   * Where values are kept: on the device as they are, which is fastest, or in memory of the host, from which each batch
   * is copied. Default `device`, or `host` if they take more than a buffer of the device may hold (128 MiB by WebGPU's
   * default limits), or more than 1 GiB. Results are the same. What is kept on the host is the array that was given:
   * leave it as it is. Not for a reader.
   */
  readonly keep?: 'device' | 'host';
}

/** See `@glassbox/options`. */
export const exampleNames: OptionTable<ExamplesInput> = {
  images: required(oneOfTypes(imageTypes, 'a Uint8Array, Uint16Array or Float32Array')),
  shape: required(list(whole(1), 3)),
  layout: oneOf('NHWC', 'NCHW'),
  mean: anything,
  std: anything,
  labels: oneOfTypes(labelTypes, 'a Uint8Array, Int32Array, Uint32Array or Float32Array'),
  labelColumns: whole(1),
  labelType: oneOf('u32', 'f32'),
};

const setNames: OptionTable<ExampleSetInput> = {
  ...exampleNames,
  images: required({
    what: `${exampleNames.images.what}, or what reads images: { count, read }`,
    fits: (value) => exampleNames.images.fits(value) || isReader(value),
  }),
  keep: oneOf('device', 'host'),
};

/** See `@glassbox/options`. */
export const anExamples: Kind = {
  what: 'what examples() gives',
  fits: (value) => typeof value === 'object' && value !== null && 'images' in value && 'rows' in value,
};

/**
 * Puts a data set on the device, once for all its uses; or keeps it where it is, if it is too large or is given as what
 * reads it, and brings each batch there in its turn. Labels are on the device in any case.
 * @throws RangeError if the numbers of images and labels differ, a value is NaN or infinite, a class number is below
 *   0, or a normalisation does not fit the channels; TypeError for values of other types.
 */
export function examples(runtime: Runtime, input: ExampleSetInput): Examples {
  checkValue('examples', 'runtime', runtime, aRuntime);
  checkOptions('examples', input, setNames);
  const { shape, mean, std, labels: given, labelType, labelColumns } = input;
  checkNormalization('examples', { mean, std }, shape[0]);
  const labelInput = { images: noImages, shape, labels: given, labelType, labelColumns };
  const labelValues = checkedLabels('examples', labelInput);
  const images = isReader(input.images) ? streamedFrom(input.images, input) : keptFrom(runtime, input);
  const labels = labelValues && storeLabels(runtime, labelValues, labelColumns);
  if (labels && labels.count !== images.count) {
    throw new RangeError(`examples: ${images.count} images but labels for ${labels.count}`);
  }
  return {
    runtime,
    images,
    labels,
    labelValues,
    labelType: labelTypeOf(labelInput),
    normalization: normalizationOf({ mean, std }, images),
    rows: Uint32Array.from({ length: images.count }, (_, row) => row),
  };
}

const noImages = new Uint8Array(0);

/** Images that are read when a batch needs them. */
function streamedFrom(
  reader: ImageReader,
  { shape, layout: order = 'NHWC', keep }: ExampleSetInput,
): StreamedImages {
  requireReader('examples', reader);
  if (keep !== undefined) {
    throw new RangeError("examples: keep is for images in memory; a reader's are read anew for each batch");
  }
  const { count, source = 'u8' } = reader;
  const imageBytes = valuesOf(shape) * (source === 'u16' ? 2 : 1);
  return { reader, inMemory: false, imageBytes, source, order, count, shape: [...shape] };
}

/** Images that take more leave too little of a device's memory for work: WebAssembly has 4 GiB of it. */
const mostOnDevice = 2 ** 30;

/** Images in memory, which go to the device, or from which batches do. */
function keptFrom(runtime: Runtime, input: ExampleSetInput): StoredImages | StreamedImages {
  const { shape, layout: order = 'NHWC', keep } = input;
  const values = input.images as ImageValues;
  requireFiniteImages('examples', { images: values, shape, layout: order });
  const most = Math.min(runtime.device.largestBuffer ?? mostOnDevice, mostOnDevice);
  if ((keep ?? (values.byteLength > most ? 'host' : 'device')) === 'device')
    return storeImages(runtime, values, [...shape], { order });
  const imageBytes = valuesOf(shape) * values.BYTES_PER_ELEMENT;
  const reader = readerOf(values, imageBytes);
  if (!Number.isInteger(reader.count) || reader.count === 0) {
    throw new RangeError(`examples: ${values.length} values are no whole number of images of [${shape}]`);
  }
  const source = imageSource(values);
  return { reader, inMemory: true, imageBytes, source, order, count: reader.count, shape: [...shape] };
}

/** Values of an image. */
function valuesOf([c, h, w]: ExamplesInput['shape']): number {
  return c * h * w;
}

export function labelTypeOf({ labels, labelType }: ExamplesInput): 'u32' | 'f32' {
  return labelType ?? (labels instanceof Float32Array ? 'f32' : 'u32');
}

/**
 * A copy of the labels as the device stores them.
 * @throws RangeError if one is NaN, infinite or a class number below 0; TypeError for floats as class numbers.
 */
export function checkedLabels(owner: string, input: ExamplesInput): LabelValues | null {
  const { labels, labelColumns = 1 } = input;
  if (!labels) return null;
  const type = labelTypeOf(input);
  if (labels instanceof Float32Array && type === 'u32') {
    throw new TypeError(
      `${owner}: labels are floats, and labelType says that they are class numbers; ` +
        'convert them, Uint32Array.from(labels), or leave labelType out',
    );
  }
  const refused = type === 'u32' ? (label: number) => label < 0 : (label: number) => !Number.isFinite(label);
  const bad = labels instanceof Uint8Array ? -1 : labels.findIndex(refused);
  if (bad >= 0) {
    const column = labelColumns > 1 ? `, column ${bad % labelColumns},` : '';
    throw new RangeError(
      `${owner}: label ${show(labels[bad])} of image ${Math.floor(bad / labelColumns)}${column} ` +
        (type === 'u32'
          ? 'is no class number: they are 0 and above; leave such images out, or number the classes from 0'
          : 'is not finite; correct it, or leave the image out'),
    );
  }
  if (labels instanceof Uint8Array || labels instanceof Float32Array) return labels.slice();
  return type === 'u32' ? Uint32Array.from(labels) : Float32Array.from(labels);
}

/**
 * The same data with other rows: a split, or the first n.
 * @throws RangeError if a row does not exist.
 */
export function withRows(data: Examples, rows: ArrayLike<number>): Examples {
  for (let index = 0; index < rows.length; index++) {
    if (!(Number.isInteger(rows[index]) && rows[index] >= 0 && rows[index] < data.images.count)) {
      throw new RangeError(
        `withRows: row ${rows[index]} does not exist: there are ${data.images.count} images`,
      );
    }
  }
  return { ...data, rows: Uint32Array.from(rows) };
}

/** One batch as the loss sees it. */
export interface Batch {
  /** Normalised images [B,C,H,W]: bytes are in [-1, 1] unless the data set says otherwise. */
  readonly images: Tensor;
  /** [B] classes or targets, or [B,columns]; null without labels. */
  readonly labels: Tensor | null;
  /** Where they come from: the losses check its labels on the host. */
  readonly data?: Examples;
}

/**
 * Builds a batch on the device from row numbers (u32 [B]).
 * @throws RangeError if a row does not exist: at once if the host knows the rows, else at the next read of a value.
 *   Error if the images are not on the device.
 */
export function gatherBatch(data: Examples, rows: Tensor): Batch {
  const { images, labels, labelType, normalization } = data;
  if (isStreamed(images)) {
    throw new Error(
      'gatherBatch: these images are not on the device, where it looks for rows; take them from batches(), ' +
        'or make the examples of them that are wanted',
    );
  }
  return {
    data,
    images: gatherImages(images, rows, normalization),
    labels: labels && gatherLabels(labels, rows, labelType),
  };
}
