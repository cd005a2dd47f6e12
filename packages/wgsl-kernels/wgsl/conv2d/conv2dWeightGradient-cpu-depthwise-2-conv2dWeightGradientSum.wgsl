// conv2dWeightGradientSum
// dWeight[i] = sum over 32 slices of partial[slice][i]
// partial: [32,864], dWeight: 864 words.
// One invocation adds one vec4 of every slice, in order.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;

const SLICES = 32u;
const SIZE4 = 216u;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  var total = partial[i];
  for (var slice = 1u; slice < SLICES; slice++) {
    total += partial[slice * SIZE4 + i];
  }
  dWeight[i] = total;
}
