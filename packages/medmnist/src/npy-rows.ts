/**
 * Arrays that stay on the disk, of which rows are read when they are wanted: data sets that are larger than memory.
 *
 * Bytes of a stored member lie in the npz file as they are, so rows are read from there. Those of a deflated member do
 * not: it is unpacked once, from its beginning to its end, into a scratch file. (DEFLATE has no place to begin in the
 * middle. Points to begin at could be kept, with 32 KB of text for each, but every image would then cost the unpacking
 * of half the distance between two points, in each epoch anew: some ten times what reading it takes.)
 *
 * The scratch file has no name from the moment that it is open: the system frees it when the process ends, however it
 * ends.
 */
import {
  type ByteSource,
  DataError,
  handleSource,
  type Inflater,
  quoteName,
  streamZipMember,
  type ZipMember,
} from '@glassbox/files';
import type { NpyHeader } from './npy.ts';

/** Rows along an array's first dimension, read from the disk when they are asked for. */
export interface NpyRows {
  /** Rows that there are. */
  readonly count: number;
  /** Size along each dimension; the first is `count`. */
  readonly shape: readonly number[];
  /** Bytes of a row. */
  readonly rowBytes: number;
  /**
   * Puts rows into `out`, one after another in the order in which they are named.
   * @throws RangeError for a row that does not exist, or an `out` of another length than `rows.length * rowBytes`;
   *   DataError if another program has changed the file meanwhile, or it cannot be read.
   */
  read(rows: ArrayLike<number>, out: Uint8Array): Promise<void>;
}

/** Where an array's bytes lie. */
interface Place {
  readonly source: ByteSource;
  /** Of the first element. */
  readonly offset: number;
  /** Frees what was made for it. */
  close(): Promise<void>;
}

/** An array whose rows are read from a file. Opening it reads all of it once, to check its sum. */
export class OpenRows implements NpyRows {
  readonly count: number;
  readonly shape: readonly number[];
  readonly rowBytes: number;
  readonly #who: string;
  readonly #place: Place;

  private constructor(who: string, { shape, byteLength }: NpyHeader, place: Place) {
    this.#who = who;
    this.#place = place;
    this.shape = shape;
    this.count = shape[0];
    this.rowBytes = byteLength / shape[0];
  }

  /**
   * @param scratch the folder of the file that a deflated member is unpacked to
   * @throws DataError naming file and array if rows do not lie side by side, if the member is damaged, or if there is
   *   no room for the scratch file.
   */
  static async open(
    source: ByteSource,
    member: ZipMember,
    header: NpyHeader,
    { scratch, inflater }: { readonly scratch: string; readonly inflater: Inflater },
  ): Promise<OpenRows> {
    const who = `${source.name}, array ${quoteName(member.name.replace(/\.npy$/, ''))}`;
    const { shape, fortranOrder, descr, dataOffset } = header;
    if (shape.length === 0 || header.count === 0) {
      throw new DataError(
        who,
        `has shape [${shape}], in which there are no rows`,
        'Give an array with elements.',
      );
    }
    if (fortranOrder && shape.filter((extent) => extent > 1).length > 1) {
      throw new DataError(
        who,
        'lies in Fortran order, in which the values of an image are spread over the whole file',
        'Save it with np.ascontiguousarray(array), or load it whole.',
      );
    }
    // What is not in memory as it is in the file: the other byte order, halves, truth values of any byte.
    if (descr[0] === '>' || descr.endsWith('f2') || header.dtype === 'bool') {
      throw new DataError(
        who,
        `has elements ${descr}, which have to be converted`,
        'Save it as little-endian numbers, such as array.astype(np.uint8), or load it whole.',
      );
    }
    if (member.method !== 0) {
      return new OpenRows(who, header, await unpacked(source, member, scratch, dataOffset, inflater));
    }
    await streamZipMember(source, member, undefined, () => {});
    await source.requireUnchanged();
    return new OpenRows(who, header, {
      source,
      offset: member.dataOffset + dataOffset,
      close: async () => {},
    });
  }

  async read(rows: ArrayLike<number>, out: Uint8Array): Promise<void> {
    const { rowBytes, count } = this;
    if (out.length !== rows.length * rowBytes) {
      throw new RangeError(
        `${this.#who}: ${rows.length} rows of ${rowBytes} bytes are ${rows.length * rowBytes}; ` +
          `there is room for ${out.length}`,
      );
    }
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (Number.isInteger(row) && row >= 0 && row < count) continue;
      throw new RangeError(`${this.#who}: row ${row} does not exist: there are ${count}`);
    }
    const { source, offset } = this.#place;
    const reads: Promise<unknown>[] = [];
    for (let first = 0; first < rows.length; ) {
      const row = rows[first];
      // Rows that follow each other in the file are read at once.
      let end = first + 1;
      while (end < rows.length && rows[end] === row + end - first) end++;
      const length = (end - first) * rowBytes;
      const into = out.subarray(first * rowBytes, first * rowBytes + length);
      reads.push(source.read(offset + row * rowBytes, length, into));
      first = end;
    }
    // All of them end before anybody uses `out` again, whichever of them fails.
    const failed = (await Promise.allSettled(reads)).find((read) => read.status === 'rejected');
    await source.requireUnchanged();
    if (failed) throw failed.reason;
  }

  /** Frees the scratch file, if there is one. */
  close(): Promise<void> {
    return this.#place.close();
  }
}

/** Unpacks a member into a scratch file. */
async function unpacked(
  source: ByteSource,
  member: ZipMember,
  scratch: string,
  offset: number,
  inflater: Inflater,
): Promise<Place> {
  const { openScratch } = await import('./scratch-node.ts');
  const what = `to unpack ${quoteName(member.name)} of ${source.name}`;
  const file = await openScratch(scratch, member.size, what);
  try {
    await streamZipMember(source, member, inflater, (piece) => file.append(piece));
    await source.requireUnchanged();
    const { size, mtimeMs: modified } = await file.handle.stat();
    return {
      source: handleSource(file.handle, `${file.path} (unpacked from ${source.name})`, { size, modified }),
      offset,
      close: () => file.handle.close(),
    };
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}
