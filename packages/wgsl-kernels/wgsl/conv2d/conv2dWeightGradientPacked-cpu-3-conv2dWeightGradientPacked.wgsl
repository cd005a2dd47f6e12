// conv2dWeightGradientPacked
// dWeight[k,c,r,s] = sum_{n,p,q}
//   dy[n,k,p,q] * x[n, c, p*2 + r - 1, q*2 + s - 1]
// xByImage, dyByImage: x [65,16,14,14] and dy [65,20,7,7] as conv2dWeightGradientPack leaves them
// dWeight: [20,16,3,3] in order RSCK
// One invocation: one tap, 4 input channels times 2 vec4 of output channels. acc<channel>_<vec4> is the sum over a
// row of positions, total<channel>_<vec4> the sum of those: rounding errors grow with the square root of each.
@group(0) @binding(0) var<storage, read> xByImage: array<vec4<f32>>;
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
const IMAGES = 68u; // the batch as it is stored
const UNROLLED = 4u; // images at a time

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i % TILES;
  let c4 = i / TILES % C4;
  let s = i / (TILES * C4) % S;
  let r = i / (TILES * C4 * S);
  let p0 = (max(PADDING_Y, r) - r + (STRIDE_Y - 1u)) / STRIDE_Y;
  let p1 = min(P, (max(H + PADDING_Y, r) - r + (STRIDE_Y - 1u)) / STRIDE_Y);
  let q0 = (max(PADDING_X, s) - s + (STRIDE_X - 1u)) / STRIDE_X;
  let q1 = min(Q, (max(W + PADDING_X, s) - s + (STRIDE_X - 1u)) / STRIDE_X);
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
      let xAt = (c4 * (H * W) + row * W + column) * IMAGES;
      let dyAt = (tile * (P * Q) + p * Q + q) * (IMAGES * UNIT);
      for (var n = 0u; n < IMAGES; n += UNROLLED) {
        {
          let v = xByImage[xAt + n];
          let d0 = dyByImage[dyAt + n * UNIT];
          let d1 = dyByImage[dyAt + n * UNIT + 1u];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
        {
          let v = xByImage[xAt + n + 1u];
          let d0 = dyByImage[dyAt + n * UNIT + 2u];
          let d1 = dyByImage[dyAt + n * UNIT + 3u];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
        {
          let v = xByImage[xAt + n + 2u];
          let d0 = dyByImage[dyAt + n * UNIT + 4u];
          let d1 = dyByImage[dyAt + n * UNIT + 5u];
          acc0_0 += v.x * d0; acc0_1 += v.x * d1;
          acc1_0 += v.y * d0; acc1_1 += v.y * d1;
          acc2_0 += v.z * d0; acc2_1 += v.z * d1;
          acc3_0 += v.w * d0; acc3_1 += v.w * d1;
        }
        {
          let v = xByImage[xAt + n + 3u];
          let d0 = dyByImage[dyAt + n * UNIT + 6u];
          let d1 = dyByImage[dyAt + n * UNIT + 7u];
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
  let at = ((r * S + s) * (4u * C4) + c4 * 4u) * K4 + tile * UNIT;
  dWeight[at] = total0_0;
  if (tile * UNIT + 1u < K4) { dWeight[at + 1u] = total0_1; }
  dWeight[at + K4] = total1_0;
  if (tile * UNIT + 1u < K4) { dWeight[at + K4 + 1u] = total1_1; }
  dWeight[at + 2u * K4] = total2_0;
  if (tile * UNIT + 1u < K4) { dWeight[at + 2u * K4 + 1u] = total2_1; }
  dWeight[at + 3u * K4] = total3_0;
  if (tile * UNIT + 1u < K4) { dWeight[at + 3u * K4 + 1u] = total3_1; }
}
