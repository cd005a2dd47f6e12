import { dirname } from 'node:path';
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
  unpackedBytes,
} from './catalogue.ts';
import type { MedMnistDataset, OpenDataset, OpenSplit, Split } from './dataset.ts';
import { checkHeaders, describeLabels, type Headers, labelBytes, unlabelledName } from './layout.ts';
import { type LocateOptions, locateDataset, locateNames } from './locate.ts';
import { md5Bytes, md5File } from './md5.ts';
import type { NpyRows } from './npy-rows.ts';
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
  const { npz, arrays, about } = await openNpz('loadDataset', options);
  try {
    const splits = {} as Record<SplitName, Split>;
    for (const split of splitNames) splits[split] = await readSplit(npz, split, wholeImages);
    return {
      ...described(npz, arrays, about, splits),
      splits,
      ...(npz.has(unlabelledName) ? { unlabelled: await wholeImages(npz, unlabelledName) } : {}),
    };
  } finally {
    await npz.close();
  }
}

/** What to open: what {@link loadDataset} takes, and how much of it may be in memory. */
export interface OpenDatasetOptions extends Omit<LoadDatasetOptions, 'bytes'> {
  /**
   * Bytes of images that are kept in memory. If a set has more, its images stay on the disk and are read when they are
   * asked for; 0 leaves all of them there. Default 512 MiB.
   */
  readonly maxResident?: number;
  /**
   * The folder in which images of a compressed file are unpacked that stay on the disk. Default: the folder of the
   * file.
   */
  readonly scratch?: string;
}

const { bytes: _bytes, ...fileNames } = optionNames;
const openNames: OptionTable<OpenDatasetOptions> = { ...fileNames, maxResident: whole(0), scratch: text };

/** Above this a set's images stay on the disk unless `maxResident` says otherwise. */
const usualResident = 2 ** 29;

/**
 * Opens a data set as {@link loadDataset} loads it, but a large one stays on the disk: `splits.train.images` is then
 * what `examples` of `@glassbox/nn` reads its batches from, while the batch before trains. A training sees the same
 * images in the same order as if they were in memory, to the same bits. Labels are in memory in any case.
 *
 * All of the file is read once, so that its sums are checked. Images of a compressed file are unpacked into a scratch
 * file of their whole size, which has no name and is gone when the set is closed or the process ends.
 *
 * @throws DataError as {@link loadDataset}; also if there is no room for the scratch file, or an array's images do not
 *   lie one after another.
 */
export async function openDataset(options: OpenDatasetOptions): Promise<OpenDataset> {
  checkOptions('openDataset', options, openNames);
  const { maxResident = usualResident, scratch, ...what } = options;
  const { npz, arrays, about } = await openNpz('openDataset', what);
  const streamed = arrays.imageBytes > maxResident;
  const onDisk = async (_: Npz, name: string) => imagesOnDisk(npz, name, scratch ?? dirname(npz.file));
  const images = streamed ? onDisk : wholeImages;
  let whole = false;
  try {
    const splits = {} as Record<SplitName, OpenSplit>;
    for (const split of splitNames) splits[split] = await readSplit(npz, split, images);
    const opened = {
      ...described(npz, arrays, about, splits),
      splits,
      ...(npz.has(unlabelledName) ? { unlabelled: await images(npz, unlabelledName) } : {}),
      streamed,
      close: () => npz.close(),
      [Symbol.asyncDispose]: () => npz.close(),
    };
    whole = true;
    return opened;
  } finally {
    // What is in memory needs no file.
    if (!(whole && streamed)) await npz.close();
  }
}

/** What is known of a file before its arrays are read. */
interface About {
  readonly name: string | undefined;
  readonly info: DatasetInfo | undefined;
  readonly md5: string;
  readonly published: boolean;
}

/** Finds a set's file, opens it and checks the shapes of its arrays. The caller closes it. */
async function openNpz(
  owner: string,
  options: LoadDatasetOptions,
): Promise<{ readonly npz: Npz; readonly arrays: Headers; readonly about: About }> {
  if (options.file === undefined && options.name === undefined) {
    throw new DataError(owner, 'neither name nor file is given', `Names: ${datasetNames.join(', ')}.`);
  }
  const named = options.name === undefined ? undefined : datasetInfo(options.name);
  if (options.bytes && options.file === undefined) {
    throw new DataError(owner, 'bytes are given without file', 'Give their name as file.');
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
    return { npz, arrays, about: { name, info, md5, published: known !== undefined } };
  } catch (error) {
    await npz.close();
    throw error;
  }
}

/** What a data set says of itself, when its labels have been read. */
function described(
  npz: Npz,
  { imageSize, channels }: Headers,
  { name, info, md5, published }: About,
  splits: Record<SplitName, OpenSplit>,
): Omit<MedMnistDataset, 'splits' | 'unlabelled'> {
  const { file } = npz;
  const { task, labelNames } = describeLabels(file, splits, info);
  return {
    name: name ?? baseName(file).replace(/\.npz$/, ''),
    source: { file, md5, real: !npz.has(syntheticMark), published },
    task,
    imageSize,
    channels,
    labelNames,
  };
}

/** Images in memory. */
async function wholeImages(npz: Npz, name: string): Promise<Uint8Array> {
  return (await npz.get(name)).data as Uint8Array;
}

/** Images that are read when they are asked for. */
async function imagesOnDisk(npz: Npz, name: string, scratch: string): Promise<Uint8Array | NpyRows> {
  // An array without images has no rows to read.
  return (await npz.header(name)).count === 0 ? new Uint8Array(0) : npz.rows(name, { scratch });
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

async function readSplit<Images>(
  npz: Npz,
  split: SplitName,
  read: (npz: Npz, name: string) => Promise<Images>,
): Promise<Omit<Split, 'images'> & { readonly images: Images }> {
  const images = await read(npz, `${split}_images`);
  const labels = await npz.get(`${split}_labels`);
  return {
    images,
    labels: labelBytes(labels, `${npz.file}, array '${split}_labels'`),
    count: labels.shape[0],
    labelCount: labels.shape[1] ?? 1,
  };
}

/** What of the options is about finding a file. */
function locateOptions(
  { name: _, file: __, bytes: ___, maxBytes: ____, ...options }: LoadDatasetOptions,
  size?: ImageSize,
): LocateOptions {
  return { ...options, size };
}
