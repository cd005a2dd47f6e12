import type { DatasetName, SplitName, TaskKind } from './catalogue.ts';

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

/** Bytes of one image. */
export function imageBytes(dataset: { imageSize: number; channels: number }): number {
  return dataset.imageSize * dataset.imageSize * dataset.channels;
}

/** Number of unlabelled images, 0 when there are none. */
export function unlabelledCount(dataset: MedMnistDataset): number {
  return dataset.unlabelled ? dataset.unlabelled.length / imageBytes(dataset) : 0;
}
