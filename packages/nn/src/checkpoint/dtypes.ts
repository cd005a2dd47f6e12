import type { HostArrays, HostDType } from '../module/state-dict.ts';

interface ElementType {
  readonly bytes: number;
  /** The type that its values have on the host. */
  readonly dtype: HostDType;
  /** Reads `count` elements from the start of `bytes` (little-endian, any alignment). */
  read(bytes: Uint8Array, count: number): HostArrays[HostDType];
}

/** A row for element types that a typed array holds as they are. */
function plain<D extends HostDType>(
  dtype: D,
  bytes: number,
  create: (buffer: ArrayBuffer) => HostArrays[D],
): ElementType {
  // slice() copies, which also aligns.
  return { bytes, dtype, read: (data) => create(data.slice().buffer as ArrayBuffer) };
}

/**
 * Element types of safetensors that are read. Half-precision ones become F32, which holds all their values.
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
  ['BOOL', { bytes: 1, dtype: 'BOOL', read: (data) => data.map((value) => (value ? 1 : 0)) }],
  ['BF16', { bytes: 2, dtype: 'F32', read: fromBfloat16 }],
  ['F16', { bytes: 2, dtype: 'F32', read: fromFloat16 }],
]);

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(bytes: Uint8Array, count: number): Float32Array {
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i++) words[i] = ((bytes[2 * i + 1] << 24) | (bytes[2 * i] << 16)) >>> 0;
  return new Float32Array(words.buffer);
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
function fromFloat16(bytes: Uint8Array, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const half = bytes[2 * i] | (bytes[2 * i + 1] << 8);
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) values[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) values[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else values[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return values;
}

/** Bytes of one element of a host array's type. */
export function elementBytes(dtype: HostDType): number {
  return elementTypes.get(dtype)!.bytes;
}
