// conv2dInputGradientWorkgroup
// dx[n,c,h,w] = sum_{k,r,s} dy[n, k, (h + 1 - r)/2, (w + 1 - s)/2] * weight[k,c,r,s],
// over the taps r, s for which the quotients are integers.
// dy: [64,32,7,7] in order NHWC, then the zeros that taps in the padding read
// weight: [32,16,3,3] in order RSKC
// dx: [64,16,14,14] in order NHWC
// One invocation: 4 pixels times 1 vec4 of channels, in acc<pixel>_<vec4>.
// One workgroup: 8 x 8 of them, 32 pixels times 32 channels; it holds 16 source channels of one tap at a time:
// pixels[channel vec4][pixel] and weights[channel][vec4 of target channels].
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

var<workgroup> pixels: array<vec4<f32>, 128>;
var<workgroup> weights: array<vec4<f32>, 128>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let block = group.x;
  let channelBlock = 0u;
  let pixelBlock = block % 98u;
  let downwards = local / 8u;
  let sideways = local % 8u;
  let tile = pixelBlock * 8u + downwards;
  let channelTile = channelBlock * 8u + sideways;
  let mine = (tile < 784u) & (channelTile < 4u);
  let b = min(channelTile, 3u);
  let residueY = block / 98u / 2u;
  let residueX = block / 98u % 2u;
  let pixel0 = min(tile * 4u, 3135u);
  let n0 = pixel0 / 49u;
  let y0 = pixel0 / 7u % 7u;
  let x0 = pixel0 % 7u;
  let pixel1 = min(tile * 4u + 1u, 3135u);
  let n1 = pixel1 / 49u;
  let y1 = pixel1 / 7u % 7u;
  let x1 = pixel1 % 7u;
  let pixel2 = min(tile * 4u + 2u, 3135u);
  let n2 = pixel2 / 49u;
  let y2 = pixel2 / 7u % 7u;
  let x2 = pixel2 % 7u;
  let pixel3 = min(tile * 4u + 3u, 3135u);
  let n3 = pixel3 / 49u;
  let y3 = pixel3 / 7u % 7u;
  let x3 = pixel3 % 7u;
  let pixelLoaded = min(pixelBlock * 32u + local % 32u, 3135u);
  let nLoaded = pixelLoaded / 49u;
  let yLoaded = pixelLoaded / 7u % 7u;
  let xLoaded = pixelLoaded % 7u;
  let firstY = (residueY + 1u) % 2u;
  let shiftY = (residueY + 1u) / 2u;
  let firstX = (residueX + 1u) % 2u;
  let shiftX = (residueX + 1u) / 2u;
  let startYLoaded = yLoaded + shiftY;
  let startXLoaded = xLoaded + shiftX;
  let b0 = b;
  var acc0_0 = vec4<f32>();
  var acc1_0 = vec4<f32>();
  var acc2_0 = vec4<f32>();
  var acc3_0 = vec4<f32>();
  for (var r = 0u; r * 2u + firstY < 3u; r++) {
    for (var s = 0u; s * 2u + firstX < 3u; s++) {
      let at = select(25088u, ((nLoaded * 7u + startYLoaded - r) * 7u + startXLoaded - s) * 8u, (startYLoaded - r < 7u) & (startXLoaded - s < 7u));
      let w = ((r * 2u + firstY) * 3u + s * 2u + firstX) * 128u;
      for (var a = 0u; a < 8u; a += 4u) {
        pixels[local] = dy[at + a + local / 32u];
        pixels[local + 64u] = dy[at + a + (local + 64u) / 32u];
        weights[local] = weight[w + (a * 4u + local / 8u) * 4u + min(channelBlock * 8u + local % 8u, 3u)];
        weights[local + 64u] = weight[w + (a * 4u + (local + 64u) / 8u) * 4u + min(channelBlock * 8u + (local + 64u) % 8u, 3u)];
        workgroupBarrier();
        for (var d = 0u; d < 4u; d++) {
          let v0 = pixels[d * 32u + downwards * 4u];
          let v1 = pixels[d * 32u + downwards * 4u + 1u];
          let v2 = pixels[d * 32u + downwards * 4u + 2u];
          let v3 = pixels[d * 32u + downwards * 4u + 3u];
          let w0_0 = weights[(d * 4u) * 8u + sideways];
          acc0_0 += v0.x * w0_0;
          acc1_0 += v1.x * w0_0;
          acc2_0 += v2.x * w0_0;
          acc3_0 += v3.x * w0_0;
          let w1_0 = weights[(d * 4u + 1u) * 8u + sideways];
          acc0_0 += v0.y * w1_0;
          acc1_0 += v1.y * w1_0;
          acc2_0 += v2.y * w1_0;
          acc3_0 += v3.y * w1_0;
          let w2_0 = weights[(d * 4u + 2u) * 8u + sideways];
          acc0_0 += v0.z * w2_0;
          acc1_0 += v1.z * w2_0;
          acc2_0 += v2.z * w2_0;
          acc3_0 += v3.z * w2_0;
          let w3_0 = weights[(d * 4u + 3u) * 8u + sideways];
          acc0_0 += v0.w * w3_0;
          acc1_0 += v1.w * w3_0;
          acc2_0 += v2.w * w3_0;
          acc3_0 += v3.w * w3_0;
        }
        workgroupBarrier();
      }
    }
  }
  if (mine) {
    let atY0 = y0 * 2u + residueY;
    let atX0 = x0 * 2u + residueX;
    let to0 = ((n0 * 14u + atY0) * 14u + atX0) * 4u;
    dx[to0 + b0] = acc0_0;
    let atY1 = y1 * 2u + residueY;
    let atX1 = x1 * 2u + residueX;
    let to1 = ((n1 * 14u + atY1) * 14u + atX1) * 4u;
    dx[to1 + b0] = acc1_0;
    let atY2 = y2 * 2u + residueY;
    let atX2 = x2 * 2u + residueX;
    let to2 = ((n2 * 14u + atY2) * 14u + atX2) * 4u;
    dx[to2 + b0] = acc2_0;
    let atY3 = y3 * 2u + residueY;
    let atX3 = x3 * 2u + residueX;
    let to3 = ((n3 * 14u + atY3) * 14u + atX3) * 4u;
    dx[to3 + b0] = acc3_0;
  }
}
