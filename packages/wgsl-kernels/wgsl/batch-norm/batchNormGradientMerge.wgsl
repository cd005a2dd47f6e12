// batchNormGradientMerge
// dBias = Σ over slices of Σdy, dWeight = Σ over slices of Σdy·x̂.
// partials: [256 slices, 2 sums, 5 vec4 of channels]; dWeight, dBias: [20]
// One invocation sums four channels.
@group(0) @binding(0) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dBias: array<vec4<f32>>;

const GROUPS = 5u; // vec4s of channels
const PARTS = 256u;
const SUMS = 2u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 5u) { return; }
  var sum = vec4<f32>(0.0);
  var product = vec4<f32>(0.0);
  {
    var sBy16 = 0u;
    while (sBy16 < PARTS) {
      var sum_1 = vec4<f32>();
      var product_1 = vec4<f32>();
      for (var sStep = 0u; sStep < 16u; sStep++) {
        let s = sBy16 + sStep;
        sum_1 += partials[s * (SUMS * GROUPS) + 0u * GROUPS + i];
        product_1 += partials[s * (SUMS * GROUPS) + 1u * GROUPS + i];
      }
      sum += sum_1;
      product += product_1;
      sBy16 += 16u;
    }
  }
  dWeight[i] = product;
  dBias[i] = sum;
}
