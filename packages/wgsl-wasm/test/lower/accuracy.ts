/** Errors of f32 functions against float64: where to look, and how far off. */

const view = new DataView(new ArrayBuffer(4));

export function bitsOf(x: number): number {
  view.setFloat32(0, x);
  return view.getInt32(0);
}

export function floatOf(bits: number): number {
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

/** The distance between two neighbouring f32 numbers at x, as WGSL defines ULP. */
export function ulp(x: number): number {
  const size = Math.abs(x);
  if (size < 2 ** -126) return 2 ** -149;
  if (!Number.isFinite(size)) return 2 ** 104;
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  return 2 ** (exponent - 23);
}

/** How many ulp `found` is from the true value. Infinite where one is finite and representable and the other is not. */
export function ulpError(found: number, expected: number): number {
  if (Number.isNaN(expected)) return Number.isNaN(found) ? 0 : Number.POSITIVE_INFINITY;
  const rounded = Math.fround(expected);
  if (found === rounded || Object.is(found, rounded))
    return Math.min(0.5, Math.abs(found - expected) / ulp(expected) || 0);
  if (!Number.isFinite(found) || !Number.isFinite(rounded)) {
    // Next to the largest number, rounding up to infinity is one ulp away.
    const near = Number.isFinite(found) ? found : Math.sign(found) * 2 ** 128;
    const target = Number.isFinite(rounded) ? expected : Math.sign(expected) * 2 ** 128;
    return Math.abs(near - target) / 2 ** 104;
  }
  return Math.abs(found - expected) / ulp(expected);
}

/** Deterministic numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * f32 numbers between `low` and `high`: half of them evenly spread, half by their bits (so that all magnitudes
 * occur), and the ends.
 */
export function samples(low: number, high: number, count: number, seed = 1): number[] {
  const random = generator(seed);
  const ordered = (x: number) => (bitsOf(x) < 0 ? -(bitsOf(x) & 0x7fffffff) : bitsOf(x));
  const from = ordered(Math.fround(low));
  const to = ordered(Math.fround(high));
  const result = [low, high].map(Math.fround);
  while (result.length < count) {
    const byBits = Math.round(from + (to - from) * random());
    result.push(floatOf(byBits < 0 ? -byBits | 0x80000000 : byBits));
    result.push(Math.fround(low + (high - low) * random()));
  }
  return result.slice(0, count);
}
