// conv2dInputGradient
// dx[n,c,h,w] = bias[c] + sum_{k,r,s}
//   dy[n, k, (h + 1 - r)/2, (w + 1 - s)/2] * weight[k,c,r,s],
// over the taps r, s for which the quotients are integers.
// dy: [32,32,7,7] in order NHWC, then the zeros that taps in the padding read
// transposed: [32,16,3,3] in order RSKC; bias: one per channel
// dx: [32,16,14,14] in order NHWC
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> transposed: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;

const SOURCE_H = 7u;
const SOURCE_W = 7u;
const SOURCE_C4 = 8u; // vec4s of channels
const ZEROS = 12544u; // where the zeros after the source begin
const TARGET_H = 14u;
const TARGET_W = 14u;
const TARGET_C4 = 4u; // vec4s of channels
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
const TILES = 784u; // tiles of pixels
const RUN = 262u; // tiles of pixels that are finished for all channels before the next begin
const CHANNEL_TILES = 1u;
const CLASSES = 4u; // residue classes

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 3144u) { return; }
  let tile = i / (RUN * CHANNEL_TILES * CLASSES) * RUN + i % RUN;
  if (tile >= TILES) { return; }
  let residueY = i / (RUN * CHANNEL_TILES) / STRIDE_X % STRIDE_Y;
  let residueX = i / (RUN * CHANNEL_TILES) % STRIDE_X;
  let pixel0 = tile * PIXELS;
  let n0 = pixel0 / (STEPS_Y * STEPS_X);
  let y0 = pixel0 / STEPS_X % STEPS_Y;
  let x0 = pixel0 % STEPS_X;
  let pixel1 = tile * PIXELS + 1u;
  let n1 = pixel1 / (STEPS_Y * STEPS_X);
  let y1 = pixel1 / STEPS_X % STEPS_Y;
  let x1 = pixel1 % STEPS_X;
  let firstY = (residueY + PADDING_Y) % STRIDE_Y;
  let shiftY = (residueY + PADDING_Y) / STRIDE_Y;
  let firstX = (residueX + PADDING_X) % STRIDE_X;
  let shiftX = (residueX + PADDING_X) / STRIDE_X;
  let startY0 = y0 + shiftY;
  let startX0 = x0 + shiftX;
  let startY1 = y1 + shiftY;
  let startX1 = x1 + shiftX;
  let b0 = 0u;
  let b1 = 1u;
  let b2 = 2u;
  let b3 = 3u;
  var acc0_0 = bias[b0]; var acc0_1 = bias[b1]; var acc0_2 = bias[b2]; var acc0_3 = bias[b3];
  var acc1_0 = bias[b0]; var acc1_1 = bias[b1]; var acc1_2 = bias[b2]; var acc1_3 = bias[b3];
  for (var r = 0u; r * STRIDE_Y + firstY < R; r++) {
    let insideY0 = startY0 - r < SOURCE_H;
    let line0 = (n0 * SOURCE_H + startY0 - r) * SOURCE_W;
    let insideY1 = startY1 - r < SOURCE_H;
    let line1 = (n1 * SOURCE_H + startY1 - r) * SOURCE_W;
    for (var s = 0u; s * STRIDE_X + firstX < S; s++) {
      let at0 = select(ZEROS, (line0 + startX0 - s) * SOURCE_C4, insideY0 & (startX0 - s < SOURCE_W));
      let at1 = select(ZEROS, (line1 + startX1 - s) * SOURCE_C4, insideY1 & (startX1 - s < SOURCE_W));
      let tap = (r * STRIDE_Y + firstY) * S + (s * STRIDE_X + firstX);
      if ((at0 != ZEROS) | (at1 != ZEROS)) {
        for (var a = 0u; a < SOURCE_C4; a++) {
          let v0 = dy[at0 + a];
          let v1 = dy[at1 + a];
          let w = tap * TAP + a * (4u * TARGET_C4);
          let w0_0 = transposed[w + b0]; let w0_1 = transposed[w + b1]; let w0_2 = transposed[w + b2]; let w0_3 = transposed[w + b3];
          acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1; acc0_2 += v0.x * w0_2; acc0_3 += v0.x * w0_3;
          acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1; acc1_2 += v1.x * w0_2; acc1_3 += v1.x * w0_3;
          let w1_0 = transposed[w + TARGET_C4 + b0]; let w1_1 = transposed[w + TARGET_C4 + b1]; let w1_2 = transposed[w + TARGET_C4 + b2]; let w1_3 = transposed[w + TARGET_C4 + b3];
          acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1; acc0_2 += v0.y * w1_2; acc0_3 += v0.y * w1_3;
          acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1; acc1_2 += v1.y * w1_2; acc1_3 += v1.y * w1_3;
          let w2_0 = transposed[w + 2u * TARGET_C4 + b0]; let w2_1 = transposed[w + 2u * TARGET_C4 + b1]; let w2_2 = transposed[w + 2u * TARGET_C4 + b2]; let w2_3 = transposed[w + 2u * TARGET_C4 + b3];
          acc0_0 += v0.z * w2_0; acc0_1 += v0.z * w2_1; acc0_2 += v0.z * w2_2; acc0_3 += v0.z * w2_3;
          acc1_0 += v1.z * w2_0; acc1_1 += v1.z * w2_1; acc1_2 += v1.z * w2_2; acc1_3 += v1.z * w2_3;
          let w3_0 = transposed[w + 3u * TARGET_C4 + b0]; let w3_1 = transposed[w + 3u * TARGET_C4 + b1]; let w3_2 = transposed[w + 3u * TARGET_C4 + b2]; let w3_3 = transposed[w + 3u * TARGET_C4 + b3];
          acc0_0 += v0.w * w3_0; acc0_1 += v0.w * w3_1; acc0_2 += v0.w * w3_2; acc0_3 += v0.w * w3_3;
          acc1_0 += v1.w * w3_0; acc1_1 += v1.w * w3_1; acc1_2 += v1.w * w3_2; acc1_3 += v1.w * w3_3;
        }
      }
    }
  }
  let atY0 = y0 * STRIDE_Y + residueY;
  let atX0 = x0 * STRIDE_X + residueX;
  let to0 = ((n0 * TARGET_H + atY0) * TARGET_W + atX0) * TARGET_C4;
  dx[to0 + b0] = acc0_0;
  dx[to0 + b1] = acc0_1;
  dx[to0 + b2] = acc0_2;
  dx[to0 + b3] = acc0_3;
  let atY1 = y1 * STRIDE_Y + residueY;
  let atX1 = x1 * STRIDE_X + residueX;
  let to1 = ((n1 * TARGET_H + atY1) * TARGET_W + atX1) * TARGET_C4;
  dx[to1 + b0] = acc1_0;
  dx[to1 + b1] = acc1_1;
  dx[to1 + b2] = acc1_2;
  dx[to1 + b3] = acc1_3;
}
