// reshape
// y = x in another shape, which lies in memory as x does
// x: [3,5,6], y: [15,6], padded to 120 numbers
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 30u) { return; }
  let v = i;
  y[v] = x[v];
}
