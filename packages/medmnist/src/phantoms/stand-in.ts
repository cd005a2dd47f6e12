/**
 * Files of a published set's exact shape, with images that are drawn while they are written: for trying what a set asks
 * of memory, disk and time where the set itself is not at hand. A net can learn them, and nothing else is true of them.
 */
import { DataError } from '@glassbox/files';
import { checkOptions, flag, number, type OptionTable, oneOf, required, text } from '@glassbox/options';
import {
  type DatasetInfo,
  datasetInfo,
  type ImageSize,
  imageSizes,
  type SplitName,
  splitNames,
} from '../catalogue.ts';
import { syntheticMark } from '../load.ts';
import { encodeNpy, npyStart } from '../npy.ts';
import { KeyedRandom } from '../random.ts';
import { writeWholeFile } from '../whole-file.ts';
import { writeZip, type ZipInput, type ZipPieces } from '../zip-write.ts';
import { latticeNoise } from './curves.ts';

/** Which file to write. */
export interface StandInOptions {
  /** A name of the catalogue: it decides channels, labels and the number of images. */
  readonly name: string;
  /** Height and width in pixels. Default 28. */
  readonly size?: ImageSize;
  /** Deflate the arrays, as the published files do. Default true; stored arrays are written much faster. */
  readonly compress?: boolean;
  /** Share of the published number of images in each split, above 0. Default 1, the exact shape. */
  readonly fraction?: number;
  /** The same seed gives the same arrays, on every machine. Default 0. */
  readonly seed?: number;
}

const optionNames: OptionTable<StandInOptions> = {
  name: required(text),
  size: oneOf(...imageSizes),
  compress: flag,
  fraction: number,
  seed: number,
};

/** Bytes of images that are drawn at a time. */
const pieceBytes = 1 << 20;
/** Random bytes, of which each image takes a stretch: drawing them anew would take most of the time. */
const noiseBytes = 1 << 16;
/** Cells of the pattern of a class along each side. */
const cells = 7;
/** A finding is in one image of twelve. */
const findingChance = 1 / 12;

/**
 * Writes a file in MedMNIST's layout with the shape of a published one. Each class or finding has a smooth pattern,
 * which is moved a little and covered by noise in each image. Image i of a split depends on set, size, seed, split and
 * i alone, so a file with a larger `fraction` begins with the images of a smaller one. `loadDataset` reads it and says
 * that it is synthetic. It takes a few megabytes of memory, whatever its size.
 *
 * @throws RangeError for an unknown name, or a fraction or seed out of range.
 * @throws DataError when the file cannot be written; nothing is left behind then.
 */
export async function writeStandIn(path: string, options: StandInOptions): Promise<void> {
  checkOptions('writeStandIn', options, optionNames);
  const { name, size = 28, compress = true, fraction = 1, seed = 0 } = options;
  const info = datasetInfo(name);
  if (!(fraction > 0 && fraction <= 1)) {
    throw new RangeError(`writeStandIn: fraction is ${fraction}; give a number above 0 and up to 1`);
  }
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new RangeError(`writeStandIn: seed is ${seed}; give a whole number from 0`);
  }
  if (path === '') throw new DataError('writeStandIn', 'the path is empty', 'Give the path of the file.');
  const members = standInMembers(info, size, fraction, seed);
  await writeWholeFile(path, (write) => writeZip(members, compress, write));
}

/** The arrays of a file, in the order of the published ones. */
function* standInMembers(
  info: DatasetInfo,
  size: number,
  fraction: number,
  seed: number,
): Generator<ZipInput | ZipPieces> {
  const painter = new Painter(info, size, seed);
  for (const [number, split] of splitNames.entries()) {
    const count = Math.max(1, Math.round(info.samples[split as SplitName] * fraction));
    const labels = painter.labels(number, count);
    const columns = labels.length / count;
    const shape = [count, size, size, ...(info.channels === 3 ? [3] : [])];
    const start = npyStart('u8', shape);
    yield {
      name: `${split}_images.npy`,
      size: start.length + count * painter.imageBytes,
      pieces: painter.images(start, number, labels, columns),
    };
    const array = { dtype: 'u8', shape: [count, columns], data: labels } as const;
    yield { name: `${split}_labels.npy`, bytes: encodeNpy(array) };
  }
  yield {
    name: `${syntheticMark}.npy`,
    bytes: encodeNpy({ dtype: 'u8', shape: [1], data: Uint8Array.of(1) }),
  };
}

