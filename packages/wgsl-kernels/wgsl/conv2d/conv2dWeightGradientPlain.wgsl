// conv2dWeightGradientPlain
// dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*stride + r - padding, q*stride + s - padding]
// x: [64,16,14,14], dy: [64,32,7,7], dWeight: [32,16,3,3], each in the layout that its constants say.
// One invocation computes one number of dWeight, or writes a 0 of its padding.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dWeight: array<f32>;

const N = 64u;
const C = 16u;
const H = 14u;
const W = 14u;
const K = 32u;
const P = 7u;
const Q = 7u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const PADDING_X = 1u;
const X_N = 3136u; // words from one n of x to the next
const X_C = 1u; // words from one c of x to the next
const X_H = 224u; // words from one h of x to the next
const X_W = 16u; // words from one w of x to the next
const DY_N = 1568u; // words from one n of dy to the next
const DY_K = 1u; // words from one k of dy to the next
const DY_P = 224u; // words from one p of dy to the next
const DY_Q = 32u; // words from one q of dy to the next
const DWEIGHT_K = 1u; // words from one k of dWeight to the next
const DWEIGHT_SIZE_K = 32u; // padding included
const DWEIGHT_C = 32u; // words from one c of dWeight to the next
const DWEIGHT_SIZE_C = 16u; // padding included
const DWEIGHT_R = 1536u; // words from one r of dWeight to the next
const DWEIGHT_SIZE_R = 3u; // padding included
const DWEIGHT_S = 512u; // words from one s of dWeight to the next
const DWEIGHT_SIZE_S = 3u; // padding included

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  // The innermost in memory first: neighbouring invocations write neighbouring words.
  let k = i % DWEIGHT_SIZE_K;
  let c = i / (DWEIGHT_SIZE_K) % DWEIGHT_SIZE_C;
  let s = i / (DWEIGHT_SIZE_K * DWEIGHT_SIZE_C) % DWEIGHT_SIZE_S;
  let r = i / (DWEIGHT_SIZE_K * DWEIGHT_SIZE_C * DWEIGHT_SIZE_S) % DWEIGHT_SIZE_R;
  if (!(k < K && c < C)) {
    dWeight[k * DWEIGHT_K + c * DWEIGHT_C + r * DWEIGHT_R + s * DWEIGHT_S] = 0.0; // padding
    return;
  }
  var sum = 0.0;
  for (var n = 0u; n < N; n++) {
    var image = 0.0;
    for (var p = 0u; p < P; p++) {
      let h = p * STRIDE_Y + r - PADDING_Y;
      for (var q = 0u; q < Q; q++) {
        let w = q * STRIDE_X + s - PADDING_X;
        if (h < H && w < W) { image += dy[n * DY_N + k * DY_K + p * DY_P + q * DY_Q] * x[n * X_N + c * X_C + h * X_H + w * X_W]; }
      }
    }
    sum += image;
  }
  dWeight[k * DWEIGHT_K + c * DWEIGHT_C + r * DWEIGHT_R + s * DWEIGHT_S] = sum;
}
