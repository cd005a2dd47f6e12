/** What arrays of MedMNIST's layout must be: shapes, types, and labels in range. */
import { DataError } from '@glassbox/files';
import { type DatasetInfo, type SplitName, splitNames, type TaskKind } from './catalogue.ts';
import type { OpenSplit } from './dataset.ts';
import type { NpyArray } from './npy.ts';
import type { Npz } from './npz.ts';

/** The array of images without labels, which published files do not have. */
export const unlabelledName = 'unlabelled_images';

/** What the shapes of a file's arrays say. */
export interface Headers {
  readonly imageSize: number;
  readonly channels: 1 | 3;
  /** Bytes of all images. */
  readonly imageBytes: number;
}

/** Compares the shapes of all arrays before any of them is unpacked. */
export async function checkHeaders(npz: Npz): Promise<Headers> {
  let imageBytes = 0;
  let first: { where: string; shape: readonly number[] } | undefined;
  const imageArrays = splitNames.map((split) => `${split}_images`);
  if (npz.has(unlabelledName)) imageArrays.push(unlabelledName);
  for (const where of imageArrays) {
    const { dtype, shape, byteLength } = await npz.header(where);
    imageBytes += byteLength;
    const fail = (problem: string, fix: string) =>
      new DataError(`${npz.file}, array '${where}'`, problem, fix);
    if (dtype !== 'u8')
      throw fail(
        `has dtype ${dtype}; images are uint8, 0 to 255`,
        'Convert it before saving: images.astype(np.uint8).',
      );
    const fits =
      (shape.length === 3 || (shape.length === 4 && (shape[3] === 1 || shape[3] === 3))) &&
      shape[1] === shape[2];
    if (!fits || shape[1] < 1)
      throw fail(`has shape [${shape}]; images are [N,S,S] or [N,S,S,3]`, 'Save them in that layout.');
    if (shape[0] === 0 && where !== unlabelledName)
      throw fail('holds no image', 'Every split needs at least one.');
    first ??= { where, shape };
    if (shape[1] !== first.shape[1] || (shape[3] ?? 1) !== (first.shape[3] ?? 1)) {
      throw fail(
        `has shape [${shape}], but '${first.where}' has [${first.shape}]`,
        'All images of a file have one size.',
      );
    }
  }
  const shape = first!.shape;
  for (const split of splitNames) {
    const { shape: labels } = await npz.header(`${split}_labels`);
    const images = (await npz.header(`${split}_images`)).shape[0];
    if (labels.length < 1 || labels.length > 2 || labels[0] !== images || labels[1] === 0) {
      throw new DataError(
        `${npz.file}, array '${split}_labels'`,
        `has shape [${labels}]; with ${images} images it must be [${images},L]`,
        'Give one row of labels for each image.',
      );
    }
  }
  return { imageSize: shape[1], channels: (shape[3] ?? 1) as 1 | 3, imageBytes };
}

/** Labels of any dtype as bytes, if they are whole numbers from 0 to 255. */
export function labelBytes(array: NpyArray, where: string): Uint8Array {
  if (array.dtype === 'u8' || array.dtype === 'bool') return array.data as Uint8Array;
  const out = new Uint8Array(array.data.length);
  for (let i = 0; i < out.length; i++) {
    const value = Number(array.data[i]);
    if (!(Number.isInteger(value) && value >= 0 && value <= 255)) {
      throw new DataError(
        where,
        `holds the label ${value} in position ${i}`,
        'Labels are whole numbers from 0 to 255.',
      );
    }
    out[i] = value;
  }
  return out;
}

/** Task and label names: the catalogue's where the labels fit it, otherwise numbers. Checks the range. */
export function describeLabels(
  file: string,
  splits: Record<SplitName, OpenSplit>,
  info: DatasetInfo | undefined,
): { task: TaskKind; labelNames: readonly string[] } {
  const labelCount = splits.train.labelCount;
  for (const split of splitNames) {
    if (splits[split].labelCount !== labelCount) {
      throw new DataError(
        file,
        `has ${labelCount} labels an image in train and ${splits[split].labelCount} in ${split}`,
        'All splits need the same labels.',
      );
    }
  }
  const multiLabel = info ? info.task === 'multi-label, binary-class' : labelCount > 1;
  if (info && labelCount !== (multiLabel ? info.labels.length : 1)) {
    throw new DataError(
      file,
      `has ${labelCount} labels an image; ${info.name} has ${multiLabel ? info.labels.length : 1}`,
      'Check which file goes where.',
    );
  }
  let largest = 0;
  const limit = multiLabel ? 1 : info ? info.labels.length - 1 : 255;
  for (const split of splitNames) {
    const { labels } = splits[split];
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] > largest) largest = labels[i];
      if (labels[i] <= limit) continue;
      throw new DataError(
        `${file}, array '${split}_labels'`,
        `holds the label ${labels[i]} for image ${Math.floor(i / labelCount)}; the largest allowed is ${limit}`,
        'Check that the labels belong to this data set.',
      );
    }
  }
  if (info) return { task: info.task, labelNames: info.labels };
  const names = multiLabel ? labelCount : largest + 1;
  return {
    task: multiLabel ? 'multi-label, binary-class' : largest > 1 ? 'multi-class' : 'binary-class',
    labelNames: Array.from({ length: names }, (_, i) => String(i)),
  };
}
