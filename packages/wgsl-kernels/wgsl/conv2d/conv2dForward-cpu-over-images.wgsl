// conv2dForward
// y[n,k,p,q] = bias[k] + sum_{c,r,s}
//   x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,16,14,14] in order NHWC
// weight: [32,16,3,3] in order RSCK; bias: one per channel
// y: [64,32,7,7] in order NHWC; negative values become 0
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
// Its pixels are one position in 2 neighbouring images; taps in the padding are left out.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const SOURCE_H = 14u;
const SOURCE_W = 14u;
const SOURCE_C4 = 4u; // vec4s of channels
const SOURCE_IMAGE = 784u;
const TARGET_H = 7u;
const TARGET_W = 7u;
const TARGET_C4 = 8u; // vec4s of channels
const TARGET_IMAGE = 392u;
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

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i / (RUN * CHANNEL_TILES * CLASSES) * RUN + i % RUN;
  if (tile >= TILES) { return; }
  let b = i / RUN % CHANNEL_TILES * VECTORS;
  let stepY = tile / STEPS_X % STEPS_Y;
  let stepX = tile % STEPS_X;
  let n = tile / (STEPS_Y * STEPS_X) * PIXELS;
  let startY = stepY * STRIDE_Y - PADDING_Y;
  let startX = stepX * STRIDE_X - PADDING_X;
  let b0 = b;
  let b1 = b + 1u;
  let b2 = b + 2u;
  let b3 = b + 3u;
  var acc0_0 = bias[b0]; var acc0_1 = bias[b1]; var acc0_2 = bias[b2]; var acc0_3 = bias[b3];
  var acc1_0 = bias[b0]; var acc1_1 = bias[b1]; var acc1_2 = bias[b2]; var acc1_3 = bias[b3];
  for (var r = 0u; r < R; r++) {
    let row = startY + r;
    if (row < SOURCE_H) {
      for (var s = 0u; s < S; s++) {
        let column = startX + s;
        if (column < SOURCE_W) {
          let at0 = ((n * SOURCE_H + row) * SOURCE_W + column) * SOURCE_C4;
          let at1 = at0 + SOURCE_IMAGE;
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
    }
  }
  let atY = stepY;
  let atX = stepX;
  let to = ((n * TARGET_H + atY) * TARGET_W + atX) * TARGET_C4;
  y[to + b0] = max(acc0_0, vec4<f32>());
  y[to + b1] = max(acc0_1, vec4<f32>());
  y[to + b2] = max(acc0_2, vec4<f32>());
  y[to + b3] = max(acc0_3, vec4<f32>());
  y[to + TARGET_IMAGE + b0] = max(acc1_0, vec4<f32>());
  y[to + TARGET_IMAGE + b1] = max(acc1_1, vec4<f32>());
  y[to + TARGET_IMAGE + b2] = max(acc1_2, vec4<f32>());
  y[to + TARGET_IMAGE + b3] = max(acc1_3, vec4<f32>());
}
