// average
// y += weight[0] · (x - y)
// x, y: 1028 f32
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 257u) { return; }
  let v = i;
  let share = weight[0];
  let step = x[v] - y[v];
  // From the nearer end, so that a share of 1 ends at x.
  y[v] = select(x[v] - step * (1.0 - share), y[v] + step * share, share < 0.5);
}
