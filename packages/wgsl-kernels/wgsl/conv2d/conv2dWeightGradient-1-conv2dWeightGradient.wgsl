// conv2dWeightGradient
// dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*2 + r - 1, q*2 + s - 1]
// x: [64,16,14,14] in order NHWC, dy: [64,32,7,7] in order NHWC, dWeight: [32,16,3,3] in order RSCK
// partial: 5 slices like dWeight, each the sum over 13 images
// One invocation: one tap, 4 input channels times 2 vec4 of output channels, in acc<channel>_<vec4>, over 13 images.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 720u) { return; }
  let group = i % 4u * 2u;
  let other = i / 4u % 4u;
  let s = i / 16u % 3u * 1u;
  let r = i / 48u % 3u;
  let slice = i / 144u;
  let p0 = (max(1u, r) - r + 1u) / 2u;
  let p1 = min(7u, (max(15u, r) - r + 1u) / 2u);
  let b0 = group;
  let b1 = group + 1u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
  let end = min(64u, slice * 13u + 13u);
  for (var n = slice * 13u; n < end; n++) {
    for (var p = p0; p < p1; p++) {
      let row = p * 2u + r - 1u;
      {
        if (s - 1u < 14u) {
          let v = x[((n * 14u + row) * 14u + s - 1u) * 4u + other];
          let d0 = dy[((n * 7u + p) * 7u + 0u) * 8u + b0];
          let d1 = dy[((n * 7u + p) * 7u + 0u) * 8u + b1];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
      }
      for (var step = 0u; step < 6u; step++) {
        let v = x[((n * 14u + row) * 14u + step * 2u + s + 1u) * 4u + other];
        let d0 = dy[((n * 7u + p) * 7u + (step + 1u)) * 8u + b0];
        let d1 = dy[((n * 7u + p) * 7u + (step + 1u)) * 8u + b1];
        acc0_0 += v.x * d0; acc0_1 += v.x * d1;
        acc1_0 += v.y * d0; acc1_1 += v.y * d1;
        acc2_0 += v.z * d0; acc2_1 += v.z * d1;
        acc3_0 += v.w * d0; acc3_1 += v.w * d1;
      }
    }
  }
  let to = slice * 1152u + ((r * 3u + s) * 16u + other * 4u) * 8u;
  partial[to + 0u + b0] = acc0_0;
  partial[to + 0u + b1] = acc0_1;
  partial[to + 8u + b0] = acc1_0;
  partial[to + 8u + b1] = acc1_1;
  partial[to + 16u + b0] = acc2_0;
  partial[to + 16u + b1] = acc2_1;
  partial[to + 24u + b0] = acc3_0;
  partial[to + 24u + b1] = acc3_1;
}
