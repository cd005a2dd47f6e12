import {
  type ByteSource,
  bytesSource,
  climbsOut,
  DataError,
  defaultZipLimits,
  fileSource,
  type Inflater,
  mistakenSource,
  quoteName,
  readZipDirectory,
  type ZipMember,
} from '@glassbox/files';
import { checkOptions, flag, list, type OptionTable, required, text, whole } from '@glassbox/options';
import {
  encodeNpy,
  maxHeaderBytes,
  type NpyArray,
  type NpyHeader,
  type NpyType,
  npyArray,
  parseNpy,
  readNpyHeader,
  type TypedArrays,
} from './npy.ts';
import { type NpyRows, OpenRows } from './npy-rows.ts';
import { writeWholeFile } from './whole-file.ts';
import { inflaterOf, readZipMember, readZipMemberStart } from './zip-members.ts';
import { writeZip } from './zip-write.ts';

/** What may be asked of an npz file. */
export interface NpzOptions {
  /** Refuse a file that unpacks to more than this. Default 64 GB. */
  readonly maxBytes?: number;
  /** How errors call bytes given in memory. */
  readonly name?: string;
}

const optionNames: OptionTable<NpzOptions> = { maxBytes: whole(1), name: text };

/** How rows of an array are read. */
export interface NpzRowsOptions {
  /** The folder in which a deflated array is unpacked. The file there has no name, and ends with the process. */
  readonly scratch: string;
}

const rowsNames: OptionTable<NpzRowsOptions> = { scratch: required(text) };

/**
 * An open npz file. Arrays are unpacked when asked for and not before; `header` unpacks only an array's first bytes.
 *
 * An npz file is a zip of `NAME.npy` members (numpy.savez, numpy.savez_compressed). Other members are ignored.
 */
export class Npz {
  /** The path, or the name given for bytes in memory. */
  readonly file: string;
  readonly #source: ByteSource;
  readonly #members: Map<string, ZipMember>;
  readonly #inflater: Inflater;
  readonly #open: OpenRows[] = [];

  private constructor(source: ByteSource, members: Map<string, ZipMember>, inflater: Inflater) {
    this.file = source.name;
    this.#source = source;
    this.#members = members;
    this.#inflater = inflater;
  }

