/**
 * exp and logarithms that have the same bits in every JavaScript engine. The language leaves the last bits of
 * `Math.exp` and `Math.log` open, and engines differ: a score that is printed in full, or the chaos of t-SNE, would
 * tell them apart. These are FreeBSD's msun as V8 has had it, so most results of Node are what they were.
 *
 * The algorithms, and their constants, are under this notice:
 *
 *     Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
 *     Developed at SunSoft, a Sun Microsystems, Inc. business.
 *     Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is
 *     preserved.
 */

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
/** Which of the two words has sign and exponent. */
const high = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

function highWord(x: number): number {
  number[0] = x;
  return words[high] | 0;
}

/** The number with another high word. */
function withHighWord(x: number, word: number): number {
  number[0] = x;
  words[high] = word;
  return number[0];
}

const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
const two54 = 2 ** 54;

/** 2 to the power of each k from -1022 to 1023: engines take long for `2 ** k`. */
const powers = new Float64Array(2046);
for (let i = 0, power = 2 ** -1022; i < powers.length; i++, power *= 2) powers[i] = power;

/** e to the power of x, within an ulp. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019411) return 0;
  // msun compares the high words of these: its bounds are the numbers whose low word is 0.
  const size = x < 0 ? -x : x;
  if (size < 2 ** -28) return 1 + x;
  if (x === 1) return Math.E;
  // x = k ln 2 + r with |r| <= ln 2 / 2, and r = hi - lo.
  let k = 0;
  let hi = 0;
  let lo = 0;
  let r = x;
  if (size >= 0.3465735912322998) {
    if (size < 1.0397205352783203) k = x < 0 ? -1 : 1;
    else k = Math.trunc(Math.LOG2E * x + (x < 0 ? -0.5 : 0.5));
    hi = x - k * ln2High;
    lo = k * ln2Low;
    r = hi - lo;
  }
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  if (k === 0) return 1 - ((r * c) / (c - 2) - r);
  const y = 1 - (lo - (r * c) / (2 - c) - hi);
  if (k === 1024) return y * 2 * 2 ** 1023;
  return k >= -1021 ? y * powers[k + 1022] : y * powers[k + 2022] * 2 ** -1000;
}

/** The natural logarithm, within an ulp. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  let scaled = x;
  if (x < 2 ** -1022) {
    k = -54;
    scaled = x * two54;
  }
  const word = highWord(scaled);
  const fraction = word & 0x000fffff;
  // x = 2^k (1 + f) with sqrt(2)/2 < 1 + f < sqrt(2).
  const carry = (fraction + 0x95f64) & 0x100000;
  k += (word >> 20) - 1023 + (carry >> 20);
  const f = withHighWord(scaled, fraction | (carry ^ 0x3ff00000)) - 1;
  if ((0x000fffff & (2 + fraction)) < 3) {
    // |f| < 2^-20
    if (f === 0) return k * ln2High + k * ln2Low;
    const rest = f * f * (0.5 - 0.3333333333333333 * f);
    return k === 0 ? f - rest : k * ln2High - (rest - k * ln2Low - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const sum = odd + even;
  if (((fraction - 0x6147a) | (0x6b851 - fraction)) > 0) {
    const half = 0.5 * f * f;
    if (k === 0) return f - (half - s * (half + sum));
    return k * ln2High - (half - (s * (half + sum) + k * ln2Low) - f);
  }
  if (k === 0) return f - s * (f - sum);
  return k * ln2High - (s * (f - sum) - k * ln2Low - f);
}

/** log(1 + x), exact for small x, too. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const word = highWord(x);
  const size = word & 0x7fffffff;
  if (size < 0x3e200000) return size < 0x3c900000 ? x : x - x * x * 0.5; // |x| < 2^-29, < 2^-54
  // 1 + x = 2^k (1 + f), and c is what rounding 1 + x lost.
  let k = 0;
  let f = x;
  let c = 0;
  let fraction = 1;
  if (word >= 0x3fda827a || (word <= 0 && word > (0xbfd2bec4 | 0))) {
    let u = word < 0x43400000 ? 1 + x : x;
    const upper = highWord(u);
    k = (upper >> 20) - 1023;
    if (word < 0x43400000) c = (k > 0 ? 1 - (u - x) : x - (u - 1)) / u;
    fraction = upper & 0x000fffff;
    if (fraction < 0x6a09e) {
      u = withHighWord(u, fraction | 0x3ff00000);
    } else {
      k++;
      u = withHighWord(u, fraction | 0x3fe00000);
      fraction = (0x00100000 - fraction) >> 2;
    }
    f = u - 1;
  }
  const half = 0.5 * f * f;
  if (fraction === 0) {
    // |f| < 2^-20
    if (f === 0) return k === 0 ? 0 : k * ln2High + (c + k * ln2Low);
    const rest = half * (1 - 0.6666666666666666 * f);
    return k === 0 ? f - rest : k * ln2High - (rest - (k * ln2Low + c) - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const sum =
    z *
    (0.6666666666666735 +
      z *
        (0.3999999999940942 +
          z *
            (0.2857142874366239 +
              z *
                (0.22222198432149784 +
                  z * (0.1818357216161805 + z * (0.15313837699209373 + z * 0.14798198605116586))))));
  if (k === 0) return f - (half - s * (half + sum));
  return k * ln2High - (half - (s * (half + sum) + (k * ln2Low + c)) - f);
}

/** The logarithm to base 10. */
export function log10(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return log(x);
  if (x === 1) return 0;
  const small = x < 2 ** -1022;
  const scaled = small ? x * two54 : x;
  const word = highWord(scaled);
  const k = (word >> 20) - 1023 - (small ? 54 : 0);
  const below = k < 0 ? 1 : 0;
  const y = k + below;
  const mantissa = withHighWord(scaled, (word & 0x000fffff) | ((0x3ff - below) << 20));
  return y * 3.694239077158931e-13 + Math.LOG10E * log(mantissa) + y * 0.30102999566361177;
}
