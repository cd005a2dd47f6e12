// matmulSum
// c[i] = sum over 4 slices of partial[slice][i] + bias[column]
// partial: [4,16], c: 16 words.
// One invocation adds one vec4 of every slice, in order.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

const SLICES = 4u;
const SIZE4 = 4u;
const BIAS4 = 1u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 4u) { return; }
  var total = partial[i];
  for (var slice = 1u; slice < SLICES; slice++) {
    total += partial[slice * SIZE4 + i];
  }
  c[i] = total + bias[i % BIAS4];
}
