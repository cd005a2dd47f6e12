import { join } from 'node:path';
import { type NpyArray, readNpz } from '@glassbox/medmnist';
import { ParityInputError } from './errors.ts';

/** What a replay needs of a data set. */
export interface ParityImages {
  readonly file: string;
  /** [C,H,W] */
  readonly shape: readonly [number, number, number];
  readonly train: Uint8Array;
  readonly trainCount: number;
  /** One class for each training image; null where the file has no labels. */
  readonly labels: Uint8Array | null;
  readonly test: Uint8Array;
  readonly testCount: number;
}

const fix = 'Give the folder with the data set that the trajectory was recorded on (--data DIR).';

/**
 * Reads `DIR/NAME.npz`. Of several labels for each image (ChestMNIST's 14 findings) the class is 1 if any is set.
 * @throws ParityInputError or DataError naming the file.
 */
export async function readParityImages(folder: string, dataset: string): Promise<ParityImages> {
  const file = join(folder, `${dataset}.npz`);
  const arrays = await readNpz(file, { maxBytes: 4e9 });
  const images = (name: string): NpyArray => {
    const array = arrays.get(name);
    if (!array) throw new ParityInputError(file, `has no array '${name}'`, fix);
    const rank = array.shape.length;
    if (array.dtype !== 'u8' || (rank !== 3 && rank !== 4) || array.data.length === 0) {
      throw new ParityInputError(
        file,
        `'${name}' is ${array.dtype} [${array.shape}], not u8 [N,H,W] or [N,H,W,C]`,
        fix,
      );
    }
    return array;
  };
  const train = images('train_images');
  const test = images('test_images');
  const [count, height, width, channels = 1] = train.shape;
  if (height !== width || String(train.shape.slice(1)) !== String(test.shape.slice(1))) {
    throw new ParityInputError(
      file,
      `has images of [${train.shape}] and [${test.shape}], not square and alike`,
      fix,
    );
  }
  return {
    file,
    shape: [channels, height, width],
    train: train.data as Uint8Array,
    trainCount: count,
    labels: labelsOf(arrays.get('train_labels'), count, file),
    test: test.data as Uint8Array,
    testCount: test.shape[0],
  };
}

function labelsOf(array: NpyArray | undefined, count: number, file: string): Uint8Array | null {
  if (!array) return null;
  const columns = array.data.length / count;
  if (array.shape[0] !== count || !Number.isInteger(columns) || columns < 1) {
    throw new ParityInputError(file, `train_labels is [${array.shape}] for ${count} images`, fix);
  }
  const values = Array.from(array.data as Uint8Array, Number);
  return Uint8Array.from({ length: count }, (_, row) => {
    const own = values.slice(row * columns, (row + 1) * columns);
    return columns === 1 ? own[0] : Number(own.some((value) => value !== 0));
  });
}
