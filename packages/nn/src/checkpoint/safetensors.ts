/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes with the header's length N
 * (little-endian), N bytes of JSON, then the tensors' bytes. The JSON maps each name to its `dtype`, `shape` and
 * `data_offsets` [begin, end) in the bytes after the header; `__metadata__` maps strings to strings.
 *
 * The reader trusts nothing: the tensors must cover the bytes after the header exactly, without gap or overlap, each
 * as long as its type and shape say, and no name may appear twice.
 */
import { mistakenFor, tailBytes } from '@glassbox/file-kinds';
import { checkOptions, checkValue, type Kind, type OptionTable, oneOf } from '@glassbox/options';
import type { HostTensor, StateDict } from '../module/state-dict.ts';
import { elementTypes, type HalfType, toHalf, unreadTypes } from './dtypes.ts';
import { CheckpointError } from './errors.ts';
import { repeatedKey } from './json-keys.ts';

/** What a safetensors file holds. */
export interface Checkpoint {
  /** The tensors by name, in the order of the file. */
  readonly tensors: StateDict;
  /** Free text by key. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** The longest header that is read: as in the reference implementation. */
const maxHeaderBytes = 100_000_000;
const maxRank = 64;
const damaged = 'The file is damaged or not a safetensors file: write or fetch it again.';

/** How a safetensors file is written. */
export interface SafetensorsOptions {
  /**
   * Writes F32 tensors in this type of 16 bits, each value rounded to the nearest one, in a tie to the even one. Other
   * types (F64, I64, …) are written as they are. Without it F32 stays F32.
   */
  readonly floats?: HalfType;
}

const optionNames: OptionTable<SafetensorsOptions> = { floats: oneOf('F16', 'BF16') };

const aStateDict: Kind = {
  what: 'a Map of tensors by name, from await net.stateDict()',
  fits: (value) => value instanceof Map,
};

/**
 * Tensors as bytes of a safetensors file, in the given order.
 * @throws CheckpointError if a shape does not fit its data, a name is the format's own, or a finite value is too
 *   large for the `floats` that were asked for.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  checkValue('encodeSafetensors', 'tensors', tensors, aStateDict);
  checkOptions('encodeSafetensors', options, optionNames);
  /** The type that a tensor is written in. */
  const stored = ({ dtype }: HostTensor) => (dtype === 'F32' ? (options.floats ?? dtype) : dtype);
  const bytesOf = (tensor: HostTensor) => elementTypes.get(stored(tensor))!.bytes;
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  // Wider elements first: with the header's length a multiple of 8, every tensor is aligned to its elements.
  const ordered = [...tensors].sort(([, a], [, b]) => bytesOf(b) - bytesOf(a));
  const places = new Map<string, number>();
  let offset = 0;
  for (const [name, tensor] of ordered) {
    places.set(name, offset);
    offset += tensor.data.length * bytesOf(tensor);
  }
  for (const [name, tensor] of tensors) {
    const { shape, data } = tensor;
    if (name === '__metadata__') {
      throw new CheckpointError(
        `tensor '${name}'`,
        'has a name that the format keeps for itself',
        'Rename it.',
      );
    }
    if (product(shape) !== data.length) {
      throw new CheckpointError(
        `tensor '${name}'`,
        `has shape [${shape}] but ${data.length} values`,
        'Give the shape of the data.',
      );
    }
    const begin = places.get(name)!;
    const end = begin + data.length * bytesOf(tensor);
    header[name] = { dtype: stored(tensor), shape, data_offsets: [begin, end] };
  }
  let json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const padded = new Uint8Array(length).fill(0x20);
  padded.set(json);
  json = padded;
  const bytes = new Uint8Array(8 + length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  for (const [name, tensor] of tensors) {
    bytes.set(elements(name, tensor, options.floats), 8 + length + places.get(name)!);
  }
  return bytes;
}

/** A tensor's bytes in the file. */
function elements(name: string, { dtype, data }: HostTensor, floats: HalfType | undefined): Uint8Array {
  if (dtype !== 'F32' || floats === undefined) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  return toHalf(data as Float32Array, floats, (index) => {
    throw new CheckpointError(
      `tensor '${short(name)}'`,
      `holds ${data[index]} at index ${index}, which is too large for ${floats}`,
      floats === 'F16' ? "Write { floats: 'BF16' }, which has float32's range." : 'Write it as F32.',
    );
  });
}

/**
 * Reads a whole safetensors file from memory. The tensors are copies.
 * @param file how errors call it.
 * @throws CheckpointError for anything that is not exactly a safetensors file; of another kind of file (a pickle of
 *   PyTorch, npz, HDF5, …) it says which it looks like and how to convert it.
 */
export function parseSafetensors(input: Uint8Array, file = 'safetensors'): Checkpoint {
  // A Node Buffer's slice() shares memory where a Uint8Array's copies.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  const fail = (problem: string, fix = damaged): never => {
    throw new CheckpointError(file, problem, fix);
  };
  /** Fails before any tensor was seen: a file of another kind is then named. */
  const failEarly: Fail = (problem) => {
    const mistaken = mistakenFor('safetensors', bytes.subarray(0, 512), bytes.subarray(-tailBytes));
    if (mistaken) return fail(`is not a safetensors file: it ${mistaken.looks}`, mistaken.fix);
    return fail(problem);
  };
  if (bytes.length < 8) failEarly(`is ${bytes.length} bytes long; a safetensors file has at least 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes) || length > BigInt(bytes.length - 8)) {
    failEarly(
      `says that its header takes ${length} bytes, but ${bytes.length - 8} follow (and at most ${maxHeaderBytes} ` +
        'are read)',
    );
  }
  const dataStart = 8 + Number(length);
  const header = parseHeader(bytes.subarray(8, dataStart), failEarly);
  const metadata = new Map<string, string>();
  const entries: { name: string; entry: Entry }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      for (const [key, text] of Object.entries(asObject(value, 'its metadata', fail))) {
        if (typeof text !== 'string') fail(`its metadata '${short(key)}' is not text`);
        metadata.set(key, text as string);
      }
    } else entries.push({ name, entry: parseEntry(name, value, fail) });
  }
  checkCoverage(entries, bytes.length - dataStart, fail);
  const tensors: StateDict = new Map();
  for (const { name, entry } of entries) {
    const type = elementTypes.get(entry.dtype)!;
    const data = type.read(bytes.subarray(dataStart + entry.begin, dataStart + entry.end));
    tensors.set(name, { dtype: type.dtype, shape: entry.shape, data } as HostTensor);
  }
  return { tensors, metadata };
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

type Fail = (problem: string, fix?: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  if (bytes[0] !== 0x7b) fail("its header does not begin with '{'");
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    return fail(`its header is not JSON in UTF-8 (${short((error as Error).message)})`);
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) fail(`its header has '${short(repeated)}' twice`);
  return asObject(header, 'its header', fail);
}

function parseEntry(name: string, value: unknown, fail: Fail): Entry {
  const who = `tensor '${short(name)}'`;
  const { dtype, shape, data_offsets: offsets, ...rest } = asObject(value, who, fail);
  if (Object.keys(rest).length > 0) fail(`${who} has an unknown member '${short(Object.keys(rest)[0])}'`);
  const type = typeof dtype === 'string' ? elementTypes.get(dtype) : undefined;
  if (!type) {
    const known = [...elementTypes.keys()].join(' ');
    const why = unreadTypes.get(dtype as string);
    return fail(
      // Not as JSON: a value nested a million deep takes minutes to write.
      `${who} has ${typeof dtype === 'string' ? `element type "${short(dtype)}"` : 'no element type'}` +
        `${why ? ` (${why})` : ''}; known are ${known}`,
      'Convert it, for instance with tensor.float(), and save again.',
    );
  }
  if (!isCounts(shape) || shape.length > maxRank) return fail(`${who} has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2) return fail(`${who} has no valid data_offsets`);
  const [begin, end] = offsets;
  const bytes = product(shape) * type.bytes;
  if (!Number.isSafeInteger(bytes) || end - begin !== bytes) {
    fail(
      `${who} of shape [${shape}] and type ${dtype} takes ${bytes} bytes, but its offsets span ${end - begin}`,
    );
  }
  return { dtype: dtype as string, shape, begin, end };
}

/** The tensors, sorted by place, must follow each other without gap or overlap to the very end. */
function checkCoverage(
  entries: readonly { readonly name: string; readonly entry: Entry }[],
  dataBytes: number,
  fail: Fail,
): void {
  let at = 0;
  const sorted = [...entries].sort((a, b) => a.entry.begin - b.entry.begin || a.entry.end - b.entry.end);
  for (const { name, entry } of sorted) {
    if (entry.begin !== at) {
      fail(
        `tensor '${short(name)}' begins at byte ${entry.begin} where ${at} was expected: ` +
          `tensors ${entry.begin < at ? 'overlap' : 'leave a gap'}`,
      );
    }
    at = entry.end;
  }
  if (at !== dataBytes) {
    fail(
      `its tensors take ${at} bytes, but ${dataBytes} follow the header (${at > dataBytes ? 'cut off' : 'left over'})`,
    );
  }
}

function asObject(value: unknown, who: string, fail: Fail): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail(`${who} is not a JSON object`);
  return value as Record<string, unknown>;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function product(shape: readonly number[]): number {
  return shape.reduce((result, size) => result * size, 1);
}

/** Names from a file may be long or hold control characters. */
function short(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.slice(0, 80).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