/** Draws labels and images of one set at one size. */
class Painter {
  readonly imageBytes: number;
  readonly #info: DatasetInfo;
  readonly #size: number;
  readonly #seed: number;
  /** How far a pattern may be moved, in pixels. */
  readonly #reach: number;
  /** The pattern of each class or finding, `size` + `reach` pixels along each side, -60 to 60. */
  readonly #patterns: readonly Int8Array[];
  /** 98 to 158. */
  readonly #noise = new Uint8Array(noiseBytes);

  constructor(info: DatasetInfo, size: number, seed: number) {
    this.#info = info;
    this.#size = size;
    this.#seed = seed;
    this.#reach = Math.max(1, Math.floor(size / 14));
    this.imageBytes = size * size * info.channels;
    this.#patterns = info.labels.map((_, label) => this.#pattern(label));
    const random = new KeyedRandom(seed, 0);
    for (let i = 0; i < noiseBytes; i++) this.#noise[i] = 98 + random.below(31) + random.below(31);
  }

  /** The first images show one class or finding after the other, so that even a small split has them all. */
  labels(split: number, count: number): Uint8Array {
    const { task, labels } = this.#info;
    const many = task === 'multi-label, binary-class';
    const columns = many ? labels.length : 1;
    const out = new Uint8Array(count * columns);
    for (let i = 0; i < count; i++) {
      const random = new KeyedRandom(this.#seed, 1, split, i);
      if (many) {
        for (let j = 0; j < columns; j++)
          out[i * columns + j] = i === j || random.chance(findingChance) ? 1 : 0;
      } else {
        out[i] = i < labels.length ? i : random.below(labels.length);
      }
    }
    return out;
  }

  /** The start of an array, and its images in pieces that share their memory. */
  *images(start: Uint8Array, split: number, labels: Uint8Array, columns: number): Generator<Uint8Array> {
    yield start;
    const count = labels.length / columns;
    const most = Math.max(1, Math.floor(pieceBytes / this.imageBytes));
    const piece = new Uint8Array(Math.min(most, count) * this.imageBytes);
    for (let first = 0; first < count; first += most) {
      const some = Math.min(most, count - first);
      for (let i = 0; i < some; i++) {
        const row = first + i;
        const shown = labels.subarray(row * columns, (row + 1) * columns);
        this.#draw(split, row, shown, piece.subarray(i * this.imageBytes, (i + 1) * this.imageBytes));
      }
      yield piece.subarray(0, some * this.imageBytes);
    }
  }

  #draw(split: number, row: number, shown: Uint8Array, out: Uint8Array): void {
    const random = new KeyedRandom(this.#seed, 2, split, row);
    const line = this.#size * this.#info.channels;
    for (let y = 0; y < this.#size; y++) {
      const from = random.below(noiseBytes - line);
      out.set(this.#noise.subarray(from, from + line), y * line);
    }
    // Of findings those that are 1, of classes the one whose number it is.
    const many = shown.length > 1;
    for (let i = 0; i < shown.length; i++) {
      if (!many) this.#add(this.#patterns[shown[i]], random, out);
      else if (shown[i] === 1) this.#add(this.#patterns[i], random, out);
    }
  }

  /** Adds a pattern, moved a little: sums beyond a byte are cut off. */
  #add(pattern: Int8Array, random: KeyedRandom, image: Uint8Array): void {
    const out = new Uint8ClampedArray(image.buffer, image.byteOffset, image.length);
    const { channels } = this.#info;
    const line = this.#size * channels;
    const wide = (this.#size + this.#reach) * channels;
    const left = random.below(this.#reach + 1) * channels;
    const top = random.below(this.#reach + 1);
    for (let y = 0, at = 0; y < this.#size; y++) {
      const from = (top + y) * wide + left;
      for (let x = 0; x < line; x++, at++) out[at] += pattern[from + x];
    }
  }

  #pattern(label: number): Int8Array {
    const { channels } = this.#info;
    const side = this.#size + this.#reach;
    const out = new Int8Array(side * side * channels);
    for (let c = 0; c < channels; c++) {
      const random = new KeyedRandom(this.#seed, 3, label, c);
      const lattice = Float32Array.from({ length: cells * cells }, () => random.uniform() * 2 - 1);
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++)
          out[(y * side + x) * channels + c] = Math.round(
            60 * latticeNoise(lattice, cells, x / side, y / side),
          );
      }
    }
    return out;
  }
}
