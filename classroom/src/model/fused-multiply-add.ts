const bits = new DataView(new ArrayBuffer(8));

/**
 * x · y + z, rounded once to float32. The product of two float32 is exact in float64; the sum is rounded to odd there
 * (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008), so that the second rounding is right.
 */
export function fusedMultiplyAdd(x: number, y: number, z: number): number {
  const product = x * y;
  const sum = product + z;
  if (!Number.isFinite(sum)) return Math.fround(sum);
  const back = sum - product;
  const error = product - (sum - back) + (z - back);
  if (error === 0) return Math.fround(sum);
  bits.setFloat64(0, sum);
  const low = bits.getInt32(4);
  if (low & 1) return Math.fround(sum);
  if (error > 0 === sum > 0) bits.setInt32(4, low | 1);
  else {
    // One below in magnitude: the last bits of an even number become 1 by borrowing.
    if (low === 0) bits.setInt32(0, bits.getInt32(0) - 1);
    bits.setInt32(4, low - 1);
  }
  return Math.fround(bits.getFloat64(0));
}
