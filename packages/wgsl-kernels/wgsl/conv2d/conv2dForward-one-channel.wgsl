// conv2dForward
// y[n,k,p,q] = bias[k] + sum_{c,r,s}
//   x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,1,28,28] in order NCHW, then the zeros that taps in the padding read
// weight: [16,1,3,3] in order RSCK; bias: one per channel
// y: [64,16,14,14] in order NHWC
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const SOURCE_H = 28u;
const SOURCE_W = 28u;
const SOURCE_C = 1u;
const SOURCE_ROW = 28u; // words of a row, padding included
const ZEROS = 50176u; // where the zeros after the source begin
const TARGET_H = 14u;
const TARGET_W = 14u;
const TARGET_C4 = 4u; // vec4s of channels
const R = 3u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const PADDING_X = 1u;
const TAP = 4u; // from the weights of one tap to those of the next
const STEPS_Y = 14u; // target rows of one residue class
const STEPS_X = 14u; // target columns of one residue class
const PIXELS = 2u; // in a tile

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i;
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
  let b0 = 0u;
  let b1 = 1u;
  let b2 = 2u;
  let b3 = 3u;
  var acc0_0 = bias[b0]; var acc0_1 = bias[b1]; var acc0_2 = bias[b2]; var acc0_3 = bias[b3];
  var acc1_0 = bias[b0]; var acc1_1 = bias[b1]; var acc1_2 = bias[b2]; var acc1_3 = bias[b3];
  for (var r = 0u; r < R; r++) {
    let insideY0 = startY0 + r < SOURCE_H;
    let line0 = (n0 * (SOURCE_C * SOURCE_H) + startY0 + r) * SOURCE_ROW;
    let insideY1 = startY1 + r < SOURCE_H;
    let line1 = (n1 * (SOURCE_C * SOURCE_H) + startY1 + r) * SOURCE_ROW;
    for (var s = 0u; s < S; s++) {
      let at0 = line0 + startX0 + s; let in0 = insideY0 & (startX0 + s < SOURCE_W);
      let at1 = line1 + startX1 + s; let in1 = insideY1 & (startX1 + s < SOURCE_W);
      let tap = r * S + s;
      let w = tap * TAP;
      let v0_0 = x[select(ZEROS, at0, in0)];
      let v1_0 = x[select(ZEROS, at1, in1)];
      let w0_0 = weight[w + b0]; let w0_1 = weight[w + b1]; let w0_2 = weight[w + b2]; let w0_3 = weight[w + b3];
      acc0_0 += v0_0 * w0_0; acc0_1 += v0_0 * w0_1; acc0_2 += v0_0 * w0_2; acc0_3 += v0_0 * w0_3;
      acc1_0 += v1_0 * w0_0; acc1_1 += v1_0 * w0_1; acc1_2 += v1_0 * w0_2; acc1_3 += v1_0 * w0_3;
    }
  }
  let atY0 = y0;
  let atX0 = x0;
  let to0 = ((n0 * TARGET_H + atY0) * TARGET_W + atX0) * TARGET_C4;
  y[to0 + b0] = acc0_0;
  y[to0 + b1] = acc0_1;
  y[to0 + b2] = acc0_2;
  y[to0 + b3] = acc0_3;
  let atY1 = y1;
  let atX1 = x1;
  let to1 = ((n1 * TARGET_H + atY1) * TARGET_W + atX1) * TARGET_C4;
  y[to1 + b0] = acc1_0;
  y[to1 + b1] = acc1_1;
  y[to1 + b2] = acc1_2;
  y[to1 + b3] = acc1_3;
}
