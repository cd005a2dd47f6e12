// axpy
// y += x
// x, y: 100000 f32
// One invocation writes 4 consecutive vec4s.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const RUN = 4u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 6250u) { return; }
  for (var k = 0u; k < RUN; k++) {
    let v = i * RUN + k;
    y[v] += x[v];
  }
}