  /**
   * Opens a file, or the bytes of one, and reads the list of its arrays.
   * @throws DataError when the file is missing, not a zip, damaged, or unpacks to more than allowed.
   */
  static async open(input: string | Uint8Array, options: NpzOptions = {}): Promise<Npz> {
    checkOptions('Npz.open', options, optionNames);
    const source = typeof input === 'string' ? await fileSource(input) : bytesSource(input, options.name);
    try {
      const limits = { ...defaultZipLimits, maxBytes: options.maxBytes ?? defaultZipLimits.maxBytes };
      const members = new Map<string, ZipMember>();
      for (const member of await readZipDirectory(source, limits)) {
        if (member.name.endsWith('.npy')) members.set(member.name.slice(0, -'.npy'.length), member);
      }
      if (members.size === 0) {
        const mistaken = await mistakenSource(source);
        throw new DataError(
          source.name,
          `is a zip file without arrays (no .npy inside)${mistaken ? `: it ${mistaken.looks}` : ''}`,
          mistaken?.fix ?? 'Give an .npz file.',
        );
      }
      return new Npz(source, members, await inflaterOf(typeof input === 'string'));
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Names of the arrays, without `.npy`, in the file's order. */
  get names(): string[] {
    return [...this.#members.keys()];
  }

  /** Bytes of all arrays when unpacked, as the file claims; `header` and `get` hold it to that. */
  get unpackedBytes(): number {
    let sum = 0;
    for (const member of this.#members.values()) sum += member.size;
    return sum;
  }

  /** True if there is an array of this name (without `.npy`). */
  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** Element type and shape, from the array's first bytes. */
  async header(name: string): Promise<NpyHeader> {
    const member = this.#member(name);
    const who = `${this.file}, array ${quoteName(name)}`;
    // Almost every header fits into the first 256 bytes.
    for (const length of [256, maxHeaderBytes + 12]) {
      const start = await readZipMemberStart(this.#source, member, length);
      const complete = start.length === member.size || headerEnd(start) <= start.length;
      if (complete || length > maxHeaderBytes) return readNpyHeader(start, member.size, who);
    }
    throw new Error('unreachable: the second length always returns');
  }

  /** Unpacks one array. @throws DataError naming the file and array. */
  async get(name: string): Promise<NpyArray> {
    const member = this.#member(name);
    // The shape must account for the claimed size before that much memory is asked for.
    await this.header(name);
    const bytes = await readZipMember(this.#source, member, this.#inflater);
    return parseNpy(bytes, `${this.file}, array ${quoteName(name)}`);
  }

  /**
   * Opens an array whose rows are read from the disk when they are asked for, until the file is closed. All of it is
   * read once, so that its sum is checked; a deflated array is unpacked to a scratch file.
   * @throws DataError if the array is damaged or its rows do not lie side by side, or there is no room for the scratch
   *   file.
   */
  async rows(name: string, options: NpzRowsOptions): Promise<NpyRows> {
    checkOptions('Npz.rows', options, rowsNames);
    const member = this.#member(name);
    const inflater = this.#inflater;
    const header = await this.header(name);
    const rows = await OpenRows.open(this.#source, member, header, { ...options, inflater });
    this.#open.push(rows);
    return rows;
  }

  /** Closes the file: no array can be read afterwards, and no row. */
  async close(): Promise<void> {
    for (const rows of this.#open.splice(0)) await rows.close();
    await this.#source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #member(name: string): ZipMember {
    const member = this.#members.get(name);
    if (!member) {
      const has = this.names.slice(0, 20).map(quoteName);
      throw new DataError(
        this.file,
        `has no array ${quoteName(name)}; it has ${has.join(', ')}`,
        'Check that this is the file you meant, or rename the array.',
      );
    }
    return member;
  }
}

/** Where the header says that the elements begin; Infinity while too little is known. */
function headerEnd(start: Uint8Array): number {
  if (start.length < 12) return Number.POSITIVE_INFINITY;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  return start[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
}

/** What `readNpz` reads, and within which limits. */
export interface ReadNpzOptions extends NpzOptions {
  /** Which arrays; all unless given. */
  readonly names?: readonly string[];
}

const readNames: OptionTable<ReadNpzOptions> = { ...optionNames, names: list(text) };

/**
 * Reads arrays of an npz file, all of them or those named.
 *
 * @throws DataError as {@link Npz}; also when a named array is missing.
 */
export async function readNpz(
  input: string | Uint8Array,
  options: ReadNpzOptions = {},
): Promise<Map<string, NpyArray>> {
  checkOptions('readNpz', options, readNames);
  const { names, ...how } = options;
  const npz = await Npz.open(input, how);
  try {
    const arrays = new Map<string, NpyArray>();
    for (const name of names ?? npz.names) arrays.set(name, await npz.get(name));
    return arrays;
  } finally {
    await npz.close();
  }
}

/** How `writeNpz` writes. */
export interface WriteNpzOptions {
  /** Deflate the arrays, as `np.savez_compressed`. Default true. */
  readonly compress?: boolean;
}

const writeNames: OptionTable<WriteNpzOptions> = { compress: flag };

/** Arrays to write, by name; a bare typed array is written with one dimension. */
export type NpzInput =
  | Readonly<Record<string, NpyArray | TypedArrays[NpyType]>>
  | ReadonlyMap<string, NpyArray>;

/** An npz file in memory, as numpy.savez_compressed (or numpy.savez with `compress: false`) would write it. */
export async function encodeNpz(
  arrays: NpzInput,
  options: WriteNpzOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('encodeNpz', options, writeNames);
  const pieces: Uint8Array[] = [];
  await writeZip(npzMembers(arrays), options.compress ?? true, (piece) => {
    pieces.push(piece);
  });
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Writes an npz file, whole or not at all: written aside, synced, and renamed into place. */
export async function writeNpz(path: string, arrays: NpzInput, options: WriteNpzOptions = {}): Promise<void> {
  checkOptions('writeNpz', options, writeNames);
  await writeWholeFile(path, async (write) => {
    await writeZip(npzMembers(arrays), options.compress ?? true, write);
  });
}

function* npzMembers(arrays: NpzInput): Generator<{ name: string; bytes: Uint8Array }> {
  const entries = arrays instanceof Map ? arrays.entries() : Object.entries(arrays);
  for (const [name, value] of entries) {
    if (name === '' || climbsOut(name)) {
      throw new DataError(`array ${quoteName(name)}`, 'has a name that no npz may hold', 'Rename it.');
    }
    const array: NpyArray = ArrayBuffer.isView(value) ? npyArray(value as TypedArrays[NpyType]) : value;
    yield { name: `${name}.npy`, bytes: encodeNpy(array, `array ${quoteName(name)}`) };
  }
}
