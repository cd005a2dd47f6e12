// reduceSum
// y = sum of x over dimensions [0,2,3]
// x: [64,16,14,14] in order 0,2,3,1
// y: [16] in order 0
// One invocation computes four neighbours of the result from one of 112 slices of x.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> partials: array<vec4<f32>>;

const OUTPUTS4 = 4u; // vec4s of results
const STRIDE0 = 4u;
const SLICE = 112u; // steps of a slice

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let v = i % OUTPUTS4;
  let slice = i / OUTPUTS4;
  let d1 = v * 4u;
  let base0 = d1 / 4u;
  var acc0 = vec4<f32>();
  {
    var k0By16 = slice * SLICE;
    while (k0By16 < (slice + 1u) * SLICE) {
      var acc0_1 = vec4<f32>();
      for (var k0Step = 0u; k0Step < 16u; k0Step++) {
        let k0 = k0By16 + k0Step;
        acc0_1 += x[base0 + k0 * STRIDE0];
      }
      acc0 += acc0_1;
      k0By16 += 16u;
    }
  }
  partials[i] = acc0;
}
