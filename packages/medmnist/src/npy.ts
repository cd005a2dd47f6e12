import { mistakenFor, tailBytes } from '@glassbox/file-kinds';
import { DataError, smallFloats, smallFloatTable } from '@glassbox/files';
import { parseNpyHeaderText } from './npy-header.ts';

/**
 * Element types of arrays in memory. They are written little-endian. Files may also be big-endian, and may hold
 * float16, which is read as `f32`.
 */
export type NpyType = keyof TypedArrays;

/** The typed array of each element type. `bool` holds 0 and 1. */
export interface TypedArrays {
  /** Whole numbers of 8 bits without a sign. */
  u8: Uint8Array;
  /** Whole numbers of 8 bits with a sign. */
  i8: Int8Array;
  /** Whole numbers of 16 bits without a sign. */
  u16: Uint16Array;
  /** Whole numbers of 16 bits with a sign. */
  i16: Int16Array;
  /** Whole numbers of 32 bits without a sign. */
  u32: Uint32Array;
  /** Whole numbers of 32 bits with a sign. */
  i32: Int32Array;
  /** Whole numbers of 64 bits without a sign. */
  u64: BigUint64Array;
  /** Whole numbers of 64 bits with a sign. */
  i64: BigInt64Array;
  /** Floats of 32 bits. */
  f32: Float32Array;
  /** Floats of 64 bits. */
  f64: Float64Array;
  /** Truth values, one byte each: 0 or 1. */
  bool: Uint8Array;
}

/** An array with its shape; elements always in C order (last index fastest). */
export interface NpyArray<D extends NpyType = NpyType> {
  /** Type of the elements. */
  readonly dtype: D;
  /** Size along each dimension; empty for a single number. */
  readonly shape: readonly number[];
  /** The elements, as many as the product of the shape. */
  readonly data: TypedArrays[D];
}

/** What an npy header says, checked against the number of bytes that follow. */
export interface NpyHeader {
  /** The type that the elements have when they are read. */
  readonly dtype: NpyType;
  /** The type that they have in the file, as numpy writes it: '<f4', '>i8', '<f2'. */
  readonly descr: string;
  /** Size along each dimension; empty for a single number. */
  readonly shape: readonly number[];
  /** True if the first index is the fastest in the file. `parseNpy` returns C order in any case. */
  readonly fortranOrder: boolean;
  /** Number of elements. */
  readonly count: number;
  /** Bytes of the elements in the file. */
  readonly byteLength: number;
  /** Where the elements begin. */
  readonly dataOffset: number;
}

interface ElementType {
  /** numpy's own code, as `numpy.lib.format` writes it. */
  descr: string;
  /** What else `np.dtype` knows it by, in files that other programs wrote. */
  also: readonly string[];
  bytes: number;
  create(buffer: ArrayBuffer, offset: number, count: number): TypedArrays[NpyType];
}

/** One row per element type: everything else in this file is derived from it. */
const elementTypes: Record<NpyType, ElementType> = {
  u8: { descr: '|u1', also: ['uint8', 'B'], bytes: 1, create: (b, o, n) => new Uint8Array(b, o, n) },
  i8: { descr: '|i1', also: ['int8', 'b'], bytes: 1, create: (b, o, n) => new Int8Array(b, o, n) },
  u16: { descr: '<u2', also: ['uint16', 'H'], bytes: 2, create: (b, o, n) => new Uint16Array(b, o, n) },
  i16: { descr: '<i2', also: ['int16', 'h'], bytes: 2, create: (b, o, n) => new Int16Array(b, o, n) },
  u32: { descr: '<u4', also: ['uint32', 'I'], bytes: 4, create: (b, o, n) => new Uint32Array(b, o, n) },
  i32: { descr: '<i4', also: ['int32', 'i'], bytes: 4, create: (b, o, n) => new Int32Array(b, o, n) },
  u64: { descr: '<u8', also: ['uint64', 'Q'], bytes: 8, create: (b, o, n) => new BigUint64Array(b, o, n) },
  i64: { descr: '<i8', also: ['int64', 'q'], bytes: 8, create: (b, o, n) => new BigInt64Array(b, o, n) },
  f32: { descr: '<f4', also: ['float32', 'f'], bytes: 4, create: (b, o, n) => new Float32Array(b, o, n) },
  f64: { descr: '<f8', also: ['float64', 'd'], bytes: 8, create: (b, o, n) => new Float64Array(b, o, n) },
  bool: { descr: '|b1', also: ['bool', '?'], bytes: 1, create: (b, o, n) => new Uint8Array(b, o, n) },
};

