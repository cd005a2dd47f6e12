// conv2dBiasGradientSum
// dBias[i] = sum over 64 slices of partial[slice][i]
// partial: [64,32], dBias: 32 words.
// One invocation adds one vec4 of every slice, in order.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dBias: array<vec4<f32>>;

const SLICES = 64u;
const SIZE4 = 8u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 8u) { return; }
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
  dBias[i] = total;
}
