/**
 * Floats of 16 and 8 bits as whole numbers (their bits), to and from JavaScript's numbers. What is read is exact:
 * float32 holds every value of these types. What is written is rounded once, to the nearest value, in a tie to the
 * even one (IEEE 754).
 */

/** A type of floats: a sign, `exponent` bits, `fraction` bits. */
export interface SmallFloat {
  /** Bits of the exponent. */
  readonly exponent: number;
  /** Bits of the fraction. */
  readonly fraction: number;
  /** What is taken off the exponent: a normal value is (1 + fraction / 2^bits) 2^(exponent - bias). */
  readonly bias: number;
  /**
   * What the largest exponent means: infinity and NaN (`ieee`), values but for one NaN with all bits set (`fn`), or
   * values throughout, and the negative zero is the one NaN (`fnuz`).
   */
  readonly top: 'ieee' | 'fn' | 'fnuz';
}

/** By the names of safetensors and of PyTorch's dtypes. */
export const smallFloats = {
  /** IEEE 754 binary16. */
  float16: { exponent: 5, fraction: 10, bias: 15, top: 'ieee' },
  /** The upper half of a float32. */
  bfloat16: { exponent: 8, fraction: 7, bias: 127, top: 'ieee' },
  /** OCP 8-bit floating point, revision 1.0. */
  float8_e4m3fn: { exponent: 4, fraction: 3, bias: 7, top: 'fn' },
  float8_e5m2: { exponent: 5, fraction: 2, bias: 15, top: 'ieee' },
  /** Noune et al. 2022: 8-bit numerical formats for deep neural networks. */
  float8_e4m3fnuz: { exponent: 4, fraction: 3, bias: 8, top: 'fnuz' },
  float8_e5m2fnuz: { exponent: 5, fraction: 2, bias: 16, top: 'fnuz' },
} as const satisfies Record<string, SmallFloat>;

/** The value of some bits of a type, exactly. */
export function smallFloatValue(type: SmallFloat, bits: number): number {
  const ones = 2 ** type.exponent - 1;
  const sign = bits >>> (type.exponent + type.fraction) ? -1 : 1;
  const exponent = (bits >>> type.fraction) & ones;
  const fraction = bits & (2 ** type.fraction - 1);
  if (type.top === 'fnuz' && sign < 0 && exponent === 0 && fraction === 0) return Number.NaN;
  if (type.top === 'fn' && exponent === ones && fraction === 2 ** type.fraction - 1) return Number.NaN;
  if (type.top === 'ieee' && exponent === ones)
    return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  // Below the smallest exponent there is no leading one.
  if (exponent === 0) return sign * fraction * 2 ** (1 - type.bias - type.fraction);
  return sign * (2 ** type.fraction + fraction) * 2 ** (exponent - type.bias - type.fraction);
}

/**
 * The bits of the nearest value of an IEEE-like type, the even one in a tie. Values too large become infinity, as in
 * numpy and PyTorch; NaN becomes the quiet NaN.
 * @param value any number, of which nothing was rounded before: two roundings differ from one
 */
export function smallFloatBits(type: SmallFloat & { readonly top: 'ieee' }, value: number): number {
  const { exponent: width, fraction: digits, bias } = type;
  const infinity = (2 ** width - 1) * 2 ** digits;
  const sign = value < 0 || Object.is(value, -0) ? 2 ** (width + digits) : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return infinity + 2 ** (digits - 1);
  if (size === Number.POSITIVE_INFINITY) return sign + infinity;
  // The distance of values around this one is 2^unit. (Math.log2 may be one too large just below a power of two.)
  let power = Math.max(Math.floor(Math.log2(size)), 1 - bias);
  if (power > 1 - bias && 2 ** power > size) power--;
  const unit = power - digits;
  // Exact: a division by a power of two. So is the difference below, and units carry into the next exponent.
  const exact = size / 2 ** unit;
  let units = Math.floor(exact);
  const rest = exact - units;
  if (rest > 0.5 || (rest === 0.5 && units % 2 === 1)) units++;
  const bits = units + (power - (1 - bias)) * 2 ** digits;
  return sign + Math.min(bits, infinity);
}

/** All values of a type, by their bits. */
export function smallFloatTable(type: SmallFloat): Float32Array {
  const count = 2 ** (1 + type.exponent + type.fraction);
  return Float32Array.from({ length: count }, (_, bits) => smallFloatValue(type, bits));
}