/** Every element type, in the table's order. */
export const dtypes = Object.keys(elementTypes) as readonly NpyType[];

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"
/** The longest header that is read. numpy itself refuses more than 10,000 by default. */
export const maxHeaderBytes = 1 << 16;
const maxRank = 64;

/**
 * Reads an npy header (versions 1.0, 2.0 and 3.0; numpy.lib.format) from the start of a file.
 *
 * @param start at least the header's bytes; more do no harm.
 * @param totalBytes length of the whole file: the shape must account for exactly these.
 * @param name how errors call the array.
 * @throws DataError for a foreign format, object, structured, complex or text elements, or a shape that disagrees with
 *   the length.
 */
export function readNpyHeader(start: Uint8Array, totalBytes: number, name: string): NpyHeader {
  if (start.length < 10 || magic.some((byte, i) => start[i] !== byte)) {
    const whole = start.length === totalBytes;
    const mistaken = mistakenFor(
      'npy',
      start.subarray(0, 512),
      whole ? start.subarray(-tailBytes) : undefined,
    );
    throw new DataError(
      name,
      `is not an npy array (its first bytes are not \\x93NUMPY)${mistaken ? `: it ${mistaken.looks}` : ''}`,
      mistaken?.fix ?? 'Write it with np.save.',
    );
  }
  const major = start[6];
  if (major < 1 || major > 3 || start[7] !== 0) {
    throw new DataError(
      name,
      `has npy version ${major}.${start[7]}; 1.0 to 3.0 are known`,
      'Write it with np.save.',
    );
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const prefix = major === 1 ? 10 : 12;
  if (start.length < prefix) throw cutOff(name, totalBytes, prefix);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeaderBytes) {
    throw new DataError(name, `has a header of ${length} bytes; at most ${maxHeaderBytes} are read`, damaged);
  }
  const dataOffset = prefix + length;
  if (dataOffset > start.length) throw cutOff(name, totalBytes, dataOffset);
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(start.subarray(prefix, dataOffset));
  const { descr, fortranOrder, shape } = parseNpyHeaderText(text, name);
  const { dtype, bytes, order } = storedType(descr, name);
  const half = bytes < elementTypes[dtype].bytes;
  if (shape.length > maxRank) {
    throw new DataError(name, `has ${shape.length} dimensions; at most ${maxRank} are read`, damaged);
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  const byteLength = count * bytes;
  if (!Number.isSafeInteger(byteLength) || dataOffset + byteLength !== totalBytes) {
    const rest = start.subarray(dataOffset + byteLength, dataOffset + byteLength + magic.length);
    const another = rest.length === magic.length && magic.every((byte, i) => rest[i] === byte);
    throw new DataError(
      name,
      `has shape [${shape}] of ${half ? 'f16' : dtype}, which takes ${byteLength} bytes, but ` +
        `${totalBytes - dataOffset} bytes follow its header${another ? ', another array among them' : ''}`,
      another ? 'Save several arrays with np.savez: np.load would read the first and no other.' : damaged,
    );
  }
  const code = half ? 'f2' : elementTypes[dtype].descr.slice(1);
  return { dtype, descr: order + code, shape, fortranOrder, count, byteLength, dataOffset };
}

const damaged = 'The file is damaged or its header lies: fetch it again, or write it anew with np.save.';

function cutOff(name: string, has: number, needs: number): DataError {
  return new DataError(name, `is cut off: it has ${has} bytes and its header alone takes ${needs}`, damaged);
}

/** numpy's names of half precision, which no typed array of every engine holds. */
const halfCodes = ['f2', 'float16', 'half', 'e'];

/** How elements lie in a file that says `descr`. */
function storedType(descr: string, name: string): { dtype: NpyType; bytes: number; order: string } {
  const fix = 'Convert it before saving: array.astype(np.float32).';
  // One byte has no order; '=', '|' and none mean the machine's own, which is little-endian wherever this runs.
  const [, mark, code] = /^([|<>=]?)(.*)$/s.exec(descr)!;
  const order = mark === '>' ? '>' : '<';
  for (const dtype of dtypes) {
    const { descr: own, bytes, also } = elementTypes[dtype];
    if (code === own.slice(1) || also.includes(code))
      return { dtype, bytes, order: bytes === 1 ? '|' : order };
  }
  if (halfCodes.includes(code)) return { dtype: 'f32', bytes: 2, order };
  if (/^[|<>=]?O/.test(descr)) {
    throw new DataError(
      name,
      'is an array of Python objects, stored as a pickle, which could run any code when read',
      'Save it with a numeric dtype, for instance np.asarray(list_of_arrays, dtype=np.uint8).',
    );
  }
  const known = dtypes.map((dtype) => elementTypes[dtype].descr).join(' ');
  throw new DataError(name, `has dtype ${descr.slice(0, 40)}; known are ${known} <f2, also with >`, fix);
}

/**
 * Reads a whole npy file from memory. The result shares `bytes` where alignment and order allow it, and is a copy
 * otherwise; Fortran order is converted to C order, big-endian elements to little-endian ones, float16 to float32.
 *
 * @throws DataError as {@link readNpyHeader}.
 */
export function parseNpy(bytes: Uint8Array<ArrayBuffer>, name = 'npy array'): NpyArray {
  const header = readNpyHeader(bytes, bytes.length, name);
  const data = elements(bytes, header);
  // Any non-zero byte is true to numpy; here it is 1.
  if (header.dtype === 'bool') for (let i = 0; i < data.length; i++) if (data[i]) data[i] = 1;
  const ordered = header.fortranOrder ? fromFortran(data, header.shape) : data;
  return { dtype: header.dtype, shape: header.shape, data: ordered } as NpyArray;
}

function elements(bytes: Uint8Array<ArrayBuffer>, header: NpyHeader): TypedArrays[NpyType] {
  const { dtype, descr, count, dataOffset } = header;
  const { create, bytes: size } = elementTypes[dtype];
  if (descr === '<f2' || descr === '>f2') {
    const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset);
    const values = smallFloatTable(smallFloats.float16);
    return Float32Array.from({ length: count }, (_, i) => values[view.getUint16(2 * i, descr === '<f2')]);
  }
  const at = bytes.byteOffset + dataOffset;
  if (descr[0] !== '>' && at % size === 0) return create(bytes.buffer, at, count);
  const copy = bytes.slice(dataOffset);
  if (descr[0] === '>') for (let i = 0; i < copy.length; i += size) copy.subarray(i, i + size).reverse();
  return create(copy.buffer, 0, count);
}

