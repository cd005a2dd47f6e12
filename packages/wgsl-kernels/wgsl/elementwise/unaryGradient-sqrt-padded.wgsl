// sqrtGradient
// dx = 0.5f * dy / y, for y = sqrt(x)
// dy: [3] in order 0, padded [4]
// y: [3] in order 0, padded [4]
// dx: [3] in order 0, padded [4]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

fn formula(dy: vec4<f32>, y: vec4<f32>) -> vec4<f32> {
  return 0.5f * dy / y;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 1u) { return; }
  let v = i;
  let inside = vec4<bool>(true, true, true, false);
  dx[v] = select(vec4<f32>(), formula(dy[v], y[v]), inside);
}
