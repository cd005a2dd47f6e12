/** Finds the files of the sets before anything is trained, and opens one at a time. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import {
  DataError,
  type DatasetName,
  datasetFileName,
  datasetInfo,
  datasetUrl,
  findByMd5,
  type ImageSize,
  isDatasetName,
  locateDataset,
  md5File,
  Npz,
  type OpenDataset,
  openDataset,
  progressBar,
} from '@glassbox/medmnist';

/** Names of files of results begin with that of the set. */
const longestName = 60;

/** A set's file at one size. */
export interface FoundSet {
  /** As predictions are called: the published set's name, or that of the file. */
  readonly set: string;
  /** The published set that it is one of, by name; undefined where its name says nothing. */
  readonly name: DatasetName | undefined;
  readonly size: ImageSize;
  readonly file: string;
  readonly md5: string;
  /** Number of training images. */
  readonly images: number;
  /** True if it is the published file, bit for bit. */
  readonly published: boolean;
}

/**
 * Finds the file of each set at each size, or fetches it.
 * @param sets names of published sets, and paths
 * @param data `auto`, or a folder
 * @throws UsageError or DataError that says where the file is published, and its MD5.
 */
export async function findSets(
  sets: readonly string[],
  sizes: readonly ImageSize[],
  data: string,
  signal: AbortSignal,
): Promise<FoundSet[]> {
  const found: FoundSet[] = [];
  for (const set of sets) {
    for (const size of sizes) found.push(await findSet(set, size, data, signal));
  }
  const names = found.map(({ set, size }) => `${set} ${size}`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) throw new UsageError(`${twice}: two files would have the same name in the results; rename one`);
  return found;
}

async function findSet(set: string, size: ImageSize, data: string, signal: AbortSignal): Promise<FoundSet> {
  if (!isDatasetName(set)) return describe(set, await md5File(set), size);
  const file = datasetFileName(set, size);
  const published = `It is published at ${datasetUrl(set, size)}, with MD5 ${datasetInfo(set).md5[size]}.`;
  if (data !== 'auto') {
    const path = join(data, file);
    if (!existsSync(path)) {
      throw new UsageError(
        `${path} is not there. ${published} Put it there, or say --data auto to have it fetched.`,
      );
    }
    return { ...(await describe(path, await md5File(path), size)), name: set };
  }
  const mirror = process.env['MEDMNIST_MIRROR'];
  try {
    const { file: path, md5 } = await locateDataset(set, {
      size,
      ...(mirror ? { mirror } : {}),
      transfer: { onProgress: progressBar(), signal },
    });
    return await describe(path, md5, size);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new UsageError(`${error.message}\n${published} Put it into a folder, and name that by --data DIR.`);
  }
}

/** @throws DataError if the images have another size. */
async function describe(file: string, md5: string, size: ImageSize): Promise<FoundSet> {
  const npz = await Npz.open(file);
  const { shape } = await npz.header('train_images').finally(() => npz.close());
  if (shape[1] !== size) {
    throw new DataError(
      file,
      `holds images of ${shape[1]} pixels, not of ${size}`,
      `Say --size ${shape[1]}.`,
    );
  }
  const known = findByMd5(md5);
  const own = basename(file, '.npz')
    .toLowerCase()
    .replace(/_(64|128|224)$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longestName);
  return {
    set: known?.name ?? own,
    name: known?.name,
    size,
    file,
    md5,
    images: shape[0],
    published: known !== undefined,
  };
}

/**
 * Opens a set that was found: in memory, or on the disk if it is large.
 * @param scratch the folder in which a large compressed file is unpacked meanwhile
 * @throws DataError if the file holds something else.
 */
export async function openSet({ file, name, size, md5 }: FoundSet, scratch: string): Promise<OpenDataset> {
  const dataset = await openDataset({ file, size, scratch, ...(name ? { name } : {}) });
  if (dataset.source.md5 === md5) return dataset;
  await dataset.close();
  throw new DataError(file, 'has changed since the run began', 'Put the old file back, or start a new run.');
}
