// zero
// y = 0.
// y: 1028 32-bit words
// One invocation writes 1 vec4.
@group(0) @binding(0) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 257u) { return; }
  y[i] = vec4<u32>(0u);
}
