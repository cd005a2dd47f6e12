// conv2dForward
// y[n,k,p,q] = bias[k] + sum_{c,r,s}
//   x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,16,14,14] in order NHWC, then the zeros that taps in the padding read
// weight: [32,16,3,3] in order RSCK; bias: one per channel
// y: [64,32,7,7] in order NHWC; negative values become 0; then (value - mean)*scale + shift of the channel; then negative values become 0
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mean: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> scale: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> shift: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;

const SOURCE_H = 14u;
const SOURCE_W = 14u;
const SOURCE_C4 = 4u; // vec4s of channels
const ZEROS = 50176u; // where the zeros after the source begin
const TARGET_H = 7u;
const TARGET_W = 7u;
const TARGET_C4 = 8u; // vec4s of channels
const R = 3u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const PADDING_X = 1u;
const TAP = 128u; // from the weights of one tap to those of the next
const STEPS_Y = 7u; // target rows of one residue class
const STEPS_X = 7u; // target columns of one residue class
const PIXELS = 2u; // in a tile
const VECTORS = 4u; // vec4s of target channels in a tile
const TILES = 1568u; // tiles of pixels
const RUN = 131u; // tiles of pixels that are finished for all channels before the next begin
const CHANNEL_TILES = 2u;
const CLASSES = 1u; // residue classes

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 3144u) { return; }
  let tile = i / (RUN * CHANNEL_TILES * CLASSES) * RUN + i % RUN;
  if (tile >= TILES) { return; }
  let b = i / RUN % CHANNEL_TILES * VECTORS;
  let pixel0 = tile * PIXELS;
  let n0 = pixel0 / (STEPS_Y * STEPS_X);
  let y0 = pixel0 / STEPS_X % STEPS_Y;
  let x0 = pixel0 % STEPS_X;
  let pixel1 = tile * PIXELS + 1u;
  let n1 = pixel1 / (STEPS_Y * STEPS_X);
  let y1 = pixel1 / STEPS_X % STEPS_Y;
  let x1 = pixel1 % STEPS_X;
  let startY0 = y0 * STRIDE_Y - PADDING_Y;
  let startX0 = x0 * STRIDE_X - PADDING_X;
  let startY1 = y1 * STRIDE_Y - PADDING_Y;
  let startX1 = x1 * STRIDE_X - PADDING_X;
  let b0 = b;
  let b1 = b + 1u;
  let b2 = b + 2u;
  let b3 = b + 3u;
  var acc0_0 = bias[b0]; var acc0_1 = bias[b1]; var acc0_2 = bias[b2]; var acc0_3 = bias[b3];
  var acc1_0 = bias[b0]; var acc1_1 = bias[b1]; var acc1_2 = bias[b2]; var acc1_3 = bias[b3];
  for (var r = 0u; r < R; r++) {
    let insideY0 = startY0 + r < SOURCE_H;
    let line0 = (n0 * SOURCE_H + startY0 + r) * SOURCE_W;
    let insideY1 = startY1 + r < SOURCE_H;
    let line1 = (n1 * SOURCE_H + startY1 + r) * SOURCE_W;
    for (var s = 0u; s < S; s++) {
      let at0 = select(ZEROS, (line0 + startX0 + s) * SOURCE_C4, insideY0 & (startX0 + s < SOURCE_W));
      let at1 = select(ZEROS, (line1 + startX1 + s) * SOURCE_C4, insideY1 & (startX1 + s < SOURCE_W));
      let tap = r * S + s;
      for (var a = 0u; a < SOURCE_C4; a++) {
        let v0 = x[at0 + a];
        let v1 = x[at1 + a];
        let w = tap * TAP + a * (4u * TARGET_C4);
        let w0_0 = weight[w + b0]; let w0_1 = weight[w + b1]; let w0_2 = weight[w + b2]; let w0_3 = weight[w + b3];
        acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1; acc0_2 += v0.x * w0_2; acc0_3 += v0.x * w0_3;
        acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1; acc1_2 += v1.x * w0_2; acc1_3 += v1.x * w0_3;
        let w1_0 = weight[w + TARGET_C4 + b0]; let w1_1 = weight[w + TARGET_C4 + b1]; let w1_2 = weight[w + TARGET_C4 + b2]; let w1_3 = weight[w + TARGET_C4 + b3];
        acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1; acc0_2 += v0.y * w1_2; acc0_3 += v0.y * w1_3;
        acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1; acc1_2 += v1.y * w1_2; acc1_3 += v1.y * w1_3;
        let w2_0 = weight[w + 2u * TARGET_C4 + b0]; let w2_1 = weight[w + 2u * TARGET_C4 + b1]; let w2_2 = weight[w + 2u * TARGET_C4 + b2]; let w2_3 = weight[w + 2u * TARGET_C4 + b3];
        acc0_0 += v0.z * w2_0; acc0_1 += v0.z * w2_1; acc0_2 += v0.z * w2_2; acc0_3 += v0.z * w2_3;
        acc1_0 += v1.z * w2_0; acc1_1 += v1.z * w2_1; acc1_2 += v1.z * w2_2; acc1_3 += v1.z * w2_3;
        let w3_0 = weight[w + 3u * TARGET_C4 + b0]; let w3_1 = weight[w + 3u * TARGET_C4 + b1]; let w3_2 = weight[w + 3u * TARGET_C4 + b2]; let w3_3 = weight[w + 3u * TARGET_C4 + b3];
        acc0_0 += v0.w * w3_0; acc0_1 += v0.w * w3_1; acc0_2 += v0.w * w3_2; acc0_3 += v0.w * w3_3;
        acc1_0 += v1.w * w3_0; acc1_1 += v1.w * w3_1; acc1_2 += v1.w * w3_2; acc1_3 += v1.w * w3_3;
      }
    }
  }
  let atY0 = y0;
  let atX0 = x0;
  let to0 = ((n0 * TARGET_H + atY0) * TARGET_W + atX0) * TARGET_C4;
  y[to0 + b0] = max((max(acc0_0, vec4<f32>()) - mean[b0]) * scale[b0] + shift[b0], vec4<f32>());
  y[to0 + b1] = max((max(acc0_1, vec4<f32>()) - mean[b1]) * scale[b1] + shift[b1], vec4<f32>());
  y[to0 + b2] = max((max(acc0_2, vec4<f32>()) - mean[b2]) * scale[b2] + shift[b2], vec4<f32>());
  y[to0 + b3] = max((max(acc0_3, vec4<f32>()) - mean[b3]) * scale[b3] + shift[b3], vec4<f32>());
  let atY1 = y1;
  let atX1 = x1;
  let to1 = ((n1 * TARGET_H + atY1) * TARGET_W + atX1) * TARGET_C4;
  y[to1 + b0] = max((max(acc1_0, vec4<f32>()) - mean[b0]) * scale[b0] + shift[b0], vec4<f32>());
  y[to1 + b1] = max((max(acc1_1, vec4<f32>()) - mean[b1]) * scale[b1] + shift[b1], vec4<f32>());
  y[to1 + b2] = max((max(acc1_2, vec4<f32>()) - mean[b2]) * scale[b2] + shift[b2], vec4<f32>());
  y[to1 + b3] = max((max(acc1_3, vec4<f32>()) - mean[b3]) * scale[b3] + shift[b3], vec4<f32>());
}
