// mulForward
// y = a * b
// a: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// b: [2,5,3,3] in order 0,1,2,3, padded [2,5,3,4]
// y: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

fn formula(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return a * b;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 36u) { return; }
  let v = i;
  let d0 = v / 18u;
  let d1 = v % 2u * 4u;
  let d2 = v / 6u % 3u;
  let d3 = v / 2u % 3u;
  let inside = (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u);
  y[v] = select(vec4<f32>(), formula(a[v], vec4<f32>(b[d0 * 60u + d2 * 4u + d3 + d1 * 12u], b[d0 * 60u + d2 * 4u + d3 + min(d1 + 1u, 4u) * 12u], b[d0 * 60u + d2 * 4u + d3 + min(d1 + 2u, 4u) * 12u], b[d0 * 60u + d2 * 4u + d3 + min(d1 + 3u, 4u) * 12u])), inside);
}
