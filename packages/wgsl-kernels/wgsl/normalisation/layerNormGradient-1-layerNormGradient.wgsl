// layerNormGradient
// dx = rstd·(dy·weight - mean(dy·weight) - x̂·mean(dy·weight·x̂)), x̂ = (x - mean)·rstd,
// means over a row of 192
// x: [64,50,192] row-major, as y, dy and dx; weight, bias: a row; rows padded to 192; statistics: [3200,2], mean and rstd
// partial: [800 slices, (Σdy, Σdy·x̂), 48 vec4]
// One invocation computes 4 rows.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> partial: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4<f32>>;

const ROW4 = 48u; // vec4s of a row
const STEPS = 12u; // steps of 4 vec4s
const COUNT = 192.0;
const EACH = 4u; // rows of an invocation

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 800u) { return; }
  let part = i * (2u * ROW4);
  for (var k = part; k < part + 2u * ROW4; k++) {
    partial[k] = vec4<f32>();
  }
  for (var r = i * EACH; r < (i + 1u) * EACH; r++) {
    let row = r * ROW4;
    let mean = statistics[r].x;
    let rstd = statistics[r].y;
    var sum0 = vec4<f32>(); var product0 = vec4<f32>(); var sum1 = vec4<f32>(); var product1 = vec4<f32>(); var sum2 = vec4<f32>(); var product2 = vec4<f32>(); var sum3 = vec4<f32>(); var product3 = vec4<f32>();
    for (var k = 0u; k < STEPS; k++) {
      let d0 = dy[row + k * 4u] * weight[k * 4u];
      sum0 += d0;
      product0 += d0 * (x[row + k * 4u] - mean);
      let d1 = dy[row + k * 4u + 1u] * weight[k * 4u + 1u];
      sum1 += d1;
      product1 += d1 * (x[row + k * 4u + 1u] - mean);
      let d2 = dy[row + k * 4u + 2u] * weight[k * 4u + 2u];
      sum2 += d2;
      product2 += d2 * (x[row + k * 4u + 2u] - mean);
      let d3 = dy[row + k * 4u + 3u] * weight[k * 4u + 3u];
      sum3 += d3;
      product3 += d3 * (x[row + k * 4u + 3u] - mean);
    }
    let offset = (dot((sum0 + sum1 + sum2 + sum3), vec4<f32>(1.0))) / COUNT;
    let slope = (dot((product0 + product1 + product2 + product3), vec4<f32>(1.0))) * rstd / COUNT;
    for (var k = 0u; k < STEPS; k++) {
      {
        let d = dy[row + k * 4u];
        let normal = (x[row + k * 4u] - mean) * rstd;
        dx[row + k * 4u] = rstd * (d * weight[k * 4u] - offset - normal * slope);
        partial[part + k * 4u] += d;
        partial[part + ROW4 + k * 4u] += d * normal;
      }
      {
        let d = dy[row + k * 4u + 1u];
        let normal = (x[row + k * 4u + 1u] - mean) * rstd;
        dx[row + k * 4u + 1u] = rstd * (d * weight[k * 4u + 1u] - offset - normal * slope);
        partial[part + k * 4u + 1u] += d;
        partial[part + ROW4 + k * 4u + 1u] += d * normal;
      }
      {
        let d = dy[row + k * 4u + 2u];
        let normal = (x[row + k * 4u + 2u] - mean) * rstd;
        dx[row + k * 4u + 2u] = rstd * (d * weight[k * 4u + 2u] - offset - normal * slope);
        partial[part + k * 4u + 2u] += d;
        partial[part + ROW4 + k * 4u + 2u] += d * normal;
      }
      {
        let d = dy[row + k * 4u + 3u];
        let normal = (x[row + k * 4u + 3u] - mean) * rstd;
        dx[row + k * 4u + 3u] = rstd * (d * weight[k * 4u + 3u] - offset - normal * slope);
        partial[part + k * 4u + 3u] += d;
        partial[part + ROW4 + k * 4u + 3u] += d * normal;
      }
    }
  }
}
