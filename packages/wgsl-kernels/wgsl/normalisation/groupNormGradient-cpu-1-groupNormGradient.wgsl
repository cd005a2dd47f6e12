// groupNormGradient
// dx = rstd·(dy·weight - mean(dy·weight) - x̂·mean(dy·weight·x̂)), x̂ = (x - mean)·rstd, means over a group of
// 8 channels of an image
// x: [64,64,14,14] in order NHWC, as y, dy and dx; weight, bias: [64]
// One invocation computes 16 vec4 of channels of an image, in whole groups.
// sums: [64,2,64], Σdy and Σdy·x̂ of each channel of an image; means: scratch
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> means: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4<f32>>;

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
    for (var c = 0u; c < UNIT4; c += 4u) {
      let mean0 = statistics[own + c];
      var sum0 = vec4<f32>(); var product0 = vec4<f32>();
      let mean1 = statistics[own + c + 1u];
      var sum1 = vec4<f32>(); var product1 = vec4<f32>();
      let mean2 = statistics[own + c + 2u];
      var sum2 = vec4<f32>(); var product2 = vec4<f32>();
      let mean3 = statistics[own + c + 3u];
      var sum3 = vec4<f32>(); var product3 = vec4<f32>();
      for (var p = begin; p < end; p++) {
        let d0 = dy[image + p * C4 + c];
        sum0 += d0;
        product0 += d0 * (x[image + p * C4 + c] - mean0);
        let d1 = dy[image + p * C4 + c + 1u];
        sum1 += d1;
        product1 += d1 * (x[image + p * C4 + c + 1u] - mean1);
        let d2 = dy[image + p * C4 + c + 2u];
        sum2 += d2;
        product2 += d2 * (x[image + p * C4 + c + 2u] - mean2);
        let d3 = dy[image + p * C4 + c + 3u];
        sum3 += d3;
        product3 += d3 * (x[image + p * C4 + c + 3u] - mean3);
      }
      sums[own + c] += sum0;
      sums[own + c + 1u] += sum1;
      sums[own + c + 2u] += sum2;
      sums[own + c + 3u] += sum3;
      sums[own + C4 + c] += product0;
      sums[own + C4 + c + 1u] += product1;
      sums[own + C4 + c + 2u] += product2;
      sums[own + C4 + c + 3u] += product3;
    }
  }
  for (var c = own + C4; c < own + C4 + UNIT4; c++) {
    sums[c] *= statistics[c];
  }
  for (var g = 0u; g < UNIT4; g += GROUP4) {
    var part0 = vec4<f32>();
    var part1 = vec4<f32>();
    for (var k = 0u; k < GROUP4; k++) {
      part0 += sums[own + g + k] * weight[first + g + k];
      part1 += sums[C4 + own + g + k] * weight[first + g + k];
    }
    let total0 = (part0.x + part0.y) + (part0.z + part0.w);
    let total1 = (part1.x + part1.y) + (part1.z + part1.w);
    let old = means[own + g].x;
    let result0 = vec4<f32>(total0 / COUNT);
    let result1 = vec4<f32>(total1 / COUNT);
    for (var k = 0u; k < GROUP4; k++) {
      means[own + g + k] = result0;
      means[own + C4 + g + k] = result1;
    }
  }
  for (var begin = 0u; begin < PIXELS; begin += BLOCK) {
    let end = min(begin + BLOCK, PIXELS);
    for (var c = 0u; c < UNIT4; c += 2u) {
      let mean0 = statistics[own + c];
      let rstd0 = statistics[own + C4 + c];
      let scale0 = rstd0 * weight[first + c];
      let slope0 = rstd0 * rstd0 * means[own + C4 + c];
      let offset0 = rstd0 * means[own + c];
      let mean1 = statistics[own + c + 1u];
      let rstd1 = statistics[own + C4 + c + 1u];
      let scale1 = rstd1 * weight[first + c + 1u];
      let slope1 = rstd1 * rstd1 * means[own + C4 + c + 1u];
      let offset1 = rstd1 * means[own + c + 1u];
      for (var p = begin; p < end; p++) {
        dx[image + p * C4 + c] = dy[image + p * C4 + c] * scale0 - offset0 -
          (x[image + p * C4 + c] - mean0) * slope0;
        dx[image + p * C4 + c + 1u] = dy[image + p * C4 + c + 1u] * scale1 - offset1 -
          (x[image + p * C4 + c + 1u] - mean1) * slope1;
      }

    }
  }
}
