// conv2dForwardWorkgroup
// y[n,k,p,q] = bias[k] + sum_{c,r,s}
//   x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,16,14,14] in order NHWC, then the zeros that taps in the padding read
// weight: [32,16,3,3] in order RSCK; bias: one per channel
// y: [64,32,7,7] in order NHWC
// One invocation: 4 pixels times 1 vec4 of channels, in acc<pixel>_<vec4>.
// One workgroup: 8 x 8 of them, 32 pixels times 32 channels.
// It holds 16 source channels of one tap at a time:
// pixels[channel vec4][pixel] and weights[channel][vec4 of target channels].
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

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
const PIXELS = 4u; // in a tile
const VECTORS = 1u; // vec4s of target channels in a tile
const LAST_PIXEL = 3135u;
const TILES = 784u; // tiles of pixels
const CHANNEL_TILES = 8u;
const DOWN = 8u; // invocations of a workgroup along pixels
const ACROSS = 8u; // invocations of a workgroup along channels
const BLOCK_PIXELS = 32u; // pixels of a workgroup
const BLOCK_C4 = 8u; // vec4s of target channels of a workgroup
const DEPTH = 4u; // vec4s of source channels in workgroup memory
const CHANNEL_BLOCKS = 1u;

var<workgroup> pixels: array<vec4<f32>, 128>;
var<workgroup> weights: array<vec4<f32>, 128>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let block = group.x;
  let channelBlock = block % CHANNEL_BLOCKS;
  let pixelBlock = block / CHANNEL_BLOCKS;
  let downwards = local / ACROSS;
  let sideways = local % ACROSS;
  let tile = pixelBlock * DOWN + downwards;
  let channelTile = channelBlock * ACROSS + sideways;
  let mine = (tile < TILES) & (channelTile < CHANNEL_TILES);
  let b = min(channelTile * VECTORS, TARGET_C4 - 1u);
  let pixel0 = min(tile * PIXELS, LAST_PIXEL);
  let n0 = pixel0 / (STEPS_Y * STEPS_X);
  let y0 = pixel0 / STEPS_X % STEPS_Y;
  let x0 = pixel0 % STEPS_X;
  let pixel1 = min(tile * PIXELS + 1u, LAST_PIXEL);
  let n1 = pixel1 / (STEPS_Y * STEPS_X);
  let y1 = pixel1 / STEPS_X % STEPS_Y;
  let x1 = pixel1 % STEPS_X;
  let pixel2 = min(tile * PIXELS + 2u, LAST_PIXEL);
  let n2 = pixel2 / (STEPS_Y * STEPS_X);
  let y2 = pixel2 / STEPS_X % STEPS_Y;
  let x2 = pixel2 % STEPS_X;
  let pixel3 = min(tile * PIXELS + 3u, LAST_PIXEL);
  let n3 = pixel3 / (STEPS_Y * STEPS_X);
  let y3 = pixel3 / STEPS_X % STEPS_Y;
  let x3 = pixel3 % STEPS_X;
  let pixelLoaded = min(pixelBlock * BLOCK_PIXELS + local % BLOCK_PIXELS, LAST_PIXEL);
  let nLoaded = pixelLoaded / (STEPS_Y * STEPS_X);
  let yLoaded = pixelLoaded / STEPS_X % STEPS_Y;
  let xLoaded = pixelLoaded % STEPS_X;
  let startYLoaded = yLoaded * STRIDE_Y - PADDING_Y;
  let startXLoaded = xLoaded * STRIDE_X - PADDING_X;
  let b0 = b;
  var acc0_0 = bias[b0];
  var acc1_0 = bias[b0];
  var acc2_0 = bias[b0];
  var acc3_0 = bias[b0];
  for (var r = 0u; r < R; r++) {
    for (var s = 0u; s < S; s++) {
      let at = select(ZEROS, ((nLoaded * SOURCE_H + startYLoaded + r) * SOURCE_W + startXLoaded + s) * SOURCE_C4, (startYLoaded + r < SOURCE_H) & (startXLoaded + s < SOURCE_W));
      let w = (r * S + s) * TAP;
      let a = 0u;
      pixels[local] = x[at + a + local / BLOCK_PIXELS];
      pixels[(local + 64u)] = x[at + a + (local + 64u) / BLOCK_PIXELS];
      weights[local] = weight[w + (a * 4u + local / BLOCK_C4) * TARGET_C4 + min(channelBlock * BLOCK_C4 + local % BLOCK_C4, TARGET_C4 - 1u)];
      weights[(local + 64u)] = weight[w + (a * 4u + (local + 64u) / BLOCK_C4) * TARGET_C4 + min(channelBlock * BLOCK_C4 + (local + 64u) % BLOCK_C4, TARGET_C4 - 1u)];
      workgroupBarrier();
      for (var d = 0u; d < DEPTH; d++) {
        let v0 = pixels[d * BLOCK_PIXELS + downwards * PIXELS];
        let v1 = pixels[d * BLOCK_PIXELS + downwards * PIXELS + 1u];
        let v2 = pixels[d * BLOCK_PIXELS + downwards * PIXELS + 2u];
        let v3 = pixels[d * BLOCK_PIXELS + downwards * PIXELS + 3u];
        let w0_0 = weights[(d * 4u) * BLOCK_C4 + sideways * VECTORS];
        acc0_0 += v0.x * w0_0;
        acc1_0 += v1.x * w0_0;
        acc2_0 += v2.x * w0_0;
        acc3_0 += v3.x * w0_0;
        let w1_0 = weights[(d * 4u + 1u) * BLOCK_C4 + sideways * VECTORS];
        acc0_0 += v0.y * w1_0;
        acc1_0 += v1.y * w1_0;
        acc2_0 += v2.y * w1_0;
        acc3_0 += v3.y * w1_0;
        let w2_0 = weights[(d * 4u + 2u) * BLOCK_C4 + sideways * VECTORS];
        acc0_0 += v0.z * w2_0;
        acc1_0 += v1.z * w2_0;
        acc2_0 += v2.z * w2_0;
        acc3_0 += v3.z * w2_0;
        let w3_0 = weights[(d * 4u + 3u) * BLOCK_C4 + sideways * VECTORS];
        acc0_0 += v0.w * w3_0;
        acc1_0 += v1.w * w3_0;
        acc2_0 += v2.w * w3_0;
        acc3_0 += v3.w * w3_0;
      }
      workgroupBarrier();
    }
  }
  if (mine) {
    let atY0 = y0;
    let atX0 = x0;
    let to0 = ((n0 * TARGET_H + atY0) * TARGET_W + atX0) * TARGET_C4;
    y[to0 + b0] = acc0_0;
    let atY1 = y1;
    let atX1 = x1;
    let to1 = ((n1 * TARGET_H + atY1) * TARGET_W + atX1) * TARGET_C4;
    y[to1 + b0] = acc1_0;
    let atY2 = y2;
    let atX2 = x2;
    let to2 = ((n2 * TARGET_H + atY2) * TARGET_W + atX2) * TARGET_C4;
    y[to2 + b0] = acc2_0;
    let atY3 = y3;
    let atX3 = x3;
    let to3 = ((n3 * TARGET_H + atY3) * TARGET_W + atX3) * TARGET_C4;
    y[to3 + b0] = acc3_0;
  }
}
