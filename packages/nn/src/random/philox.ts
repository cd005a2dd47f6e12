/**
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four random 32-bit words
 * from a counter of four words and a key of two. The same counter and key give the same words on every machine.
 */

type Words = readonly [number, number, number, number];

/** The four words of one counter. */
export function philox([c0, c1, c2, c3]: Words, [k0, k1]: readonly [number, number]): Words {
  let [a, b, c, d] = [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
  let [x, y] = [k0 >>> 0, k1 >>> 0];
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(0xd2511f53, a) >>> 0;
    const high0 = multiplyHigh(0xd2511f53, a);
    const low1 = Math.imul(0xcd9e8d57, c) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, c);
    [a, b, c, d] = [(high1 ^ b ^ x) >>> 0, low1, (high0 ^ d ^ y) >>> 0, low0];
    x = (x + 0x9e3779b9) >>> 0;
    y = (y + 0xbb67ae85) >>> 0;
  }
  return [a, b, c, d];
}

/** The upper 32 bits of a 32 x 32-bit product, in pieces that a double holds exactly. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}
