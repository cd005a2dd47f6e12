/** WGSL functions over `vec4<f32>` that more than one elementwise function uses. */

/** exp never sees a positive argument, so nothing overflows for inputs of any size. */
export const stableSigmoid = `
fn stableSigmoid(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(e, vec4<f32>(1f), x >= vec4<f32>()) / (1f + e);
}`;

/**
 * erf from its series near 0 (by Norbert Juffa), elsewhere from erfc = 1 - erf (by Numerical Recipes): the first for
 * |z| below 0.927734375, the second for z from there on.
 */
export const nearAndFarErf = `
fn nearErf(z: vec4<f32>) -> vec4<f32> {
  let s = z * z;
  return z + z * (0.128379166f + s * (-0.376125336f + s * (0.112819925f + s * (-0.0267681349f
    + s * (0.00499119423f + s * -0.000596761703f)))));
}
fn farErfc(z: vec4<f32>) -> vec4<f32> {
  let t = 1f / (1f + 0.5f * z);
  return t * exp(-z * z - 1.26551223f + t * (1.00002368f + t * (0.37409196f + t * (0.09678418f
    + t * (-0.18628806f + t * (0.27886807f + t * (-1.13520398f + t * (1.48851587f
    + t * (-0.82215223f + t * 0.17087277f)))))))));
}`;

/** log(1 + e) for e from 0 to 1, as 2 atanh(e / (2 + e)): the sum 1 + e would cut off the digits of a small e. */
export const log1p = `
fn log1p(e: vec4<f32>) -> vec4<f32> {
  let s = e / (2f + e);
  let q = s * s;
  return 2f * s * (1f + q * (0.333333333f + q * (0.2f + q * (0.142857143f + q * (0.111111111f
    + q * (0.0909090909f + q * (0.0769230769f + q * 0.0666666667f)))))));
}`;

/** exp(x) - 1 for x up to 0: near 0, where the difference cancels, by its series to x^8. */
export const expm1 = `
fn expm1(x: vec4<f32>) -> vec4<f32> {
  let series = x * (1f + x / 2f * (1f + x / 3f * (1f + x / 4f * (1f + x / 5f
    * (1f + x / 6f * (1f + x / 7f * (1f + x / 8f)))))));
  return select(exp(x) - 1f, series, x > vec4<f32>(-0.5f));
}`;

/**
 * Below x in the normal distribution, in float64: by the series x + x³/3 + x⁵/15 + …, all of one sign; far below 0,
 * where 0.5 would take its digits, by a continued fraction.
 */
export function normalBelow(x: number): number {
  if (x < -3) {
    let fraction = -x;
    for (let n = 200; n > 0; n--) fraction = -x + n / fraction;
    return density(x) / fraction;
  }
  if (x > 9) return 1;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

/** The density of the normal distribution at x, in float64. */
export function density(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}
