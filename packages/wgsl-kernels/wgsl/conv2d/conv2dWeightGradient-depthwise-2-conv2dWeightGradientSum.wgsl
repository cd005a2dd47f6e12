// conv2dWeightGradientSum
// dWeight[i] = sum over 64 slices of partial[slice][i]
// partial: [64,864], dWeight: 864 words.
// One invocation adds one vec4 of every slice, in order.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;

const SLICES = 64u;
const SIZE4 = 216u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 216u) { return; }
  var total = partial[i];
  {
    var sliceBy9 = 1u;
    while (sliceBy9 < SLICES) {
      var total_1 = vec4<f32>();
      for (var sliceStep = 0u; sliceStep < 9u; sliceStep++) {
        let slice = sliceBy9 + sliceStep;
        total_1 += partial[slice * SIZE4 + i];
      }
      total += total_1;
      sliceBy9 += 9u;
    }
  }
  dWeight[i] = total;
}
