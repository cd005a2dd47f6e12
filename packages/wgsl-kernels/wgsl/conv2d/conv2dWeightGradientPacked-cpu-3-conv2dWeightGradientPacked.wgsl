// conv2dWeightGradientPacked
// dWeight[k,c,r,s] = sum_{n,p,q}
//   dy[n,k,p,q] * x[n, c, p*2 + r - 1, q*2 + s - 1]
// xByImage, dyByImage: x [65,16,14,14] and dy [65,20,7,7] as conv2dWeightGradientPack leaves them
// dWeight: [20,16,3,3] in order RSCK
// One invocation: one tap, 6 or 4 input channels times 2 vec4 of output channels. acc<channel>_<vec4> is the sum
// over a row of positions, total<channel>_<vec4> the sum of those: rounding errors grow with the square root of each.
@group(0) @binding(0) var<storage, read> xByImage: array<f32>;
@group(0) @binding(1) var<storage, read> dyByImage: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dWeight: array<vec4<f32>>;

const C4 = 4u; // vec4s of input channels
const H = 14u;
const W = 14u;
const K4 = 5u; // vec4s of output channels
const P = 7u;
const Q = 7u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const PADDING_X = 1u;
const TILES = 3u; // tiles of output channels
const UNIT = 2u; // vec4s of output channels in a tile
const PARTS = 3u; // parts of input channels
const SIXES = 2u; // parts of six channels; the others have four
const IMAGES = 68u; // the batch as it is stored
const UNROLLED = 4u; // images at a time

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i % TILES;
  let part = i / TILES % PARTS;
  let s = i / (TILES * PARTS) % S;
  let r = i / (TILES * PARTS * S);
  let p0 = (max(PADDING_Y, r) - r + (STRIDE_Y - 1u)) / STRIDE_Y;
  let p1 = min(P, (max(H + PADDING_Y, r) - r + (STRIDE_Y - 1u)) / STRIDE_Y);
  let q0 = (max(PADDING_X, s) - s + (STRIDE_X - 1u)) / STRIDE_X;
  let q1 = min(Q, (max(W + PADDING_X, s) - s + (STRIDE_X - 1u)) / STRIDE_X);
  if (part < SIXES) {
    let channel = part * 6u;
    let first0 = (channel) / 4u * (H * W * IMAGES * 4u) + (channel) % 4u;
    let first1 = (channel + 1u) / 4u * (H * W * IMAGES * 4u) + (channel + 1u) % 4u;
    let first2 = (channel + 2u) / 4u * (H * W * IMAGES * 4u) + (channel + 2u) % 4u;
    let first3 = (channel + 3u) / 4u * (H * W * IMAGES * 4u) + (channel + 3u) % 4u;
    let first4 = (channel + 4u) / 4u * (H * W * IMAGES * 4u) + (channel + 4u) % 4u;
    let first5 = (channel + 5u) / 4u * (H * W * IMAGES * 4u) + (channel + 5u) % 4u;
    var total0_0 = vec4<f32>(); var total0_1 = vec4<f32>();
    var total1_0 = vec4<f32>(); var total1_1 = vec4<f32>();
    var total2_0 = vec4<f32>(); var total2_1 = vec4<f32>();
    var total3_0 = vec4<f32>(); var total3_1 = vec4<f32>();
    var total4_0 = vec4<f32>(); var total4_1 = vec4<f32>();
    var total5_0 = vec4<f32>(); var total5_1 = vec4<f32>();
    for (var p = p0; p < p1; p++) {
      var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
      var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
      var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
      var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
      var acc4_0 = vec4<f32>(); var acc4_1 = vec4<f32>();
      var acc5_0 = vec4<f32>(); var acc5_1 = vec4<f32>();
      for (var q = q0; q < q1; q++) {
        let row = p * STRIDE_Y + r - PADDING_Y;
        let column = q * STRIDE_X + s - PADDING_X;
        let pixel = (row * W + column) * (IMAGES * 4u);
        let x0 = first0 + pixel;
        let x1 = first1 + pixel;
        let x2 = first2 + pixel;
        let x3 = first3 + pixel;
        let x4 = first4 + pixel;
        let x5 = first5 + pixel;
        let dyAt = (tile * (P * Q) + p * Q + q) * (IMAGES * UNIT);
        for (var n = 0u; n < IMAGES; n += UNROLLED) {
          {
            let d0 = dyByImage[dyAt + n * UNIT];
            let d1 = dyByImage[dyAt + n * UNIT + 1u];
            let v0 = xByImage[x0 + n * 4u]; acc0_0 += v0 * d0; acc0_1 += v0 * d1;
            let v1 = xByImage[x1 + n * 4u]; acc1_0 += v1 * d0; acc1_1 += v1 * d1;
            let v2 = xByImage[x2 + n * 4u]; acc2_0 += v2 * d0; acc2_1 += v2 * d1;
            let v3 = xByImage[x3 + n * 4u]; acc3_0 += v3 * d0; acc3_1 += v3 * d1;
            let v4 = xByImage[x4 + n * 4u]; acc4_0 += v4 * d0; acc4_1 += v4 * d1;
            let v5 = xByImage[x5 + n * 4u]; acc5_0 += v5 * d0; acc5_1 += v5 * d1;
          }
          {
            let d0 = dyByImage[dyAt + n * UNIT + 2u];
            let d1 = dyByImage[dyAt + n * UNIT + 3u];
            let v0 = xByImage[x0 + n * 4u + 4u]; acc0_0 += v0 * d0; acc0_1 += v0 * d1;
            let v1 = xByImage[x1 + n * 4u + 4u]; acc1_0 += v1 * d0; acc1_1 += v1 * d1;
            let v2 = xByImage[x2 + n * 4u + 4u]; acc2_0 += v2 * d0; acc2_1 += v2 * d1;
            let v3 = xByImage[x3 + n * 4u + 4u]; acc3_0 += v3 * d0; acc3_1 += v3 * d1;
            let v4 = xByImage[x4 + n * 4u + 4u]; acc4_0 += v4 * d0; acc4_1 += v4 * d1;
            let v5 = xByImage[x5 + n * 4u + 4u]; acc5_0 += v5 * d0; acc5_1 += v5 * d1;
          }
          {
            let d0 = dyByImage[dyAt + n * UNIT + 4u];
            let d1 = dyByImage[dyAt + n * UNIT + 5u];
            let v0 = xByImage[x0 + n * 4u + 8u]; acc0_0 += v0 * d0; acc0_1 += v0 * d1;
            let v1 = xByImage[x1 + n * 4u + 8u]; acc1_0 += v1 * d0; acc1_1 += v1 * d1;
            let v2 = xByImage[x2 + n * 4u + 8u]; acc2_0 += v2 * d0; acc2_1 += v2 * d1;
            let v3 = xByImage[x3 + n * 4u + 8u]; acc3_0 += v3 * d0; acc3_1 += v3 * d1;
            let v4 = xByImage[x4 + n * 4u + 8u]; acc4_0 += v4 * d0; acc4_1 += v4 * d1;
            let v5 = xByImage[x5 + n * 4u + 8u]; acc5_0 += v5 * d0; acc5_1 += v5 * d1;
          }
          {
            let d0 = dyByImage[dyAt + n * UNIT + 6u];
            let d1 = dyByImage[dyAt + n * UNIT + 7u];
            let v0 = xByImage[x0 + n * 4u + 12u]; acc0_0 += v0 * d0; acc0_1 += v0 * d1;
            let v1 = xByImage[x1 + n * 4u + 12u]; acc1_0 += v1 * d0; acc1_1 += v1 * d1;
            let v2 = xByImage[x2 + n * 4u + 12u]; acc2_0 += v2 * d0; acc2_1 += v2 * d1;
            let v3 = xByImage[x3 + n * 4u + 12u]; acc3_0 += v3 * d0; acc3_1 += v3 * d1;
            let v4 = xByImage[x4 + n * 4u + 12u]; acc4_0 += v4 * d0; acc4_1 += v4 * d1;
            let v5 = xByImage[x5 + n * 4u + 12u]; acc5_0 += v5 * d0; acc5_1 += v5 * d1;
          }
        }
      }
      total0_0 += acc0_0; total0_1 += acc0_1;
      total1_0 += acc1_0; total1_1 += acc1_1;
      total2_0 += acc2_0; total2_1 += acc2_1;
      total3_0 += acc3_0; total3_1 += acc3_1;
      total4_0 += acc4_0; total4_1 += acc4_1;
      total5_0 += acc5_0; total5_1 += acc5_1;
    }
    let at = ((r * S + s) * (4u * C4) + channel) * K4 + tile * UNIT;
    dWeight[at] = total0_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + 1u] = total0_1; }
    dWeight[at + K4] = total1_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + K4 + 1u] = total1_1; }
    dWeight[at + 2u * K4] = total2_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + 2u * K4 + 1u] = total2_1; }
    dWeight[at + 3u * K4] = total3_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + 3u * K4 + 1u] = total3_1; }
    dWeight[at + 4u * K4] = total4_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + 4u * K4 + 1u] = total4_1; }
    dWeight[at + 5u * K4] = total5_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + 5u * K4 + 1u] = total5_1; }
  } else {
    let channel = SIXES * 6u + (part - SIXES) * 4u;
    let first0 = (channel) / 4u * (H * W * IMAGES * 4u) + (channel) % 4u;
    let first1 = (channel + 1u) / 4u * (H * W * IMAGES * 4u) + (channel + 1u) % 4u;
    let first2 = (channel + 2u) / 4u * (H * W * IMAGES * 4u) + (channel + 2u) % 4u;
    let first3 = (channel + 3u) / 4u * (H * W * IMAGES * 4u) + (channel + 3u) % 4u;
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
        let row = p * STRIDE_Y + r - PADDING_Y;
        let column = q * STRIDE_X + s - PADDING_X;
        let pixel = (row * W + column) * (IMAGES * 4u);
        let x0 = first0 + pixel;
        let x1 = first1 + pixel;
        let x2 = first2 + pixel;
        let x3 = first3 + pixel;
        let dyAt = (tile * (P * Q) + p * Q + q) * (IMAGES * UNIT);
        for (var n = 0u; n < IMAGES; n += UNROLLED) {
          {
            let d0 = dyByImage[dyAt + n * UNIT];
            let d1 = dyByImage[dyAt + n * UNIT + 1u];
            let v0 = xByImage[x0 + n * 4u]; acc0_0 += v0 * d0; acc0_1 += v0 * d1;
            let v1 = xByImage[x1 + n * 4u]; acc1_0 += v1 * d0; acc1_1 += v1 * d1;
            let v2 = xByImage[x2 + n * 4u]; acc2_0 += v2 * d0; acc2_1 += v2 * d1;
            let v3 = xByImage[x3 + n * 4u]; acc3_0 += v3 * d0; acc3_1 += v3 * d1;
          }
          {
            let d0 = dyByImage[dyAt + n * UNIT + 2u];
            let d1 = dyByImage[dyAt + n * UNIT + 3u];
            let v0 = xByImage[x0 + n * 4u + 4u]; acc0_0 += v0 * d0; acc0_1 += v0 * d1;
            let v1 = xByImage[x1 + n * 4u + 4u]; acc1_0 += v1 * d0; acc1_1 += v1 * d1;
            let v2 = xByImage[x2 + n * 4u + 4u]; acc2_0 += v2 * d0; acc2_1 += v2 * d1;
            let v3 = xByImage[x3 + n * 4u + 4u]; acc3_0 += v3 * d0; acc3_1 += v3 * d1;
          }
          {
            let d0 = dyByImage[dyAt + n * UNIT + 4u];
            let d1 = dyByImage[dyAt + n * UNIT + 5u];
            let v0 = xByImage[x0 + n * 4u + 8u]; acc0_0 += v0 * d0; acc0_1 += v0 * d1;
            let v1 = xByImage[x1 + n * 4u + 8u]; acc1_0 += v1 * d0; acc1_1 += v1 * d1;
            let v2 = xByImage[x2 + n * 4u + 8u]; acc2_0 += v2 * d0; acc2_1 += v2 * d1;
            let v3 = xByImage[x3 + n * 4u + 8u]; acc3_0 += v3 * d0; acc3_1 += v3 * d1;
          }
          {
            let d0 = dyByImage[dyAt + n * UNIT + 6u];
            let d1 = dyByImage[dyAt + n * UNIT + 7u];
            let v0 = xByImage[x0 + n * 4u + 12u]; acc0_0 += v0 * d0; acc0_1 += v0 * d1;
            let v1 = xByImage[x1 + n * 4u + 12u]; acc1_0 += v1 * d0; acc1_1 += v1 * d1;
            let v2 = xByImage[x2 + n * 4u + 12u]; acc2_0 += v2 * d0; acc2_1 += v2 * d1;
            let v3 = xByImage[x3 + n * 4u + 12u]; acc3_0 += v3 * d0; acc3_1 += v3 * d1;
          }
        }
      }
      total0_0 += acc0_0; total0_1 += acc0_1;
      total1_0 += acc1_0; total1_1 += acc1_1;
      total2_0 += acc2_0; total2_1 += acc2_1;
      total3_0 += acc3_0; total3_1 += acc3_1;
    }
    let at = ((r * S + s) * (4u * C4) + channel) * K4 + tile * UNIT;
    dWeight[at] = total0_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + 1u] = total0_1; }
    dWeight[at + K4] = total1_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + K4 + 1u] = total1_1; }
    dWeight[at + 2u * K4] = total2_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + 2u * K4 + 1u] = total2_1; }
    dWeight[at + 3u * K4] = total3_0;
    if (tile * UNIT + 1u < K4) { dWeight[at + 3u * K4 + 1u] = total3_1; }
  }
}
