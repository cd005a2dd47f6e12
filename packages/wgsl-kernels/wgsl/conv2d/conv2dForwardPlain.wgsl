// conv2dForwardPlain
// y[n,k,p,q] = sum_{c,r,s} x[n, c, p*stride + r - padding, q*stride + s - padding] * weight[k,c,r,s]; negative values become 0
// x: [64,16,14,14], weight: [32,16,3,3], y: [64,32,7,7], each in the layout that its constants say.
// One invocation computes one number of y, or writes a 0 of its padding.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

const C = 16u;
const H = 14u;
const W = 14u;
const K = 32u;
const R = 3u;
const S = 3u;
const Q = 7u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const PADDING_X = 1u;
const X_N = 3136u; // words from one n of x to the next
const X_C = 1u; // words from one c of x to the next
const X_H = 224u; // words from one h of x to the next
const X_W = 16u; // words from one w of x to the next
const WEIGHT_K = 1u; // words from one k of weight to the next
const WEIGHT_C = 32u; // words from one c of weight to the next
const WEIGHT_R = 1536u; // words from one r of weight to the next
const WEIGHT_S = 512u; // words from one s of weight to the next
const Y_N = 1568u; // words from one n of y to the next
const Y_SIZE_N = 64u; // padding included
const Y_K = 1u; // words from one k of y to the next
const Y_SIZE_K = 32u; // padding included
const Y_P = 224u; // words from one p of y to the next
const Y_SIZE_P = 7u; // padding included
const Y_Q = 32u; // words from one q of y to the next
const Y_SIZE_Q = 7u; // padding included

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  // The innermost in memory first: neighbouring invocations write neighbouring words.
  let k = i % Y_SIZE_K;
  let q = i / (Y_SIZE_K) % Y_SIZE_Q;
  let p = i / (Y_SIZE_K * Y_SIZE_Q) % Y_SIZE_P;
  let n = i / (Y_SIZE_K * Y_SIZE_Q * Y_SIZE_P) % Y_SIZE_N;
  if (!(k < K && q < Q)) {
    y[n * Y_N + k * Y_K + p * Y_P + q * Y_Q] = 0.0; // padding
    return;
  }
  var sum = bias[k];
  for (var r = 0u; r < R; r++) {
    var row = 0.0;
    for (var s = 0u; s < S; s++) {
      // Below 0 these wrap around to huge numbers.
      let h = p * STRIDE_Y + r - PADDING_Y;
      let w = q * STRIDE_X + s - PADDING_X;
      if (h < H && w < W) {
        for (var c = 0u; c < C; c++) {
          row += x[n * X_N + c * X_C + h * X_H + w * X_W] * weight[k * WEIGHT_K + c * WEIGHT_C + r * WEIGHT_R + s * WEIGHT_S];
        }
      }
    }
    sum += row;
  }
  y[n * Y_N + k * Y_K + p * Y_P + q * Y_Q] = max(sum, 0.0);
}
