/**
 * The quantile function of the standard normal distribution, by arithmetic alone: `Math.log` has other last bits in
 * other engines, and a net's first weights shall be the same everywhere. Rational functions of Wichura, Algorithm
 * AS 241 (Applied Statistics 37, 1988): right to about 1e-16.
 */

/** Coefficients of numerator and denominator, the constant term first. */
type Rational = readonly [numerator: readonly number[], denominator: readonly number[]];

/** Near the middle, of 0.425² - q². */
const middle: Rational = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
    67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
];

/** In the tails, of sqrt(-log p) - 1.6. */
const tail: Rational = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
];

function quotient([numerator, denominator]: Rational, x: number): number {
  let [above, below] = [0, 0];
  for (let power = numerator.length - 1; power >= 0; power--) {
    above = above * x + numerator[power];
    below = below * x + denominator[power];
  }
  return above / below;
}

/** The natural logarithm of m · 2^-32 for a number m of at least 0.5 and less than 2^31. */
function logarithm(m: number): number {
  let exponent = -32;
  let fraction = m;
  for (; fraction > Math.SQRT2; fraction /= 2) exponent++;
  for (; fraction < Math.SQRT1_2; fraction *= 2) exponent--;
  // log((1 + t) / (1 - t)) = 2 (t + t³/3 + t⁵/5 + …), where t is at most 0.172.
  const t = (fraction - 1) / (fraction + 1);
  let sum = 0;
  for (let power = 23; power > 0; power -= 2) sum = sum * t * t + 1 / power;
  return exponent * Math.LN2 + 2 * t * sum;
}

/**
 * The number below which a normal number lies with probability (word + 1/2) / 2^32.
 * @param word 32 random bits
 */
export function normalQuantile(word: number): number {
  const q = (word + 0.5) * 2 ** -32 - 0.5;
  if (Math.abs(q) <= 0.425) return q * quotient(middle, 0.180625 - q * q);
  const beyond = q < 0 ? word + 0.5 : 2 ** 32 - word - 0.5;
  const size = quotient(tail, Math.sqrt(-logarithm(beyond)) - 1.6);
  return q < 0 ? -size : size;
}
