// groupNormGradient
// dx = rstd·(dy·weight - mean(dy·weight) - x̂·mean(dy·weight·x̂)), x̂ = (x - mean)·rstd, means over a group of
// 1 channels of an image; weight is 1
// x: [2,18,9,9] in order NHWC, as y, dy and dx; weight, bias: [18]
// One invocation computes 1 vec4 of channels of an image, in whole groups.
// sums: [2,2,18], Σdy and Σdy·x̂ of each channel of an image; means: scratch
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> means: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>;

const C4 = 5u; // vec4s of channels
const UNIT4 = 1u; // of them an invocation
const UNITS = 5u; // invocations of an image
const PIXELS = 81u;
const BLOCK = 64u; // pixels that are walked through for some channels at a time
const GROUP = 1u; // channels of a group
const CHANNELS = 18u;
const UNIT = 4u; // channels of an invocation, or fewer at the end
const COUNT = 81.0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 10u) { return; }
  let n = i / UNITS;
  let first = i % UNITS * UNIT4;
  let image = n * (PIXELS * C4) + first;
  let own = n * (2u * C4) + first;
  for (var c = own; c < own + UNIT4; c++) {
    sums[c] = vec4<f32>();
    sums[C4 + c] = vec4<f32>();
  }
  for (var c = own; c < own + UNIT4; c++) {
    means[c] = vec4<f32>();
    means[C4 + c] = vec4<f32>();
  }
  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 1u) {
      let mean0 = statistics[own + c];
      var sum0 = vec4<f32>(); var product0 = vec4<f32>();
      for (var p = begin; p < end; p++) {
        let d0 = dy[image + p * C4 + c];
        sum0 += d0;
        product0 += d0 * (x[image + p * C4 + c] - mean0);
      }
      sums[own + c] += sum0;
      sums[own + C4 + c] += product0;
    }
  }
  for (var c = own + C4; c < own + C4 + UNIT4; c++) {
    sums[c] *= statistics[c];
  }
  for (var g = 0u; g < min(UNIT, CHANNELS - first * 4u); g += GROUP) {
    var part0 = 0.0;
    var part1 = 0.0;
    for (var k = 0u; k < GROUP; k++) {
      part0 += (sums[own + (g + k) / 4u])[(g + k) % 4u];
      part1 += (sums[C4 + own + (g + k) / 4u])[(g + k) % 4u];
    }
    let total0 = part0;
    let total1 = part1;
    let old = means[own + (g) / 4u][(g) % 4u];
    let result0 = total0 / COUNT;
    let result1 = total1 / COUNT;
    for (var k = 0u; k < GROUP; k++) {
      means[own + (g + k) / 4u][(g + k) % 4u] = result0;
      means[own + C4 + (g + k) / 4u][(g + k) % 4u] = result1;
    }
  }
  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 1u) {
      let mean0 = statistics[own + c];
      let rstd0 = statistics[own + C4 + c];
      let scale0 = rstd0;
      let slope0 = rstd0 * rstd0 * means[own + C4 + c];
      let offset0 = rstd0 * means[own + c];
      for (var p = begin; p < end; p++) {
        dx[image + p * C4 + c] = dy[image + p * C4 + c] * scale0 - offset0 -
          (x[image + p * C4 + c] - mean0) * slope0;
      }

    }
  }
}
