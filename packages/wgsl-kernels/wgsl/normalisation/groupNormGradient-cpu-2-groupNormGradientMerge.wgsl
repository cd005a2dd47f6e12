// groupNormGradientMerge
// dBias = Σ over slices of Σdy, dWeight = Σ over slices of Σdy·x̂
// sums: [64 slices, (Σdy, Σdy·x̂), 16 vec4]; dWeight, dBias: 16 vec4
// One invocation sums one vec4 of every slice.
@group(0) @binding(0) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dBias: array<vec4<f32>>;

const SLICES = 64u;
const ROW4 = 16u; // vec4s of a sum

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  var sum = vec4<f32>();
  var product = vec4<f32>();
  {
    var sBy16 = 0u;
    while (sBy16 < SLICES) {
      var sum_1 = vec4<f32>();
      var product_1 = vec4<f32>();
      for (var sStep = 0u; sStep < 16u; sStep++) {
        let s = sBy16 + sStep;
        sum_1 += sums[s * (2u * ROW4) + i];
        product_1 += sums[s * (2u * ROW4) + ROW4 + i];
      }
      sum += sum_1;
      product += product_1;
      sBy16 += 16u;
    }
  }
  dWeight[i] = product;
  dBias[i] = sum;
}
