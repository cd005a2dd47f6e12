// layerNormGradientMerge
// dBias = Σ over slices of Σdy, dWeight = Σ over slices of Σdy·x̂
// partial: [800 slices, (Σdy, Σdy·x̂), 48 vec4]; dWeight, dBias: 48 vec4
// One invocation sums one vec4 of every slice.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dBias: array<vec4<f32>>;

const SLICES = 800u;
const ROW4 = 48u; // vec4s of a sum

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 48u) { return; }
  var sum = vec4<f32>();
  var product = vec4<f32>();
  {
    var sBy160 = 0u;
    while (sBy160 < SLICES) {
      let sEnd160 = min(sBy160 + 160u, SLICES);
      var sum_1 = vec4<f32>();
      var product_1 = vec4<f32>();
      {
        var sBy16 = sBy160;
        while (sBy16 < sEnd160) {
          var sum_2 = vec4<f32>();
          var product_2 = vec4<f32>();
          for (var sStep = 0u; sStep < 16u; sStep++) {
            let s = sBy16 + sStep;
            sum_2 += partial[s * (2u * ROW4) + i];
            product_2 += partial[s * (2u * ROW4) + ROW4 + i];
          }
          sum_1 += sum_2;
          product_1 += product_2;
          sBy16 += 16u;
        }
      }
      sum += sum_1;
      product += product_1;
      sBy160 += 160u;
    }
  }
  dWeight[i] = product;
  dBias[i] = sum;
}
