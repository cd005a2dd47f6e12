// batchNormGradientMerge
// dBias = Σ over slices of Σdy, dWeight = Σ over slices of Σdy·x̂;
// dxSum = Σdx = weight·rstd·(passed - number·dBias/n - (n - number)·mean·rstd·dWeight/n), where x > 0.
// partials: [256 slices, 4 sums, 5 vec4 of channels]; dWeight, dBias, dxSum: [20]
// One invocation sums four channels.
@group(0) @binding(0) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dWeight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dBias: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dxSum: array<vec4<f32>>;

const GROUPS = 5u; // vec4s of channels
const PARTS = 256u;
const SUMS = 4u;
const COUNT = 12544.0;
const INVERSE_COUNT = 0.00007971938775510203;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 5u) { return; }
  var sum = vec4<f32>(0.0);
  var product = vec4<f32>(0.0);
  var passed = vec4<f32>(0.0);
  var number = vec4<f32>(0.0);
  {
    var sBy16 = 0u;
    while (sBy16 < PARTS) {
      var sum_1 = vec4<f32>();
      var product_1 = vec4<f32>();
      var passed_1 = vec4<f32>();
      var number_1 = vec4<f32>();
      for (var sStep = 0u; sStep < 16u; sStep++) {
        let s = sBy16 + sStep;
        sum_1 += partials[s * (SUMS * GROUPS) + 0u * GROUPS + i];
        product_1 += partials[s * (SUMS * GROUPS) + 1u * GROUPS + i];
        passed_1 += partials[s * (SUMS * GROUPS) + 2u * GROUPS + i];
        number_1 += partials[s * (SUMS * GROUPS) + 3u * GROUPS + i];
      }
      sum += sum_1;
      product += product_1;
      passed += passed_1;
      number += number_1;
      sBy16 += 16u;
    }
  }
  dWeight[i] = product;
  dBias[i] = sum;
  let rstd = statistics[GROUPS + i];
  let slope = rstd * product * INVERSE_COUNT;
  let offset = sum * INVERSE_COUNT;
  dxSum[i] = weight[i] * rstd * (passed - number * offset - (COUNT - number) * statistics[i] * slope);
}
