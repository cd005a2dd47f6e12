// conv2dInputGradient
// dx[n,c,h,w] = sum_{k,r,s}
//   dy[n, k, (h + 1 - r)/2, (w + 1 - s)/2] * weight[k,c,r,s],
// over the taps r, s for which the quotients are integers.
// dy: [7,32,7,7] in order NHWC
// transposed: [32,16,3,3] in order RSKC
// dx: [7,16,13,14] in order NHWC
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
// Its pixels are one position in 2 neighbouring images; taps in the padding are left out.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> transposed: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

const IMAGES = 7u;
const SOURCE_H = 7u;
const SOURCE_W = 7u;
const SOURCE_C4 = 8u; // vec4s of channels
const SOURCE_IMAGE = 392u;
const TARGET_H = 13u;
const TARGET_W = 14u;
const TARGET_C4 = 4u; // vec4s of channels
const TARGET_IMAGE = 728u;
const R = 3u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const PADDING_X = 1u;
const FAR = 1073741824u; // a position that no image reaches
const TAP = 128u; // from the weights of one tap to those of the next
const STEPS_Y = 7u; // target rows of one residue class
const STEPS_X = 7u; // target columns of one residue class
const PIXELS = 2u; // in a tile
const RUN = 196u; // tiles of pixels that are finished for all channels before the next begin
const CHANNEL_TILES = 1u;
const CLASSES = 4u; // residue classes

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i / (RUN * CHANNEL_TILES * CLASSES) * RUN + i % RUN;
  let residueY = i / (RUN * CHANNEL_TILES) / STRIDE_X % STRIDE_Y;
  let residueX = i / (RUN * CHANNEL_TILES) % STRIDE_X;
  let stepY = tile / STEPS_X % STEPS_Y;
  let stepX = tile % STEPS_X;
  let own = tile / (STEPS_Y * STEPS_X) * PIXELS;
  let n = min(own, IMAGES - PIXELS);
  let firstY = (residueY + PADDING_Y) % STRIDE_Y;
  let shiftY = (residueY + PADDING_Y) / STRIDE_Y;
  let firstX = (residueX + PADDING_X) % STRIDE_X;
  let shiftX = (residueX + PADDING_X) / STRIDE_X;
  let startY = select(FAR, stepY + shiftY, stepY * STRIDE_Y + residueY < TARGET_H);
  let startX = stepX + shiftX;
  let b0 = 0u;
  let b1 = 1u;
  let b2 = 2u;
  let b3 = 3u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>(); var acc0_3 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>(); var acc1_3 = vec4<f32>();
  for (var r = 0u; r * STRIDE_Y + firstY < R; r++) {
    let row = startY - r;
    if (row < SOURCE_H) {
      for (var s = 0u; s * STRIDE_X + firstX < S; s++) {
        let column = startX - s;
        if (column < SOURCE_W) {
          let at0 = ((n * SOURCE_H + row) * SOURCE_W + column) * SOURCE_C4;
          let at1 = at0 + SOURCE_IMAGE;
          let tap = (r * STRIDE_Y + firstY) * S + (s * STRIDE_X + firstX);
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
  }
  let atY = stepY * STRIDE_Y + residueY;
  let atX = stepX * STRIDE_X + residueX;
  if (atY < TARGET_H) {
    let to = ((n * TARGET_H + atY) * TARGET_W + atX) * TARGET_C4;
    if (n >= own) {
      dx[to + b0] = acc0_0;
      dx[to + b1] = acc0_1;
      dx[to + b2] = acc0_2;
      dx[to + b3] = acc0_3;
    }
    if (n + 1u >= own) {
      dx[to + TARGET_IMAGE + b0] = acc1_0;
      dx[to + TARGET_IMAGE + b1] = acc1_1;
      dx[to + TARGET_IMAGE + b2] = acc1_2;
      dx[to + TARGET_IMAGE + b3] = acc1_3;
    }
  }
}
