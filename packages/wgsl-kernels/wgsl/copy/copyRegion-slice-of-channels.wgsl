// copyRegion
// y[[0,0,0,0] + p] = x[[0,4,0,0] + p] for p within [2,4,3,3];
// other elements of y become 0
// x: [2,12,3,3] in order 0,2,3,1
// y: [2,4,3,3] in order 0,2,3,1
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 18u) { return; }
  let v = i;
  let d1 = 0u;
  let d0 = v;
  let place = v;
  y[place] = x[(d0 * 12u + (d1 + 4u)) / 4u];
}
