// reduceSumSlices
// y = sum of x over dimensions [0,2,3]
// y: [16] in order 0
// partials: one such tensor for each of 112 slices.
// One invocation combines four neighbours of all slices, in order.
@group(0) @binding(0) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const OUTPUTS4 = 4u; // vec4s of results
const SLICES = 112u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 4u) { return; }
  let v = i;
  var acc0 = partials[v];
  {
    var sliceBy16 = 1u;
    while (sliceBy16 + 16u <= SLICES) {
      var acc0_1 = vec4<f32>();
      for (var sliceStep = 0u; sliceStep < 16u; sliceStep++) {
        let slice = sliceBy16 + sliceStep;
        acc0_1 += partials[slice * OUTPUTS4 + v];
      }
      acc0 += acc0_1;
      sliceBy16 += 16u;
    }
    if (sliceBy16 < SLICES) {
      var acc0_1 = vec4<f32>();
      for (var slice = sliceBy16; slice < SLICES; slice++) {
        acc0_1 += partials[slice * OUTPUTS4 + v];
      }
      acc0 += acc0_1;
    }
  }
  y[v] = acc0;
}
