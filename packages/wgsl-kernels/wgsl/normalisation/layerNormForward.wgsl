// layerNormForward
// y = (x - mean)·rstd·weight + bias, mean and rstd = 1/√(variance + 0.00001) of a row of 192.
// The mean is corrected by the mean of the distances to it, by which the variance is taken, too.
// x: [64,50,192] row-major, as y, dy and dx; weight, bias: a row; rows padded to 192; statistics: [3200,2], mean and rstd
// One invocation computes one row.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> statistics: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

const ROW4 = 48u; // vec4s of a row
const STEPS = 12u; // steps of 4 vec4s
const COUNT = 192.0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = i * ROW4;
  var sum0 = vec4<f32>(); var sum1 = vec4<f32>(); var sum2 = vec4<f32>(); var sum3 = vec4<f32>();
  for (var k = 0u; k < STEPS; k++) {
    sum0 += x[row + k * 4u];
    sum1 += x[row + k * 4u + 1u];
    sum2 += x[row + k * 4u + 2u];
    sum3 += x[row + k * 4u + 3u];
  }
  let near = (dot((sum0 + sum1 + sum2 + sum3), vec4<f32>(1.0))) / COUNT;
  var away0 = vec4<f32>(); var square0 = vec4<f32>(); var away1 = vec4<f32>(); var square1 = vec4<f32>(); var away2 = vec4<f32>(); var square2 = vec4<f32>(); var away3 = vec4<f32>(); var square3 = vec4<f32>();
  for (var k = 0u; k < STEPS; k++) {
    let d0 = x[row + k * 4u] - near;
    away0 += d0;
    square0 += d0 * d0;
    let d1 = x[row + k * 4u + 1u] - near;
    away1 += d1;
    square1 += d1 * d1;
    let d2 = x[row + k * 4u + 2u] - near;
    away2 += d2;
    square2 += d2 * d2;
    let d3 = x[row + k * 4u + 3u] - near;
    away3 += d3;
    square3 += d3 * d3;
  }
  let drift = (dot((away0 + away1 + away2 + away3), vec4<f32>(1.0))) / COUNT;
  let mean = near + drift;
  let variance = max((dot((square0 + square1 + square2 + square3), vec4<f32>(1.0))) / COUNT - drift * drift, 0.0);
  let rstd = 1.0 / sqrt(variance + 0.00000999999975f);
  statistics[i] = vec4<f32>(mean, rstd, 0.0, 0.0);
  for (var k = 0u; k < STEPS; k++) {
    y[row + k * 4u] = (x[row + k * 4u] - mean) * rstd * weight[k * 4u] + bias[k * 4u];
    y[row + k * 4u + 1u] = (x[row + k * 4u + 1u] - mean) * rstd * weight[k * 4u + 1u] + bias[k * 4u + 1u];
    y[row + k * 4u + 2u] = (x[row + k * 4u + 2u] - mean) * rstd * weight[k * 4u + 2u] + bias[k * 4u + 2u];
    y[row + k * 4u + 3u] = (x[row + k * 4u + 3u] - mean) * rstd * weight[k * 4u + 3u] + bias[k * 4u + 3u];
  }
}
