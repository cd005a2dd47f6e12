import type { NpyArray, NpyType } from '../../src/npy.ts';

/** The values that fixtures/record.py writes for each type. */
export function sample(dtype: NpyType): NpyArray {
  const steps = Array.from({ length: 24 }, (_, i) => i);
  const shape = [2, 3, 4];
  const ends = (min: number, max: number) => steps.map((i) => (i % 2 ? max - i : min + i));
  const bigEnds = (min: bigint, max: bigint) => steps.map((i) => (i % 2 ? max - BigInt(i) : min + BigInt(i)));
  const make: Record<NpyType, () => NpyArray['data']> = {
    u8: () => Uint8Array.from(ends(0, 255)),
    i8: () => Int8Array.from(ends(-128, 127)),
    u16: () => Uint16Array.from(ends(0, 65535)),
    i16: () => Int16Array.from(ends(-32768, 32767)),
    u32: () => Uint32Array.from(ends(0, 4294967295)),
    i32: () => Int32Array.from(ends(-2147483648, 2147483647)),
    u64: () => BigUint64Array.from(bigEnds(0n, (1n << 64n) - 1n)),
    i64: () => BigInt64Array.from(bigEnds(-(1n << 63n), (1n << 63n) - 1n)),
    f32: () => Float32Array.from(steps, (i) => i * 0.25 - 2.5),
    f64: () => Float64Array.from(steps, (i) => i * 0.25 - 2.5),
    bool: () => Uint8Array.from(steps, (i) => (i % 3 === 0 ? 1 : 0)),
  };
  return { dtype, shape, data: make[dtype]() } as NpyArray;
}
