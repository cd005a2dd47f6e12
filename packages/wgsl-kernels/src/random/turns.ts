/** WGSL: cosines, and sines, computed by the text itself: WGSL allows a device's own to be off by 2^-11. */
export const turnsText = `
// cos(2π(t - quarters/4)) for t in [0, 1): the nearest quarter turn is taken off, the rest is a Taylor series.
fn cosTurns(t: vec4<f32>, quarters: vec4<u32>) -> vec4<f32> {
  let quadrant = floor(t * 4.0 + 0.5);
  let x = (t * 4.0 - quadrant) * ${Math.PI / 2};
  let q = x * x;
  let cosine = 1.0 + q * (-0.5 + q * (${1 / 24} + q * (${-1 / 720} + q * ${1 / 40320})));
  let sine = x * (1.0 + q * (${-1 / 6} + q * (${1 / 120} + q * (${-1 / 5040} + q * ${1 / 362880}))));
  // cos(x + k·π/2) for k = 0 to 3: cos x, -sin x, -cos x, sin x.
  let k = vec4<u32>(quadrant) + 4u - quarters;
  let size = select(cosine, sine, (k & vec4<u32>(1u)) == vec4<u32>(1u));
  return select(size, -size, ((k + 1u) & vec4<u32>(2u)) == vec4<u32>(2u));
}`.trim();
