// addForward
// y = a + b
// a: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// b: [1,5,1,1] in order 0,2,3,1, padded [1,8,1,1]
// y: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

fn formula(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return a + b;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 36u) { return; }
  let v = i;
  let d1 = v % 2u * 4u;
  y[v] = formula(a[v], b[d1 / 4u]);
}
