// conv2dInputGradientPlain
// dx[n,c,h,w] = sum_{k,r,s} dy[n, k, (h + padding - r)/stride, (w + padding - s)/stride] * weight[k,c,r,s],
// over the taps r, s for which the quotients are integers.
// dy: [64,32,7,7], weight: [32,16,3,3], dx: [64,16,14,14], each in the layout that its constants say.
// One invocation computes one number of dx, or writes a 0 of its padding.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

const C = 16u;
const W = 14u;
const K = 32u;
const R = 3u;
const S = 3u;
const P = 7u;
const Q = 7u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const PADDING_X = 1u;
const DY_N = 1568u; // words from one n of dy to the next
const DY_K = 1u; // words from one k of dy to the next
const DY_P = 224u; // words from one p of dy to the next
const DY_Q = 32u; // words from one q of dy to the next
const WEIGHT_K = 1u; // words from one k of weight to the next
const WEIGHT_C = 32u; // words from one c of weight to the next
const WEIGHT_R = 1536u; // words from one r of weight to the next
const WEIGHT_S = 512u; // words from one s of weight to the next
const DX_N = 3136u; // words from one n of dx to the next
const DX_SIZE_N = 64u; // padding included
const DX_C = 1u; // words from one c of dx to the next
const DX_SIZE_C = 16u; // padding included
const DX_H = 224u; // words from one h of dx to the next
const DX_SIZE_H = 14u; // padding included
const DX_W = 16u; // words from one w of dx to the next
const DX_SIZE_W = 14u; // padding included

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  // The innermost in memory first: neighbouring invocations write neighbouring words.
  let c = i % DX_SIZE_C;
  let w = i / (DX_SIZE_C) % DX_SIZE_W;
  let h = i / (DX_SIZE_C * DX_SIZE_W) % DX_SIZE_H;
  let n = i / (DX_SIZE_C * DX_SIZE_W * DX_SIZE_H) % DX_SIZE_N;
  if (!(c < C && w < W)) {
    dx[n * DX_N + c * DX_C + h * DX_H + w * DX_W] = 0.0; // padding
    return;
  }
  var sum = 0.0;
  for (var r = 0u; r < R; r++) {
    var row = 0.0;
    for (var s = 0u; s < S; s++) {
      // Below 0 these wrap around to huge numbers.
      let down = h + PADDING_Y - r;
      let right = w + PADDING_X - s;
      let p = down / STRIDE_Y;
      let q = right / STRIDE_X;
      if (down % STRIDE_Y == 0u && right % STRIDE_X == 0u && p < P && q < Q) {
        for (var k = 0u; k < K; k++) {
          row += dy[n * DY_N + k * DY_K + p * DY_P + q * DY_Q] * weight[k * WEIGHT_K + c * WEIGHT_C + r * WEIGHT_R + s * WEIGHT_S];
        }
      }
    }
    sum += row;
  }
  dx[n * DX_N + c * DX_C + h * DX_H + w * DX_W] = sum;
}
