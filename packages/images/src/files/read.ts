import { open } from 'node:fs/promises';
import { DataError, type NpyArray, Npz, parseNpy } from '@glassbox/medmnist';
import { checkOptions, type OptionTable, whole } from '@glassbox/options';
import { defaultMaxPixels, type Picture, PictureError } from '../picture.ts';
import { decodePictures } from './decode.ts';
import { picturesOfArray } from './numpy.ts';

/** A picture and where it comes from. */
export interface NamedPicture {
  /** The file's path; with the number of the picture, from 0, where a file has several: `scan.npz[3]`. */
  readonly name: string;
  /** Its pixels. */
  readonly picture: Picture;
}

/** How files are read. */
export interface ReadPicturesOptions {
  /** Most pixels of a picture. Default 33,554,432 (8192 x 4096). */
  readonly maxPixels?: number;
}

const optionNames: OptionTable<ReadPicturesOptions> = { maxPixels: whole(1) };

/** A file with pictures is not longer: 1 GiB. */
const maxFileBytes = 2 ** 30;

/**
 * Reads the pictures in a file: PNG, JPEG, DICOM, npy, or npz. Of an npz file it takes the array `images`, else
 * `test_images`, else the only one; `scan.npz#masks` names another one.
 * @throws PictureError, or DataError of `@glassbox/medmnist` for npy and npz, that names the file.
 */
export async function readPictures(path: string, options: ReadPicturesOptions = {}): Promise<NamedPicture[]> {
  checkOptions('readPictures', options, optionNames);
  const { maxPixels = defaultMaxPixels } = options;
  const [, file, array] = /^(.*\.npz)(?:#([^#]*))?$/is.exec(path) ?? [];
  const pictures =
    file === undefined
      ? picturesIn(await readWhole(path), path, maxPixels)
      : picturesOfArray(await arrayOf(file, array), path, maxPixels);
  return pictures.map((picture, n) => ({ name: pictures.length > 1 ? `${path}[${n}]` : path, picture }));
}

function picturesIn(bytes: Uint8Array<ArrayBuffer>, path: string, maxPixels: number): Picture[] {
  if (String.fromCharCode(...bytes.subarray(1, 6)) === 'NUMPY') {
    return picturesOfArray(parseNpy(bytes, path), path, maxPixels);
  }
  return decodePictures(bytes, { name: path, maxPixels });
}

async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const file = await open(path, 'r');
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new PictureError(path, 'is no file', 'Give the path of a picture.');
      if (stats.size > maxFileBytes) {
        throw new PictureError(
          path,
          `has ${stats.size} bytes; at most ${maxFileBytes} are read`,
          'Make it smaller.',
        );
      }
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof PictureError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new PictureError(path, `cannot be read (${code ?? message})`, 'Check the path.', { cause: error });
  }
}

async function arrayOf(file: string, wanted: string | undefined): Promise<NpyArray> {
  const npz = await Npz.open(file);
  try {
    const { names } = npz;
    const name =
      wanted ??
      ['images', 'test_images'].find((usual) => names.includes(usual)) ??
      (names.length === 1 ? names[0] : '');
    if (!names.includes(name)) {
      throw new DataError(
        file,
        wanted === undefined ? 'has several arrays, none called images' : `has no array '${wanted}'`,
        `Say which one: ${names
          .slice(0, 8)
          .map((each) => `${file}#${each}`)
          .join(', ')}.`,
      );
    }
    return await npz.get(name);
  } finally {
    await npz.close();
  }
}
