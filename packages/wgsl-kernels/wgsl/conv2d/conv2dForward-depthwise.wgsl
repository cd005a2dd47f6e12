// conv2dForward
// y[n,k,p,q] = sum_{r,s} x[n, k / M, p*stride + r - padding, q*stride + s - padding] * weight[k,r,s]; negative values become 0
// x: [64,96,28,28] in order NHWC, weight: [96,1,3,3] in order RSCK, y: [64,96,14,14]
// in order NHWC; depthwise, M = 1 output channels for each input channel
// One invocation computes one vec4 of channels of a pixel.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

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
const C4 = 24u; // vec4s of channels of y
const SOURCE_C = 24u; // vec4s of a pixel

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let c = i % C4;
  let atX = i / C4 % TARGET_X;
  let atY = i / (C4 * TARGET_X) % TARGET_Y;
  let n = i / (C4 * TARGET_X * TARGET_Y);
  let startY = atY * STRIDE_Y;
  let firstY = max(PADDING_Y, startY) - startY;
  let endY = min(TAPS_Y, SOURCE_Y + PADDING_Y - startY);
  let startX = atX * STRIDE_X;
  let firstX = max(PADDING_X, startX) - startX;
  let endX = min(TAPS_X, SOURCE_X + PADDING_X - startX);
  var sum = bias[c];
  for (var t = firstY; t < endY; t++) {
    var row = vec4<f32>();
    for (var u = firstX; u < endX; u++) {
      let at = ((n * SOURCE_Y + (startY + t - PADDING_Y)) * SOURCE_X + (startX + u - PADDING_X)) * SOURCE_C;
      row += x[at + c] * weight[(t * TAPS_X + u) * C4 + c];
    }
    sum += row;
  }
  y[i] = max(sum, vec4<f32>());
}
