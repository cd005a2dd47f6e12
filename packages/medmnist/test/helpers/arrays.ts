import fc from 'fast-check';
import { dtypes, type NpyArray, type NpyType } from '../../src/npy.ts';

/** Arrays of any type, rank 0 to 4, with edges and empty axes. */
export const anyArray: fc.Arbitrary<NpyArray> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return dataOf(dtype, count).map((data) => ({ dtype, shape, data }) as NpyArray);
  });

function dataOf(dtype: NpyType, n: number): fc.Arbitrary<NpyArray['data']> {
  const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: n, maxLength: n });
  const whole = (min: number, max: number) => list(fc.integer({ min, max }));
  switch (dtype) {
    case 'u8':
      return whole(0, 255).map((v) => Uint8Array.from(v));
    case 'i8':
      return whole(-128, 127).map((v) => Int8Array.from(v));
    case 'u16':
      return whole(0, 65535).map((v) => Uint16Array.from(v));
    case 'i16':
      return whole(-32768, 32767).map((v) => Int16Array.from(v));
    case 'u32':
      return whole(0, 0xffffffff).map((v) => Uint32Array.from(v));
    case 'i32':
      return whole(-0x80000000, 0x7fffffff).map((v) => Int32Array.from(v));
    case 'u64':
      return list(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })).map((v) => BigUint64Array.from(v));
    case 'i64':
      return list(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })).map((v) => BigInt64Array.from(v));
    case 'f32':
      return list(fc.float()).map((v) => Float32Array.from(v));
    case 'f64':
      return list(fc.double()).map((v) => Float64Array.from(v));
    case 'bool':
      return whole(0, 1).map((v) => Uint8Array.from(v));
  }
}

/** The array's bytes, for comparisons that hold NaN equal to itself. */
export function bytesOf(array: NpyArray): Buffer {
  return Buffer.from(array.data.buffer, array.data.byteOffset, array.data.byteLength);
}

/** Same type, shape and bits. */
export function sameArray(a: NpyArray, b: NpyArray): boolean {
  return a.dtype === b.dtype && a.shape.join() === b.shape.join() && bytesOf(a).equals(bytesOf(b));
}
