// conv2dWeightGradientSum
// dWeight[i] = sum over 11 slices of partial[slice][i]
// partial: [11,144], dWeight: 144 words.
// One invocation adds one vec4 of every slice, in order.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;

const SLICES = 11u;
const SIZE4 = 36u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 36u) { return; }
  var total = partial[i];
  for (var slice = 1u; slice < SLICES; slice++) {
    total += partial[slice * SIZE4 + i];
  }
  dWeight[i] = total;
}
