// groupNormForward
// y = (x - mean)·rstd, mean and rstd = 1/√(variance + 0.00001) over 1 channels of an image.
// The mean is corrected by the mean of the distances to it, which give the variance, too.
// x: [2,18,9,9] in order NHWC, as y, dy and dx; weight, bias: [18]
// One invocation computes 1 vec4 of channels of an image, in whole groups.
// statistics: [2,2,18], mean and rstd of each channel's group; sums: scratch
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> statistics: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

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
    statistics[c] = vec4<f32>();
    statistics[C4 + c] = vec4<f32>();
  }
  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 1u) {
      var sum0 = vec4<f32>();
      for (var p = begin; p < end; p++) {
        sum0 += x[image + p * C4 + c];
      }
      sums[own + c] += sum0;
    }
  }
  for (var g = 0u; g < min(UNIT, CHANNELS - first * 4u); g += GROUP) {
    var part0 = 0.0;
    for (var k = 0u; k < GROUP; k++) {
      part0 += (sums[own + (g + k) / 4u])[(g + k) % 4u];
    }
    let total0 = part0;
    let old = statistics[own + (g) / 4u][(g) % 4u];
    let result0 = total0 / COUNT;
    for (var k = 0u; k < GROUP; k++) {
      statistics[own + (g + k) / 4u][(g + k) % 4u] = result0;
    }
  }
  for (var c = own; c < own + UNIT4; c++) {
    sums[c] = vec4<f32>();
    sums[C4 + c] = vec4<f32>();
  }
  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 1u) {
      let mean0 = statistics[own + c];
      var away0 = vec4<f32>(); var square0 = vec4<f32>();
      for (var p = begin; p < end; p++) {
        let d0 = x[image + p * C4 + c] - mean0;
        away0 += d0;
        square0 += d0 * d0;
      }
      sums[own + c] += away0;
      sums[own + C4 + c] += square0;
    }
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
    let old = statistics[own + (g) / 4u][(g) % 4u];
    let drift = total0 / COUNT;
    let variance = max(total1 / COUNT - drift * drift, 0.0);
    let result0 = old + drift;
    let result1 = 1.0 / sqrt(variance + 0.00000999999975f);
    for (var k = 0u; k < GROUP; k++) {
      statistics[own + (g + k) / 4u][(g + k) % 4u] = result0;
      statistics[own + C4 + (g + k) / 4u][(g + k) % 4u] = result1;
    }
  }
  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 1u) {
      let mean0 = statistics[own + c];
      let scale0 = statistics[own + C4 + c];

      for (var p = begin; p < end; p++) {
        y[image + p * C4 + c] = (x[image + p * C4 + c] - mean0) * scale0;
      }

    }
  }
}
