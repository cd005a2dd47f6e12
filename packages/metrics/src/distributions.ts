/**
 * Tails and quantiles of the distributions that tests of ranks need. They are built on logarithms that have the same
 * bits in every engine, so a p-value that is printed in full is the same everywhere.
 */
import { checkWhole } from './checks.ts';
import { exp, log } from './portable-math.ts';

/** Coefficients of Lanczos' approximation with g = 7 and nine terms (Godfrey 2001): errors below 1e-14. */
const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** The logarithm of the gamma function, for x of 1/2 and more (Lanczos 1964). */
function logGamma(x: number): number {
  const base = x - 1 + 7.5;
  const sum = lanczos.reduce((all, term, i) => all + (i === 0 ? term : term / (x - 1 + i)), 0);
  return 0.5 * log(2 * Math.PI) + (x - 0.5) * log(base) - base + log(sum);
}

/** No denominator of a continued fraction may be 0 (Lentz 1976, as Thompson and Barnett 1986 changed it). */
const tiny = 1e-300;
const aboveTiny = (value: number) => (Math.abs(value) < tiny ? tiny : value);
const precision = 1e-16;
const mostTerms = 100_000;

/** The upper regularised incomplete gamma function Q(a, x): DLMF 8.7.1 below a + 1, 8.9.2 above. */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = exp(a * log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < mostTerms && term > sum * precision; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - scale * sum;
  }
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < mostTerms; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / aboveTiny(an * d + b);
    c = aboveTiny(b + an / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) <= precision) break;
  }
  return scale * fraction;
}

/** The regularised incomplete beta function I_x(a, b) by its continued fraction (DLMF 8.17.22). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below its mean only; the other side is its mirror image (DLMF 8.17.4).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const scale = exp(a * log(x) + b * log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  let c = 1;
  let d = 1 / aboveTiny(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < mostTerms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / aboveTiny(1 + even * d);
    c = aboveTiny(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / aboveTiny(1 + odd * d);
    c = aboveTiny(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) <= precision) break;
  }
  return scale * fraction;
}

/** P(Z <= z) of a standard normal variable: half of Q(1/2, z²/2) is its upper tail. */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return z;
  const tail = upperGamma(0.5, (z * z) / 2) / 2;
  return z < 0 ? tail : 1 - tail;
}

/**
 * P(X > x) of a chi-square variable: Q(degrees / 2, x / 2).
 * @throws unless the degrees of freedom are a whole number of 1 or more
 */
export function chiSquareSurvival(x: number, degrees: number): number {
  checkWhole('chiSquareSurvival: the degrees of freedom', degrees, 1);
  return upperGamma(degrees / 2, x / 2);
}

/**
 * P(X > x) of Fisher's F: I_{d2 / (d2 + d1 x)}(d2 / 2, d1 / 2).
 * @throws unless both degrees of freedom are whole numbers of 1 or more
 */
export function fSurvival(x: number, d1: number, d2: number): number {
  checkWhole('fSurvival: the degrees of freedom of the numerator', d1, 1);
  checkWhole('fSurvival: the degrees of freedom of the denominator', d2, 1);
  return x <= 0 ? 1 : incompleteBeta(d2 / (d2 + d1 * x), d2 / 2, d1 / 2);
}

/** Points at which {@link rangeCdf} is summed: beyond them the density is below 1e-18. */
const step = 0.05;
const normals = Array.from({ length: 361 }, (_, i) => {
  const z = (i - 180) * step;
  return { z, density: exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) };
});

/**
 * P(Q <= q) of the range of k standard normal variables: k ∫ φ(z) (Φ(z) - Φ(z - q))^(k - 1) dz, by the trapezoidal
 * rule, which is exact to rounding for such an integrand.
 */
function rangeCdf(q: number, k: number): number {
  let sum = 0;
  for (const { z, density } of normals) {
    const within = normalCdf(z) - normalCdf(z - q);
    let power = density;
    for (let i = 1; i < k; i++) power *= within;
    sum += power;
  }
  return k * step * sum;
}

/**
 * The q with P(Q <= q) = `level`, where Q is the studentised range of k groups with infinitely many degrees of freedom
 * (the range of k standard normal variables), by halving an interval.
 *
 * @throws unless k is a whole number of 2 or more, and the level is between 0 and 1
 */
export function studentizedRangeQuantile(level: number, k: number): number {
  checkWhole('studentizedRangeQuantile: the number of groups', k, 2);
  if (!(level > 0 && level < 1)) {
    throw new Error(
      `studentizedRangeQuantile: level is ${level}; pass a share between 0 and 1, such as 0.95`,
    );
  }
  let [low, high] = [0, 1];
  while (rangeCdf(high, k) < level) high *= 2;
  // 40 halvings leave less than 1e-11: the sum itself is no closer.
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (rangeCdf(middle, k) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
