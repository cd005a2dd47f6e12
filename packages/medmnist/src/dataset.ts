import type { DatasetName, SplitName, TaskKind } from './catalogue.ts';
import type { NpyRows } from './npy-rows.ts';

/** One split: images and labels side by side. */
export interface Split {
  /** N x H x W x C bytes, row by row; C = 1 for grayscale, 3 for RGB. */
  readonly images: Uint8Array;
  /** N x labelCount: a class number, or 0/1 for each finding. */
  readonly labels: Uint8Array;
  /** Number of images, N. */
  readonly count: number;
  /** Labels of an image: 1, or the number of findings. */
  readonly labelCount: number;
}

/** Where the images come from; belongs into every report. */
export interface DataSource {
  /** Path of the file, or how the images were made. */
  readonly file: string;
  /** MD5 of the file; for generated images, of all arrays. */
  readonly md5: string;
  /** False for generated images: figures measured on them say nothing about patients. */
  readonly real: boolean;
  /** True when the MD5 is that of a published MedMNIST file. */
  readonly published: boolean;
}

/** A data set in memory, in typed arrays. */
export interface MedMnistDataset {
  /** A name of the catalogue where known, otherwise the file's name; phantoms begin with `phantom-`. */
  readonly name: DatasetName | (string & {});
  /** Where the images come from. */
  readonly source: DataSource;
  /** What the labels mean. */
  readonly task: TaskKind;
  /** Height and width in pixels. */
  readonly imageSize: number;
  /** 1 = grayscale, 3 = RGB. */
  readonly channels: 1 | 3;
  /** Images and labels of each split. */
  readonly splits: Readonly<Record<SplitName, Split>>;
  /** Images without labels (array `unlabelled_images`), in the layout of the others; absent in published files. */
  readonly unlabelled?: Uint8Array;
  /** Names of the classes or findings, in the order of their numbers or columns. */
  readonly labelNames: readonly string[];
}

/** One split of which the images may be on the disk. */
export interface OpenSplit extends Omit<Split, 'images'> {
  /** N x H x W x C bytes, or what reads them. */
  readonly images: Uint8Array | NpyRows;
}

/** A data set of which the images may be on the disk. One that is in memory is one, too, but for `close`. */
export interface OpenDataset extends Omit<MedMnistDataset, 'splits' | 'unlabelled'> {
  /** Images and labels of each split. */
  readonly splits: Readonly<Record<SplitName, OpenSplit>>;
  /** Images without labels, in the layout of the others; absent in published files. */
  readonly unlabelled?: Uint8Array | NpyRows;
  /** True if images are read from the disk when they are asked for. */
  readonly streamed: boolean;
  /** Closes the file, and frees what was unpacked of it: images on the disk cannot be read afterwards. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Some images, one after another in the order in which they are named, from memory or from the disk.
 * @throws RangeError for a row that does not exist; DataError as `NpyRows.read`.
 */
export async function readImages(
  dataset: Pick<OpenDataset, 'imageSize' | 'channels'>,
  images: Uint8Array | NpyRows,
  rows: ArrayLike<number>,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = imageBytes(dataset);
  const out = new Uint8Array(rows.length * bytes);
  if (!(images instanceof Uint8Array)) {
    await images.read(rows, out);
    return out;
  }
  const count = images.length / bytes;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!(Number.isInteger(row) && row >= 0 && row < count)) {
      throw new RangeError(`readImages: image ${row} does not exist: there are ${count}`);
    }
    out.set(images.subarray(row * bytes, (row + 1) * bytes), i * bytes);
  }
  return out;
}

/** Bytes of one image. */
export function imageBytes(dataset: { imageSize: number; channels: number }): number {
  return dataset.imageSize * dataset.imageSize * dataset.channels;
}

/** Number of unlabelled images, 0 when there are none. */
export function unlabelledCount(dataset: MedMnistDataset): number {
  return dataset.unlabelled ? dataset.unlabelled.length / imageBytes(dataset) : 0;
}
