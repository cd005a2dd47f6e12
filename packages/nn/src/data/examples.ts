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
  type LabelValues,
  type Runtime,
  type StoredImages,
  type StoredLabels,
  storeImages,
  storeLabels,
  type Tensor,
} from '@glassbox/tensor-core';
import { aRuntime } from '../random/init.ts';
import { requireFiniteImages } from './finite.ts';
import { type Normalization, normalizationOf } from './normalization.ts';

/** Images on the device, with labels where there are any, and the rows of them that are meant. */
export interface Examples {
  /** All images of the data set, as they were given. */
  readonly images: StoredImages;
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
   * Values in the order of numpy's (N,H,W) or (N,H,W,C): bytes, 16-bit numbers, or floats, which must be finite. They
   * stay on the device as they are.
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

/** See `@glassbox/options`. */
export const anExamples: Kind = {
  what: 'what examples() gives',
  fits: (value) => typeof value === 'object' && value !== null && 'images' in value && 'rows' in value,
};

/**
 * Puts a data set on the device, once for all its uses.
 * @throws RangeError if the numbers of images and labels differ, a value is NaN or infinite, a class number is below
 *   0, or a normalisation does not fit the channels; TypeError for values of other types.
 */
export function examples(runtime: Runtime, input: ExamplesInput): Examples {
  checkValue('examples', 'runtime', runtime, aRuntime);
  checkOptions('examples', input, exampleNames);
  const { shape, layout, mean, std } = input;
  checkNormalization('examples', { mean, std }, shape[0]);
  requireFiniteImages('examples', input);
  const labelValues = checkedLabels('examples', input);
  const images = storeImages(runtime, input.images, [...shape], { order: layout });
  const labels = labelValues && storeLabels(runtime, labelValues, input.labelColumns);
  if (labels && labels.count !== images.count) {
    throw new RangeError(`examples: ${images.count} images but labels for ${labels.count}`);
  }
  return {
    runtime,
    images,
    labels,
    labelValues,
    labelType: labelTypeOf(input),
    normalization: normalizationOf(input, images),
    rows: Uint32Array.from({ length: images.count }, (_, row) => row),
  };
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
 */
export function gatherBatch(data: Examples, rows: Tensor): Batch {
  const { images, labels, labelType, normalization } = data;
  return {
    data,
    images: gatherImages(images, rows, normalization),
    labels: labels && gatherLabels(labels, rows, labelType),
  };
}
