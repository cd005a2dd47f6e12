// groupNormForward
// y = (x - mean)·rstd·weight + bias, mean and rstd = 1/√(variance + 0.00001) over 8 channels of an image.
// The mean is corrected by the mean of the distances to it, which give the variance, too.
// x: [64,64,14,14] in order NHWC, as y, dy and dx; weight, bias: [64]
// One invocation computes 16 vec4 of channels of an image, in whole groups.
// statistics: [64,2,64], mean and rstd of each channel's group; sums: scratch
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

const C4 = 16u; // vec4s of channels
const UNIT4 = 16u; // of them an invocation
const UNITS = 1u; // invocations of an image
const PIXELS = 196u;
const BLOCK = 16u; // pixels that are walked through for some channels at a time
const GROUP4 = 2u; // vec4s of a group
const COUNT = 1568.0;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let n = i / UNITS;
  let first = i % UNITS * UNIT4;
  let image = n * (PIXELS * C4) + first;
  let own = n * (2u * C4) + first;
  for (var c = own; c < own + UNIT4; c++) {
    sums[c] = vec4<f32>();
    sums[C4 + c] = vec4<f32>();
  }

  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 8u) {
      var sum0 = vec4<f32>();
      var sum1 = vec4<f32>();
      var sum2 = vec4<f32>();
      var sum3 = vec4<f32>();
      var sum4 = vec4<f32>();
      var sum5 = vec4<f32>();
      var sum6 = vec4<f32>();
      var sum7 = vec4<f32>();
      for (var p = begin; p < end; p++) {
        sum0 += x[image + p * C4 + c];
        sum1 += x[image + p * C4 + c + 1u];
        sum2 += x[image + p * C4 + c + 2u];
        sum3 += x[image + p * C4 + c + 3u];
        sum4 += x[image + p * C4 + c + 4u];
        sum5 += x[image + p * C4 + c + 5u];
        sum6 += x[image + p * C4 + c + 6u];
        sum7 += x[image + p * C4 + c + 7u];
      }
      sums[own + c] += sum0;
      sums[own + c + 1u] += sum1;
      sums[own + c + 2u] += sum2;
      sums[own + c + 3u] += sum3;
      sums[own + c + 4u] += sum4;
      sums[own + c + 5u] += sum5;
      sums[own + c + 6u] += sum6;
      sums[own + c + 7u] += sum7;
    }
  }
  for (var g = 0u; g < UNIT4; g += GROUP4) {
    var part0 = vec4<f32>();
    for (var k = 0u; k < GROUP4; k++) {
      part0 += sums[own + g + k];
    }
    let total0 = (part0.x + part0.y) + (part0.z + part0.w);
    let old = statistics[own + g].x;
    let result0 = vec4<f32>(total0 / COUNT);
    for (var k = 0u; k < GROUP4; k++) {
      statistics[own + g + k] = result0;
    }
  }
  for (var c = own; c < own + UNIT4; c++) {
    sums[c] = vec4<f32>();
    sums[C4 + c] = vec4<f32>();
  }
  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 4u) {
      let mean0 = statistics[own + c];
      var away0 = vec4<f32>(); var square0 = vec4<f32>();
      let mean1 = statistics[own + c + 1u];
      var away1 = vec4<f32>(); var square1 = vec4<f32>();
      let mean2 = statistics[own + c + 2u];
      var away2 = vec4<f32>(); var square2 = vec4<f32>();
      let mean3 = statistics[own + c + 3u];
      var away3 = vec4<f32>(); var square3 = vec4<f32>();
      for (var p = begin; p < end; p++) {
        let d0 = x[image + p * C4 + c] - mean0;
        away0 += d0;
        square0 += d0 * d0;
        let d1 = x[image + p * C4 + c + 1u] - mean1;
        away1 += d1;
        square1 += d1 * d1;
        let d2 = x[image + p * C4 + c + 2u] - mean2;
        away2 += d2;
        square2 += d2 * d2;
        let d3 = x[image + p * C4 + c + 3u] - mean3;
        away3 += d3;
        square3 += d3 * d3;
      }
      sums[own + c] += away0;
      sums[own + c + 1u] += away1;
      sums[own + c + 2u] += away2;
      sums[own + c + 3u] += away3;
      sums[own + C4 + c] += square0;
      sums[own + C4 + c + 1u] += square1;
      sums[own + C4 + c + 2u] += square2;
      sums[own + C4 + c + 3u] += square3;
    }
  }
  for (var g = 0u; g < UNIT4; g += GROUP4) {
    var part0 = vec4<f32>();
    var part1 = vec4<f32>();
    for (var k = 0u; k < GROUP4; k++) {
      part0 += sums[own + g + k];
      part1 += sums[C4 + own + g + k];
    }
    let total0 = (part0.x + part0.y) + (part0.z + part0.w);
    let total1 = (part1.x + part1.y) + (part1.z + part1.w);
    let old = statistics[own + g].x;
    let drift = total0 / COUNT;
    let variance = max(total1 / COUNT - drift * drift, 0.0);
    let result0 = vec4<f32>(old + drift);
    let result1 = vec4<f32>(1.0 / sqrt(variance + 0.00000999999975f));
    for (var k = 0u; k < GROUP4; k++) {
      statistics[own + g + k] = result0;
      statistics[own + C4 + g + k] = result1;
    }
  }
  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 4u) {
      let mean0 = statistics[own + c];
      let scale0 = statistics[own + C4 + c] * weight[first + c];
      let bias0 = bias[first + c];
      let mean1 = statistics[own + c + 1u];
      let scale1 = statistics[own + C4 + c + 1u] * weight[first + c + 1u];
      let bias1 = bias[first + c + 1u];
      let mean2 = statistics[own + c + 2u];
      let scale2 = statistics[own + C4 + c + 2u] * weight[first + c + 2u];
      let bias2 = bias[first + c + 2u];
      let mean3 = statistics[own + c + 3u];
      let scale3 = statistics[own + C4 + c + 3u] * weight[first + c + 3u];
      let bias3 = bias[first + c + 3u];
      for (var p = begin; p < end; p++) {
        y[image + p * C4 + c] = (x[image + p * C4 + c] - mean0) * scale0 + bias0;
        y[image + p * C4 + c + 1u] = (x[image + p * C4 + c + 1u] - mean1) * scale1 + bias1;
        y[image + p * C4 + c + 2u] = (x[image + p * C4 + c + 2u] - mean2) * scale2 + bias2;
        y[image + p * C4 + c + 3u] = (x[image + p * C4 + c + 3u] - mean3) * scale3 + bias3;
      }

    }
  }
}
