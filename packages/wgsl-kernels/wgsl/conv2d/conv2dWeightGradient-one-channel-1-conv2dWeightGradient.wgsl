// conv2dWeightGradient
// dWeight[k,c,r,s] = sum_{n,p,q}
//   dy[n,k,p,q] * x[n, c, p*2 + r - 1, q*2 + s - 1]
// x: [64,1,28,28] in order NCHW, dy: [64,16,14,14] in order NHWC
// dWeight: [16,1,3,3] in order RSCK
// partial: 11 slices like dWeight, each the sum over 6 images
// One invocation: 3 taps of a row, one input channel, times 2 vec4 of output channels, in acc<tap>_<vec4>, over 6 images.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4<f32>>;

const N = 64u;
const C = 1u;
const H = 28u;
const W = 28u;
const K4 = 4u; // vec4s of output channels
const P = 14u;
const Q = 14u;
const R = 3u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const X_ROW = 28u; // words of a row of x, padding included
const X_ZEROS = 50176u; // where the zeros after x begin
const GROUPS = 2u; // vec4s of grouped channels of an invocation
const GROUP_TILES = 2u; // invocations along the grouped channels
const OTHER_TILES = 1u; // invocations along the other channels
const TAPS = 3u; // taps of an invocation
const TAP_TILES = 1u; // invocations along a row of the filter
const SLICE_IMAGES = 6u; // images of a slice
const SLICE = 36u; // vec4s of a slice of partial

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 66u) { return; }
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
  let end = min(N, slice * SLICE_IMAGES + SLICE_IMAGES);
  for (var n = slice * SLICE_IMAGES; n < end; n++) {
    for (var p = p0; p < p1; p++) {
      let row = p * STRIDE_Y + r - PADDING_Y;
      {
        let column = s - 1u;
        let v0 = x[select(X_ZEROS, (n * (C * H) + other * H + row) * X_ROW + column, column < W)];
        let v1 = x[select(X_ZEROS, (n * (C * H) + other * H + row) * X_ROW + column + 1u, column + 1u < W)];
        let v2 = x[select(X_ZEROS, (n * (C * H) + other * H + row) * X_ROW + column + 2u, column + 2u < W)];
        let d0 = dy[((n * P + p) * Q + 0u) * K4 + b0];
        let d1 = dy[((n * P + p) * Q + 0u) * K4 + b1];
        acc0_0 += v0 * d0; acc0_1 += v0 * d1;
        acc1_0 += v1 * d0; acc1_1 += v1 * d1;
        acc2_0 += v2 * d0; acc2_1 += v2 * d1;
      }
      for (var step = 0u; step < 13u; step++) {
        let v0 = x[(n * (C * H) + other * H + row) * X_ROW + step * STRIDE_X + s + 1u];
        let v1 = x[(n * (C * H) + other * H + row) * X_ROW + step * STRIDE_X + s + 1u + 1u];
        let v2 = x[(n * (C * H) + other * H + row) * X_ROW + step * STRIDE_X + s + 1u + 2u];
        let d0 = dy[((n * P + p) * Q + (step + 1u)) * K4 + b0];
        let d1 = dy[((n * P + p) * Q + (step + 1u)) * K4 + b1];
        acc0_0 += v0 * d0; acc0_1 += v0 * d1;
        acc1_0 += v1 * d0; acc1_1 += v1 * d1;
        acc2_0 += v2 * d0; acc2_1 += v2 * d1;
      }
    }
  }
  let to = slice * SLICE + ((r * S + s) * C + other) * K4;
  partial[to + b0] = acc0_0;
  partial[to + b1] = acc0_1;
  partial[to + (C * K4) + b0] = acc1_0;
  partial[to + (C * K4) + b1] = acc1_1;
  partial[to + 2u * (C * K4) + b0] = acc2_0;
  partial[to + 2u * (C * K4) + b1] = acc2_1;
}
