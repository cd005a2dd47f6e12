// conv2dWeightGradientPacked
// dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*2 + r - 1, q*2 + s - 1]
// xByImage, dyByImage: x [65,16,14,14] and dy [65,20,7,7] as conv2dWeightGradientPack leaves them
// dWeight: [20,16,3,3] in order RSCK
// One invocation: one tap, 4 input channels times 2 vec4 of output channels. acc<channel>_<vec4> is the sum over a row of
// positions, total<channel>_<vec4> the sum of those: rounding errors grow with the square root of each.
@group(0) @binding(0) var<storage, read> xByImage: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dyByImage: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dWeight: array<vec4<f32>>;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i % 3u;
  let c4 = i / 3u % 4u;
  let s = i / 12u % 3u;
  let r = i / 36u;
  let p0 = (max(1u, r) - r + 1u) / 2u;
  let p1 = min(7u, (max(15u, r) - r + 1u) / 2u);
  let q0 = (max(1u, s) - s + 1u) / 2u;
  let q1 = min(7u, (max(15u, s) - s + 1u) / 2u);
  var total0_0 = vec4<f32>(); var total0_1 = vec4<f32>();
  var total1_0 = vec4<f32>(); var total1_1 = vec4<f32>();
  var total2_0 = vec4<f32>(); var total2_1 = vec4<f32>();
  var total3_0 = vec4<f32>(); var total3_1 = vec4<f32>();
  for (var p = p0; p < p1; p++) {
    var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
    var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
    var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
    var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
    for (var q = q0; q < q1; q++) {
      let xAt = (c4 * 196u + (p * 2u + r - 1u) * 14u + q * 2u + s - 1u) * 68u;
      let dyAt = (tile * 49u + p * 7u + q) * 136u;
      for (var n = 0u; n < 68u; n += 4u) {
        {
          let v = xByImage[xAt + n];
          let d0 = dyByImage[dyAt + n * 2u];
          let d1 = dyByImage[dyAt + n * 2u + 1u];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
        {
          let v = xByImage[xAt + n + 1u];
          let d0 = dyByImage[dyAt + n * 2u + 2u];
          let d1 = dyByImage[dyAt + n * 2u + 3u];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
        {
          let v = xByImage[xAt + n + 2u];
          let d0 = dyByImage[dyAt + n * 2u + 4u];
          let d1 = dyByImage[dyAt + n * 2u + 5u];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
        {
          let v = xByImage[xAt + n + 3u];
          let d0 = dyByImage[dyAt + n * 2u + 6u];
          let d1 = dyByImage[dyAt + n * 2u + 7u];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
      }
    }
    total0_0 += acc0_0; total0_1 += acc0_1;
    total1_0 += acc1_0; total1_1 += acc1_1;
    total2_0 += acc2_0; total2_1 += acc2_1;
    total3_0 += acc3_0; total3_1 += acc3_1;
  }
  let at = ((r * 3u + s) * 16u + c4 * 4u) * 5u + tile * 2u;
  dWeight[at] = total0_0;
  if (tile * 2u + 1u < 5u) { dWeight[at + 1u] = total0_1; }
  dWeight[at + 5u] = total1_0;
  if (tile * 2u + 1u < 5u) { dWeight[at + 6u] = total1_1; }
  dWeight[at + 10u] = total2_0;
  if (tile * 2u + 1u < 5u) { dWeight[at + 11u] = total2_1; }
  dWeight[at + 15u] = total3_0;
  if (tile * 2u + 1u < 5u) { dWeight[at + 16u] = total3_1; }
}
