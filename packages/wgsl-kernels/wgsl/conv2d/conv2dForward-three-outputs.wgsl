// conv2dForward
// y[n,k,p,q] = bias[k] + sum_{c,r,s}
//   x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,16,14,14] in order NHWC, then the zeros that taps in the padding read
// weight: [3,16,3,3] in order RSCK; bias: one per channel
// y: [64,3,7,7] in order NCHW; negative values become 0
// One invocation: 4 pixels, all channels; the lanes of acc<pixel>_<channel> are partial sums.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

const SOURCE_H = 14u;
const SOURCE_W = 14u;
const SOURCE_C4 = 4u; // vec4s of channels
const ZEROS = 50176u; // where the zeros after the source begin
const TARGET_H = 7u;
const TARGET_W = 7u;
const TARGET_C = 3u;
const TARGET_ROW = 8u; // words of a row, padding included
const TARGET_PLANE = 56u; // words of a channel
const R = 3u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const PADDING_X = 1u;
const TAP = 64u; // from the weights of one tap to those of the next
const WEIGHT_ROW = 4u; // from the weights of one source channel to the next
const STEPS_Y = 7u; // target rows of one residue class
const STEPS_X = 8u; // target columns of one residue class
const PIXELS = 4u; // in a tile

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
  let pixel2 = tile * PIXELS + 2u;
  let n2 = pixel2 / (STEPS_Y * STEPS_X);
  let y2 = pixel2 / STEPS_X % STEPS_Y;
  let x2 = pixel2 % STEPS_X;
  let pixel3 = tile * PIXELS + 3u;
  let n3 = pixel3 / (STEPS_Y * STEPS_X);
  let y3 = pixel3 / STEPS_X % STEPS_Y;
  let x3 = pixel3 % STEPS_X;
  let startY0 = y0 * STRIDE_Y - PADDING_Y;
  let startX0 = x0 * STRIDE_X - PADDING_X;
  let startY1 = y1 * STRIDE_Y - PADDING_Y;
  let startX1 = x1 * STRIDE_X - PADDING_X;
  let startY2 = y2 * STRIDE_Y - PADDING_Y;
  let startX2 = x2 * STRIDE_X - PADDING_X;
  let startY3 = y3 * STRIDE_Y - PADDING_Y;
  let startX3 = x3 * STRIDE_X - PADDING_X;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>(); var acc2_2 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>(); var acc3_2 = vec4<f32>();
  for (var r = 0u; r < R; r++) {
    let insideY0 = startY0 + r < SOURCE_H;
    let line0 = (n0 * SOURCE_H + startY0 + r) * SOURCE_W;
    let insideY1 = startY1 + r < SOURCE_H;
    let line1 = (n1 * SOURCE_H + startY1 + r) * SOURCE_W;
    let insideY2 = startY2 + r < SOURCE_H;
    let line2 = (n2 * SOURCE_H + startY2 + r) * SOURCE_W;
    let insideY3 = startY3 + r < SOURCE_H;
    let line3 = (n3 * SOURCE_H + startY3 + r) * SOURCE_W;
    for (var s = 0u; s < S; s++) {
      let at0 = select(ZEROS, (line0 + startX0 + s) * SOURCE_C4, insideY0 & (startX0 + s < SOURCE_W));
      let at1 = select(ZEROS, (line1 + startX1 + s) * SOURCE_C4, insideY1 & (startX1 + s < SOURCE_W));
      let at2 = select(ZEROS, (line2 + startX2 + s) * SOURCE_C4, insideY2 & (startX2 + s < SOURCE_W));
      let at3 = select(ZEROS, (line3 + startX3 + s) * SOURCE_C4, insideY3 & (startX3 + s < SOURCE_W));
      let tap = r * S + s;
      for (var a = 0u; a < SOURCE_C4; a++) {
        let v0 = x[at0 + a];
        let v1 = x[at1 + a];
        let v2 = x[at2 + a];
        let v3 = x[at3 + a];
        let w = tap * TAP + a * (4u * WEIGHT_ROW);
        let w0 = vec4<f32>(weight[w], weight[w + WEIGHT_ROW], weight[w + 2u * WEIGHT_ROW], weight[w + 3u * WEIGHT_ROW]);
        let w1 = vec4<f32>(weight[w + 1u], weight[w + WEIGHT_ROW + 1u], weight[w + 2u * WEIGHT_ROW + 1u], weight[w + 3u * WEIGHT_ROW + 1u]);
        let w2 = vec4<f32>(weight[w + 2u], weight[w + WEIGHT_ROW + 2u], weight[w + 2u * WEIGHT_ROW + 2u], weight[w + 3u * WEIGHT_ROW + 2u]);
        acc0_0 += v0 * w0; acc0_1 += v0 * w1; acc0_2 += v0 * w2;
        acc1_0 += v1 * w0; acc1_1 += v1 * w1; acc1_2 += v1 * w2;
        acc2_0 += v2 * w0; acc2_1 += v2 * w1; acc2_2 += v2 * w2;
        acc3_0 += v3 * w0; acc3_1 += v3 * w1; acc3_2 += v3 * w2;
      }
    }
  }
  let atY0 = y0;
  let atX0 = x0;
  let to0 = (n0 * (TARGET_C * TARGET_H) + atY0) * TARGET_ROW + atX0;
  y[to0] = select(0.0, max((acc0_0.x + acc0_0.y) + (acc0_0.z + acc0_0.w) + bias[0].x, 0.0), atX0 < TARGET_W);
  y[to0 + TARGET_PLANE] = select(0.0, max((acc0_1.x + acc0_1.y) + (acc0_1.z + acc0_1.w) + bias[0].y, 0.0), atX0 < TARGET_W);
  y[to0 + 2u * TARGET_PLANE] = select(0.0, max((acc0_2.x + acc0_2.y) + (acc0_2.z + acc0_2.w) + bias[0].z, 0.0), atX0 < TARGET_W);
  let atY1 = y1;
  let atX1 = x1;
  let to1 = (n1 * (TARGET_C * TARGET_H) + atY1) * TARGET_ROW + atX1;
  y[to1] = select(0.0, max((acc1_0.x + acc1_0.y) + (acc1_0.z + acc1_0.w) + bias[0].x, 0.0), atX1 < TARGET_W);
  y[to1 + TARGET_PLANE] = select(0.0, max((acc1_1.x + acc1_1.y) + (acc1_1.z + acc1_1.w) + bias[0].y, 0.0), atX1 < TARGET_W);
  y[to1 + 2u * TARGET_PLANE] = select(0.0, max((acc1_2.x + acc1_2.y) + (acc1_2.z + acc1_2.w) + bias[0].z, 0.0), atX1 < TARGET_W);
  let atY2 = y2;
  let atX2 = x2;
  let to2 = (n2 * (TARGET_C * TARGET_H) + atY2) * TARGET_ROW + atX2;
  y[to2] = select(0.0, max((acc2_0.x + acc2_0.y) + (acc2_0.z + acc2_0.w) + bias[0].x, 0.0), atX2 < TARGET_W);
  y[to2 + TARGET_PLANE] = select(0.0, max((acc2_1.x + acc2_1.y) + (acc2_1.z + acc2_1.w) + bias[0].y, 0.0), atX2 < TARGET_W);
  y[to2 + 2u * TARGET_PLANE] = select(0.0, max((acc2_2.x + acc2_2.y) + (acc2_2.z + acc2_2.w) + bias[0].z, 0.0), atX2 < TARGET_W);
  let atY3 = y3;
  let atX3 = x3;
  let to3 = (n3 * (TARGET_C * TARGET_H) + atY3) * TARGET_ROW + atX3;
  y[to3] = select(0.0, max((acc3_0.x + acc3_0.y) + (acc3_0.z + acc3_0.w) + bias[0].x, 0.0), atX3 < TARGET_W);
  y[to3 + TARGET_PLANE] = select(0.0, max((acc3_1.x + acc3_1.y) + (acc3_1.z + acc3_1.w) + bias[0].y, 0.0), atX3 < TARGET_W);
  y[to3 + 2u * TARGET_PLANE] = select(0.0, max((acc3_2.x + acc3_2.y) + (acc3_2.z + acc3_2.w) + bias[0].z, 0.0), atX3 < TARGET_W);
}
