import { checkOptions, type Kind, list, type OptionTable, oneOf, required, whole } from '@glassbox/options';
import {
  type ByteImages,
  type ByteLabels,
  byteImages,
  byteLabels,
  gatherImages,
  gatherLabels,
  type Runtime,
  type Tensor,
} from '@glassbox/tensor-core';

/** Images on the device, with labels where there are any, and the rows of them that are meant. */
export interface Examples {
  /** The images of the whole data set. */
  readonly images: ByteImages;
  /** Their labels; null if there are none. */
  readonly labels: ByteLabels | null;
  /** The same labels on the host, where they can be checked. */
  readonly labelBytes: Uint8Array | null;
  /** Class numbers become u32; 0/1 findings for binary losses f32. */
  readonly labelType: 'u32' | 'f32';
  /** Row numbers in `images`: all, or a part of them. */
  readonly rows: Uint32Array;
  /** Where the images are. */
  readonly runtime: Runtime;
  /** What `fit` uses it for, `training` or `validation`: errors say so. */
  readonly role?: string;
}

/** Images and labels on the host, for `examples`. */
export interface ExamplesInput {
  /** Bytes in the order of numpy's (N,H,W) or (N,H,W,C). */
  readonly images: Uint8Array;
  /** Channels, height and width of an image: [C,H,W]. */
  readonly shape: readonly [number, number, number];
  /** One byte for each image, or one for each image and finding. */
  readonly labels?: Uint8Array;
  /** Findings for each image; 1 unless given. */
  readonly labelColumns?: number;
  /** `f32` for binary cross-entropy. Default `u32`. */
  readonly labelType?: 'u32' | 'f32';
}

const bytes: Kind = { what: 'a Uint8Array', fits: (value) => value instanceof Uint8Array };
const optionNames: OptionTable<ExamplesInput> = {
  images: required(bytes),
  shape: required(list(whole(1), 3)),
  labels: bytes,
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
 * @throws RangeError if the numbers of images and labels differ.
 */
export function examples(runtime: Runtime, input: ExamplesInput): Examples {
  checkOptions('examples', input, optionNames);
  const { labelColumns = 1, labelType = 'u32' } = input;
  const images = byteImages(runtime, input.images, input.shape);
  const labels = input.labels ? byteLabels(runtime, input.labels, labelColumns) : null;
  if (labels && labels.count !== images.count) {
    throw new RangeError(`examples: ${images.count} images but labels for ${labels.count}`);
  }
  const rows = Uint32Array.from({ length: images.count }, (_, row) => row);
  return { runtime, images, labels, labelBytes: input.labels?.slice() ?? null, labelType, rows };
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
  /** Normalised images [B,C,H,W] in [-1, 1]. */
  readonly images: Tensor;
  /** [B] classes, or [B,findings]; null without labels. */
  readonly labels: Tensor | null;
  /** Where they come from: the losses check its labels on the host. */
  readonly data?: Examples;
}

/**
 * Builds a batch on the device from row numbers (u32 [B]).
 * @throws RangeError if a row does not exist: at once if the host knows the rows, else at the next read of a value.
 */
export function gatherBatch(data: Examples, rows: Tensor): Batch {
  const { images, labels, labelType } = data;
  return {
    data,
    images: gatherImages(images, rows),
    labels: labels && gatherLabels(labels, rows, labelType),
  };
}
