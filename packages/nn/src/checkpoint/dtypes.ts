import { type SmallFloat, smallFloatBits, smallFloats, smallFloatTable } from '@glassbox/files';
import type { HostArrays, HostDType } from '../module/state-dict.ts';

/** A type of elements as it lies in a file. */
export interface ElementType {
  readonly bytes: number;
  /** The type that its values have on the host. */
  readonly dtype: HostDType;
  /** Reads all elements of `bytes` (little-endian, any alignment) into memory of their own. */
  read(bytes: Uint8Array): HostArrays[HostDType];
}

/** A row for element types that a typed array holds as they are. */
function plain<D extends HostDType>(
  dtype: D,
  bytes: number,
  create: (buffer: ArrayBuffer) => HostArrays[D],
): ElementType {
  // A copy of its own, which also aligns. (slice() of a Node Buffer shares memory.)
  return { bytes, dtype, read: (data) => create(new Uint8Array(data).buffer) };
}

/** A row for floats of 16 or 8 bits: float32 holds all their values. */
function small(type: SmallFloat, bytes: 1 | 2): ElementType {
  let table: Float32Array | undefined;
  return looked(bytes, () => (table ??= smallFloatTable(type)));
}

/** A row for values that stand in a table. */
function looked(bytes: 1 | 2, table: () => Float32Array): ElementType {
  return {
    bytes,
    dtype: 'F32',
    read(data) {
      const values = table();
      const out = new Float32Array(data.length / bytes);
      if (bytes === 1) for (let i = 0; i < out.length; i++) out[i] = values[data[i]];
      else for (let i = 0; i < out.length; i++) out[i] = values[data[2 * i] | (data[2 * i + 1] << 8)];
      return out;
    },
  };
}

/** Powers of two, as scales of blocks (OCP microscaling formats, revision 1.0): 255 is NaN. */
const powers = looked(1, () =>
  Float32Array.from({ length: 256 }, (_, bits) => (bits === 255 ? Number.NaN : 2 ** (bits - 127))),
);

/**
 * Element types of safetensors that are read. Floats of 16 and 8 bits become F32, which holds all their values.
 * All are little-endian, and so is every machine that WebAssembly and WebGPU run on.
 */
export const elementTypes: ReadonlyMap<string, ElementType> = new Map([
  ['F64', plain('F64', 8, (buffer) => new Float64Array(buffer))],
  ['F32', plain('F32', 4, (buffer) => new Float32Array(buffer))],
  ['I64', plain('I64', 8, (buffer) => new BigInt64Array(buffer))],
  ['I32', plain('I32', 4, (buffer) => new Int32Array(buffer))],
  ['I16', plain('I16', 2, (buffer) => new Int16Array(buffer))],
  ['I8', plain('I8', 1, (buffer) => new Int8Array(buffer))],
  ['U64', plain('U64', 8, (buffer) => new BigUint64Array(buffer))],
  ['U32', plain('U32', 4, (buffer) => new Uint32Array(buffer))],
  ['U16', plain('U16', 2, (buffer) => new Uint16Array(buffer))],
  ['U8', plain('U8', 1, (buffer) => new Uint8Array(buffer))],
  ['BOOL', { bytes: 1, dtype: 'BOOL', read: (data) => new Uint8Array(data).map((value) => (value ? 1 : 0)) }],
  ['BF16', small(smallFloats.bfloat16, 2)],
  ['F16', small(smallFloats.float16, 2)],
  ['F8_E4M3', small(smallFloats.float8_e4m3fn, 1)],
  ['F8_E5M2', small(smallFloats.float8_e5m2, 1)],
  ['F8_E4M3FNUZ', small(smallFloats.float8_e4m3fnuz, 1)],
  ['F8_E5M2FNUZ', small(smallFloats.float8_e5m2fnuz, 1)],
  ['F8_E8M0', powers],
]);

/** Element types that the format has and that are not read, with the reason. */
export const unreadTypes: ReadonlyMap<string, string> = new Map([
  ['C64', 'complex numbers'],
  ['F4', 'floats of 4 bits, which mean nothing without the scales of their blocks'],
  ['F6_E2M3', 'floats of 6 bits, which mean nothing without the scales of their blocks'],
  ['F6_E3M2', 'floats of 6 bits, which mean nothing without the scales of their blocks'],
]);

/** Types of 16 bits that floats can be written in. */
export type HalfType = 'F16' | 'BF16';

const halves = { F16: smallFloats.float16, BF16: smallFloats.bfloat16 } as const;

/**
 * Floats rounded to 16 bits, to the nearest value and in a tie to the even one, little-endian.
 * @param overflow is told the index of the first finite value that is too large for the type
 */
export function toHalf(values: Float32Array, type: HalfType, overflow: (index: number) => never): Uint8Array {
  const half = halves[type];
  const infinity = (2 ** half.exponent - 1) * 2 ** half.fraction;
  const words = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    words[i] = smallFloatBits(half, values[i]);
    if ((words[i] & 0x7fff) === infinity && Number.isFinite(values[i])) overflow(i);
  }
  return new Uint8Array(words.buffer);
}