/** Reorders elements from first-index-fastest to last-index-fastest. */
function fromFortran<A extends TypedArrays[NpyType]>(data: A, shape: readonly number[]): A {
  if (data.length === 0 || shape.filter((extent) => extent > 1).length < 2) return data;
  const out = data.slice() as A;
  const rank = shape.length;
  const strides: number[] = [];
  shape.reduce((stride, extent, axis) => {
    strides[axis] = stride;
    return stride * extent;
  }, 1);
  const index = new Array<number>(rank).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from];
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/**
 * The start of an npy file, version 1.0, C order: the elements follow it, and begin at a multiple of 64 as numpy's do.
 */
export function npyStart(dtype: NpyType, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${elementTypes[dtype].descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = new Uint8Array(Math.ceil((10 + text.length + 1) / 64) * 64);
  start.set([...magic, 1, 0]);
  new DataView(start.buffer).setUint16(8, start.length - 10, true);
  start.set(new TextEncoder().encode(`${text.padEnd(start.length - 11)}\n`), 10);
  return start;
}

/**
 * Writes an array as an npy file, version 1.0, C order, elements beginning at a multiple of 64 as numpy does.
 *
 * @throws DataError when the shape does not hold as many elements as there are.
 */
export function encodeNpy(array: NpyArray, name = 'npy array'): Uint8Array<ArrayBuffer> {
  const { dtype, shape, data } = array;
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (count !== data.length || shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) {
    throw new DataError(
      name,
      `has shape [${shape}] but ${data.length} elements`,
      'Give the shape of the data.',
    );
  }
  const start = npyStart(dtype, shape);
  const out = new Uint8Array(start.length + data.byteLength);
  out.set(start);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start.length);
  return out;
}

/**
 * Gives a typed array its shape; the element type follows from its class (`bool` must be asked for by hand).
 *
 * @param shape defaults to one dimension.
 */
export function npyArray(data: TypedArrays[NpyType], shape: readonly number[] = [data.length]): NpyArray {
  for (const dtype of dtypes) {
    const sample = elementTypes[dtype].create(new ArrayBuffer(0), 0, 0);
    if (Object.getPrototypeOf(sample).constructor.name === Object.getPrototypeOf(data).constructor.name) {
      return { dtype, shape, data } as NpyArray;
    }
  }
  // A Node Buffer is a Uint8Array by another name.
  if (data instanceof Uint8Array) return { dtype: 'u8', shape, data };
  throw new DataError(
    'npyArray',
    'the data are not a typed array that npy knows',
    `Use one of ${dtypes.join(' ')}.`,
  );
}
