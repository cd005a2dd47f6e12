// conv2dWeightGradient
// dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*2 + r - 1, q*2 + s - 1]
// x: [64,1,28,28] in order NCHW, dy: [64,16,14,14] in order NHWC, dWeight: [16,1,3,3] in order RSCK
// partial: 11 slices like dWeight, each the sum over 6 images
// One invocation: 3 taps of a filter row, one input channel, times 2 vec4 of output channels, in acc<tap>_<vec4>, over 6 images.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 66u) { return; }
  let group = i % 2u * 2u;
  let other = i / 2u % 1u;
  let s = i / 2u % 1u * 3u;
  let r = i / 2u % 3u;
  let slice = i / 6u;
  let p0 = (max(1u, r) - r + 1u) / 2u;
  let p1 = min(14u, (max(29u, r) - r + 1u) / 2u);
  let b0 = group;
  let b1 = group + 1u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
  let end = min(64u, slice * 6u + 6u);
  for (var n = slice * 6u; n < end; n++) {
    for (var p = p0; p < p1; p++) {
      let row = p * 2u + r - 1u;
      {
        let column = s - 1u;
        let v0 = x[select(50176u, (n * 28u + other * 28u + row) * 28u + column + 0u, column + 0u < 28u)];
        let v1 = x[select(50176u, (n * 28u + other * 28u + row) * 28u + column + 1u, column + 1u < 28u)];
        let v2 = x[select(50176u, (n * 28u + other * 28u + row) * 28u + column + 2u, column + 2u < 28u)];
        let d0 = dy[((n * 14u + p) * 14u + 0u) * 4u + b0];
        let d1 = dy[((n * 14u + p) * 14u + 0u) * 4u + b1];
        acc0_0 += v0 * d0; acc0_1 += v0 * d1;
        acc1_0 += v1 * d0; acc1_1 += v1 * d1;
        acc2_0 += v2 * d0; acc2_1 += v2 * d1;
      }
      for (var step = 0u; step < 13u; step++) {
        let v0 = x[(n * 28u + other * 28u + row) * 28u + step * 2u + s + 1u + 0u];
        let v1 = x[(n * 28u + other * 28u + row) * 28u + step * 2u + s + 1u + 1u];
        let v2 = x[(n * 28u + other * 28u + row) * 28u + step * 2u + s + 1u + 2u];
        let d0 = dy[((n * 14u + p) * 14u + (step + 1u)) * 4u + b0];
        let d1 = dy[((n * 14u + p) * 14u + (step + 1u)) * 4u + b1];
        acc0_0 += v0 * d0; acc0_1 += v0 * d1;
        acc1_0 += v1 * d0; acc1_1 += v1 * d1;
        acc2_0 += v2 * d0; acc2_1 += v2 * d1;
      }
    }
  }
  let to = slice * 36u + ((r * 3u + s) * 1u + other) * 4u;
  partial[to + 0u + b0] = acc0_0;
  partial[to + 0u + b1] = acc0_1;
  partial[to + 4u + b0] = acc1_0;
  partial[to + 4u + b1] = acc1_1;
  partial[to + 8u + b0] = acc2_0;
  partial[to + 8u + b1] = acc2_1;
}
