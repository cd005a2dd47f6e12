import { DataError, formatBytes } from '@glassbox/files';
import { checkOptions, instance, type OptionTable, text, whole } from '@glassbox/options';
import {
  type DatasetInfo,
  type DatasetName,
  datasetInfo,
  datasetNames,
  findByMd5,
  type ImageSize,
  type SplitName,
  splitNames,
  type TaskKind,
  unpackedBytes,
} from './catalogue.ts';
import type { MedMnistDataset, Split } from './dataset.ts';
import { type LocateOptions, locateDataset, locateNames } from './locate.ts';
import { md5Bytes, md5File } from './md5.ts';
import type { NpyArray } from './npy.ts';
import { Npz } from './npz.ts';

/** What to load: a set of the catalogue by name, or a file. */
export interface LoadDatasetOptions extends LocateOptions {
  /** Catalogue name. With `file` it says what the file holds; without, the file is searched and downloaded. */
  readonly name?: string;
  /** An npz file in MedMNIST's layout. */
  readonly file?: string;
  /** The content of `file`, where it is in memory: pages have no disk. */
  readonly bytes?: Uint8Array;
  /** Image size. Default 28 for a name; with `file`, whatever the file holds unless given. */
  readonly size?: ImageSize;
  /** Refuse a file that unpacks to more. Default: four times the published set's bytes plus 64 MB. */
  readonly maxBytes?: number;
}

/** An npz with this array was generated, whatever its name says. */
export const syntheticMark = 'glassbox_synthetic';

const optionNames: OptionTable<LoadDatasetOptions> = {
  ...locateNames,
  name: text,
  file: text,
  bytes: instance(() => Uint8Array, 'a Uint8Array'),
  maxBytes: whole(1),
};

/**
 * Loads a data set from `file`, or by `name` from where data are kept (see {@link locateDataset}).
 *
 * Everything is checked: every array present, images uint8 and square, labels as many as images, in range.
 *
 * @throws DataError naming the file and array, and saying what to do.
 */
export async function loadDataset(options: LoadDatasetOptions): Promise<MedMnistDataset> {
  checkOptions('loadDataset', options, optionNames);
  if (options.file === undefined && options.name === undefined) {
    throw new DataError(
      'loadDataset',
      'neither name nor file is given',
      `Names: ${datasetNames.join(', ')}.`,
    );
  }
  const named = options.name === undefined ? undefined : datasetInfo(options.name);
  if (options.bytes && options.file === undefined) {
    throw new DataError('loadDataset', 'bytes are given without file', 'Give their name as file.');
  }
  const size = options.size ?? (options.file === undefined ? 28 : undefined);
  const located =
    options.file === undefined ? await locateDataset(named!.name, locateOptions(options, size)) : undefined;
  const file = located?.file ?? options.file!;
  const { bytes } = options;
  const md5 = located?.md5 ?? (bytes ? md5Bytes(bytes) : await md5File(file));
  const known = findByMd5(md5);
  if (named && known && known.name !== named.name) {
    throw new DataError(
      file,
      `is the published ${known.name}, not ${named.name}`,
      'Check which file goes where.',
    );
  }
  const name = named?.name ?? known?.name ?? nameFromFile(file);
  const info = name === undefined ? undefined : datasetInfo(name);
  const npz = await Npz.open(bytes ?? file, bytes ? { name: file } : {});
  try {
    const arrays = await checkHeaders(npz);
    checkTotal(npz, options.maxBytes ?? allowedBytes(info, arrays.imageSize));
    if (size !== undefined && size !== arrays.imageSize) {
      throw new DataError(
        file,
        `holds ${arrays.imageSize}x${arrays.imageSize} images, not ${size}x${size}`,
        'Ask for the size that it holds, or give another file.',
      );
    }
    if (info && info.channels !== arrays.channels) {
      throw new DataError(
        file,
        `holds images of ${arrays.channels} channels; ${info.name} has ${info.channels}`,
        'Check which file goes where.',
      );
    }
    const splits = {} as Record<SplitName, Split>;
    for (const split of splitNames) splits[split] = await readSplit(npz, split);
    const { task, labelNames } = describeLabels(file, splits, info);
    return {
      name: name ?? baseName(file).replace(/\.npz$/, ''),
      source: { file, md5, real: !npz.has(syntheticMark), published: known !== undefined },
      task,
      imageSize: arrays.imageSize,
      channels: arrays.channels,
      splits,
      ...(npz.has('unlabelled_images')
        ? { unlabelled: (await npz.get('unlabelled_images')).data as Uint8Array }
        : {}),
      labelNames,
    };
  } finally {
    await npz.close();
  }
}

/** `chestmnist-nih-subset.npz` is taken for a chestmnist; the longest name that fits wins. */
function nameFromFile(file: string): DatasetName | undefined {
  const base = baseName(file).toLowerCase();
  return datasetNames.find((name) => base.startsWith(name));
}

/** The last part of a path. */
function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1)!;
}

/** What a file may unpack to: room for a larger variant of the published set, not for a zip bomb. */
function allowedBytes(info: DatasetInfo | undefined, size: number): number {
  return info ? 4 * unpackedBytes(info, size) + 64e6 : 16e9;
}

/** Before anything is unpacked: the sizes have been checked against the shapes, so the sum is what memory it takes. */
function checkTotal(npz: Npz, maxBytes: number): void {
  if (npz.unpackedBytes <= maxBytes) return;
  throw new DataError(
    npz.file,
    `unpacks to ${formatBytes(npz.unpackedBytes)}, more than the ${formatBytes(maxBytes)} that its data set allows`,
    'If you trust the file, raise the limit (option maxBytes); otherwise fetch it again.',
  );
}

/** Compares the shapes of all arrays before any of them is unpacked. */
async function checkHeaders(npz: Npz): Promise<{ imageSize: number; channels: 1 | 3 }> {
  let first: { where: string; shape: readonly number[] } | undefined;
  const imageArrays = splitNames.map((split) => `${split}_images`);
  if (npz.has('unlabelled_images')) imageArrays.push('unlabelled_images');
  for (const where of imageArrays) {
    const { dtype, shape } = await npz.header(where);
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
    if (shape[0] === 0 && where !== 'unlabelled_images')
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
  return { imageSize: shape[1], channels: (shape[3] ?? 1) as 1 | 3 };
}

async function readSplit(npz: Npz, split: SplitName): Promise<Split> {
  const images = await npz.get(`${split}_images`);
  const labels = await npz.get(`${split}_labels`);
  return {
    images: images.data as Uint8Array,
    labels: labelBytes(labels, `${npz.file}, array '${split}_labels'`),
    count: images.shape[0],
    labelCount: labels.shape[1] ?? 1,
  };
}

/** Labels of any dtype as bytes, if they are whole numbers from 0 to 255. */
function labelBytes(array: NpyArray, where: string): Uint8Array {
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
function describeLabels(
  file: string,
  splits: Record<SplitName, Split>,
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

/** What of the options is about finding a file. */
function locateOptions(
  { name: _, file: __, bytes: ___, maxBytes: ____, ...options }: LoadDatasetOptions,
  size?: ImageSize,
): LocateOptions {
  return { ...options, size };
}
