// conv2dWeightGradient
// dWeight[k,c,r,s] = sum_{n,p,q}
//   dy[n,k,p,q] * x[n, c, p*2 + r - 1, q*2 + s - 1]
// x: [64,16,14,14] in order NHWC, dy: [64,32,7,7] in order NHWC
// dWeight: [32,16,3,3] in order RSCK
// partial: 5 slices like dWeight, each the sum over 13 images
// One invocation: one tap, 4 input channels times 2 vec4 of output channels, in acc<channel>_<vec4>, over 13 images.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4<f32>>;

const N = 64u;
const C4 = 4u; // vec4s of input channels
const H = 14u;
const W = 14u;
const K4 = 8u; // vec4s of output channels
const P = 7u;
const Q = 7u;
const R = 3u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const GROUPS = 2u; // vec4s of grouped channels of an invocation
const GROUP_TILES = 4u; // invocations along the grouped channels
const OTHER_TILES = 4u; // invocations along the other channels
const TAPS = 1u; // taps of an invocation
const TAP_TILES = 3u; // invocations along a row of the filter
const SLICE_IMAGES = 13u; // images of a slice
const SLICE = 1152u; // vec4s of a slice of partial

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 720u) { return; }
  let group = i % GROUP_TILES * GROUPS;
  let other = i / GROUP_TILES % OTHER_TILES;
  let s = i / (GROUP_TILES * OTHER_TILES) % TAP_TILES * TAPS;
  let r = i / (GROUP_TILES * OTHER_TILES * TAP_TILES) % R;
  let slice = i / (GROUP_TILES * OTHER_TILES * TAP_TILES * R);
  let p0 = (max(PADDING_Y, r) - r + (STRIDE_Y - 1u)) / STRIDE_Y;
  let p1 = min(P, (max(H + PADDING_Y, r) - r + (STRIDE_Y - 1u)) / STRIDE_Y);
  let b0 = group;
  let b1 = group + 1u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
  let end = min(N, slice * SLICE_IMAGES + SLICE_IMAGES);
  for (var n = slice * SLICE_IMAGES; n < end; n++) {
    for (var p = p0; p < p1; p++) {
      let row = p * STRIDE_Y + r - PADDING_Y;
      {
        if (s - 1u < W) {
          let v = x[((n * H + row) * W + s - 1u) * C4 + other];
          let d0 = dy[((n * P + p) * Q + 0u) * K4 + b0];
          let d1 = dy[((n * P + p) * Q + 0u) * K4 + b1];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
      }
      for (var step = 0u; step < 6u; step++) {
        let v = x[((n * H + row) * W + step * STRIDE_X + s + 1u) * C4 + other];
        let d0 = dy[((n * P + p) * Q + (step + 1u)) * K4 + b0];
        let d1 = dy[((n * P + p) * Q + (step + 1u)) * K4 + b1];
        acc0_0 += v.x * d0; acc0_1 += v.x * d1;
        acc1_0 += v.y * d0; acc1_1 += v.y * d1;
        acc2_0 += v.z * d0; acc2_1 += v.z * d1;
        acc3_0 += v.w * d0; acc3_1 += v.w * d1;
      }
    }
  }
  let to = slice * SLICE + ((r * S + s) * (4u * C4) + other * 4u) * K4;
  partial[to + b0] = acc0_0;
  partial[to + b1] = acc0_1;
  partial[to + K4 + b0] = acc1_0;
  partial[to + K4 + b1] = acc1_1;
  partial[to + 2u * K4 + b0] = acc2_0;
  partial[to + 2u * K4 + b1] = acc2_1;
  partial[to + 3u * K4 + b0] = acc3_0;
  partial[to + 3u * K4 + b1] = acc3_1;
}
