// batchNormForward
// y = (x - mean)·rstd·weight + bias.
// x, y: [8,3,5,6] in order 0,1,2,3; statistics: [2,3], mean and rstd; the others: [3]
// One invocation handles 24 values of 3 channels.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

const C = 3u;
const H = 5u;
const W = 6u;
const LINE4 = 2u; // vec4s of a line of a plane
const PLANE4 = 10u;
const ROWS = 40u; // lines of all images
const PART_ROWS = 4u; // lines of an invocation

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 10u) { return; }
  let part = i;
  let first = part * PART_ROWS;
  let last = min(first + PART_ROWS, ROWS);
  let mean0 = vec4<f32>(statistics[0].x);
  let scale0 = vec4<f32>(weight[0].x) * vec4<f32>(statistics[1].x);
  let bias0 = vec4<f32>(bias[0].x);
  let mean1 = vec4<f32>(statistics[0].y);
  let scale1 = vec4<f32>(weight[0].y) * vec4<f32>(statistics[1].y);
  let bias1 = vec4<f32>(bias[0].y);
  let mean2 = vec4<f32>(statistics[0].z);
  let scale2 = vec4<f32>(weight[0].z) * vec4<f32>(statistics[1].z);
  let bias2 = vec4<f32>(bias[0].z);

  for (var row = first; row < last; row++) {
    let line = (row / H) * (C * PLANE4) + (row % H) * LINE4;
    for (var at = line; at < line + W / 4u; at++) {
      y[at] = (x[at] - mean0) * scale0 + bias0;
    }
    {
      y[line + W / 4u] = select(vec4<f32>(0.0), (x[line + W / 4u] - mean0) * scale0 + bias0, vec4<bool>(true, true, false, false));
    }
    for (var at = line + 1u * PLANE4; at < line + 1u * PLANE4 + W / 4u; at++) {
      y[at] = (x[at] - mean1) * scale1 + bias1;
    }
    {
      y[line + 1u * PLANE4 + W / 4u] = select(vec4<f32>(0.0), (x[line + 1u * PLANE4 + W / 4u] - mean1) * scale1 + bias1, vec4<bool>(true, true, false, false));
    }
    for (var at = line + 2u * PLANE4; at < line + 2u * PLANE4 + W / 4u; at++) {
      y[at] = (x[at] - mean2) * scale2 + bias2;
    }
    {
      y[line + 2u * PLANE4 + W / 4u] = select(vec4<f32>(0.0), (x[line + 2u * PLANE4 + W / 4u] - mean2) * scale2 + bias2, vec4<bool>(true, true, false, false));
    }
  }
}
