// conv2dWeightGradient
// dWeight[k,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, k / M, p*stride + r - padding, q*stride + s - padding]
// x: [64,96,28,28] in order NHWC, dy: [64,96,14,14] in order NHWC, partial: 64 slices of [96,1,3,3] in order RSCK;
// depthwise, M = 1 output channels for each input channel
// One invocation sums one vec4 over 1 images.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4<f32>>;

const SOURCE_Y = 28u;
const TARGET_Y = 14u;
const TAPS_Y = 3u;
const STRIDE_Y = 2u;
const PADDING_Y = 1u;
const SOURCE_X = 28u;
const TARGET_X = 14u;
const TAPS_X = 3u;
const STRIDE_X = 2u;
const PADDING_X = 1u;
const C4 = 24u; // vec4s of channels of dy
const SOURCE_C = 24u; // vec4s of a pixel of x
const SIZE4 = 216u; // vec4s of a slice

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let c = i % C4;
  let s = i / C4 % TAPS_X;
  let r = i / (C4 * TAPS_X) % TAPS_Y;
  let slice = i / SIZE4;
  let firstP = (max(PADDING_Y, r) - r + STRIDE_Y - 1u) / STRIDE_Y;
  let endP = min(TARGET_Y, (max(SOURCE_Y + PADDING_Y, r) - r + STRIDE_Y - 1u) / STRIDE_Y);
  let firstQ = (max(PADDING_X, s) - s + STRIDE_X - 1u) / STRIDE_X;
  let endQ = min(TARGET_X, (max(SOURCE_X + PADDING_X, s) - s + STRIDE_X - 1u) / STRIDE_X);
  var sum = vec4<f32>();
  for (var n = slice * 1u; n < (slice + 1u) * 1u; n++) {
    for (var p = firstP; p < endP; p++) {
      var sum_1 = vec4<f32>();
      for (var q = firstQ; q < endQ; q++) {
        sum_1 += dy[((n * TARGET_Y + p) * TARGET_X + q) * C4 + c] * x[((n * SOURCE_Y + p * STRIDE_Y + r - PADDING_Y) * SOURCE_X + q * STRIDE_X + s - PADDING_X) * SOURCE_C + c];
      }
      sum += sum_1;
    }
  }
  partial[i] = sum;
}
