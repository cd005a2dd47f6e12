// conv2dWeightGradientSum
// dWeight[i] = sum over 3 slices of partial[slice][i]
// partial: [3,4608], dWeight: 4608 words.
// One invocation adds one vec4 of every slice, in order.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;

const SLICES = 3u;
const SIZE4 = 1152u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  var total = partial[i];
  for (var slice = 1u; slice < SLICES; slice++) {
    total += partial[slice * SIZE4 + i];
  }
  dWeight[i] = total;
}
