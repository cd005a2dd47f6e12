/**
 * Images that are not on the device: each batch's are copied there when its turn comes. They lie in memory of the host,
 * where a data set is larger than a buffer of the device may be, or are read from elsewhere, such as a file that is
 * larger than memory. A training sees the same numbers in the same order as if they were on the device.
 */
import { oneOf, show, whole } from '@glassbox/options';
import type { ImageValues, StoredImages } from '@glassbox/tensor-core/functions';

/** Reads images when a batch needs them: what `openDataset` of `@glassbox/medmnist` gives, or one of your own. */
export interface ImageReader {
  /** Images that there are. */
  readonly count: number;
  /** What their values are: bytes, or 16-bit numbers in the machine's order. Default `u8`. */
  readonly source?: 'u8' | 'u16';
  /**
   * Puts images into `out`, one after another in the order in which they are named. Several reads may be under way at
   * once; what it throws, or its promise is rejected with, ends the training as it is.
   */
  read(rows: Uint32Array, out: Uint8Array): void | Promise<void>;
}

/** Images outside of the device, and how they get there. */
export interface StreamedImages extends Omit<StoredImages, 'values'> {
  /** Bytes of an image. */
  readonly imageBytes: number;
  /** What puts images side by side. */
  readonly reader: ImageReader;
  /** True if they are in memory: nothing has to be waited for. */
  readonly inMemory: boolean;
}

/** True for what has a function `read`: whether the rest is right, `requireReader` says. */
export function isReader(value: unknown): value is ImageReader {
  return typeof value === 'object' && value !== null && 'read' in value && typeof value.read === 'function';
}

/** @throws TypeError or RangeError for a reader without a count of images, or of another source. */
export function requireReader(owner: string, { count, source }: ImageReader): void {
  if (!whole(1).fits(count)) {
    throw new RangeError(
      `${owner}: count of the reader of images must be ${whole(1).what}, not ${show(count)}`,
    );
  }
  const sources = oneOf('u8', 'u16');
  if (source === undefined || sources.fits(source)) return;
  throw new TypeError(
    `${owner}: source of the reader of images must be ${sources.what}, not ${show(source)}`,
  );
}

/** Images in memory of the host as what reads them. */
export function readerOf(images: ImageValues, imageBytes: number): Pick<ImageReader, 'count' | 'read'> {
  const bytes = new Uint8Array(images.buffer, images.byteOffset, images.byteLength);
  return {
    count: bytes.length / imageBytes,
    read(rows, out) {
      for (let i = 0; i < rows.length; i++)
        out.set(bytes.subarray(rows[i] * imageBytes, (rows[i] + 1) * imageBytes), i * imageBytes);
    },
  };
}

/** True if images are outside of the device. */
export function isStreamed(images: StoredImages | StreamedImages): images is StreamedImages {
  return 'reader' in images;
}

/** Batches that are read while others train: as many as hide a read that takes as long as a step now and then. */
const readAhead = 2;

/** Images of a batch on the host, in memory that is used again for a later batch. */
export interface Read {
  readonly rows: Uint32Array;
  /** Their values, integers side by side in words. */
  readonly words: Uint32Array;
}

/** Memory for a batch, from one that is over if there is one. */
function roomFor(free: Uint32Array[], bytes: number): Uint32Array {
  const words = Math.ceil(bytes / 4);
  const at = free.findIndex(({ length }) => length >= words);
  const room = at < 0 ? new Uint32Array(words) : free.splice(at, 1)[0];
  return room.length === words ? room : new Uint32Array(room.buffer, 0, words);
}

function begin(
  images: StreamedImages,
  rows: Uint32Array,
  free: Uint32Array[],
): { readonly read: Read; readonly done: void | Promise<void> } {
  const bytes = rows.length * images.imageBytes;
  const words = roomFor(free, bytes);
  // What does not fill its last word would leave the last batch's bytes there.
  words[words.length - 1] = 0;
  return {
    read: { rows, words },
    done: images.reader.read(rows, new Uint8Array(words.buffer, 0, bytes)),
  };
}

/** The images of each part, in memory that lasts until the next is asked for. */
export function* copied(images: StreamedImages, parts: Iterable<Uint32Array>): Generator<Read> {
  const free: Uint32Array[] = [];
  for (const rows of parts) {
    const { read } = begin(images, rows, free);
    yield read;
    free.push(allOf(read.words));
  }
}

/** The same, read ahead of their turn. */
export async function* read(
  images: StreamedImages,
  parts: Iterable<Uint32Array>,
): AsyncGenerator<Read, void, void> {
  const free: Uint32Array[] = [];
  const coming: Promise<Read>[] = [];
  const start = async (rows: Uint32Array) => {
    const { read, done } = begin(images, rows, free);
    await done;
    return read;
  };
  const rest = parts[Symbol.iterator]();
  const fill = () => {
    while (coming.length <= readAhead) {
      const { done, value: rows } = rest.next();
      if (done) return;
      const read = start(rows);
      read.catch(() => {}); // thrown where its turn comes
      coming.push(read);
    }
  };
  try {
    for (fill(); coming.length > 0; fill()) {
      const next = await (coming.shift() as Promise<Read>);
      yield next;
      free.push(allOf(next.words));
    }
  } finally {
    // Whoever goes on may close what is read from.
    await Promise.allSettled(coming);
  }
}

/** All of the memory of which a batch had a part. */
function allOf({ buffer }: Uint32Array): Uint32Array {
  return new Uint32Array(buffer);
}
