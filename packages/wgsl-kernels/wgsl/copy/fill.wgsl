// fill
// y = 1
// y: [2,5] in order 0,1, padded [2,8]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 4u) { return; }
  let v = i;
  let d1 = v % 2u * 4u;
  y[v] = select(vec4<f32>(), vec4<f32>(1f), (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u));
}
