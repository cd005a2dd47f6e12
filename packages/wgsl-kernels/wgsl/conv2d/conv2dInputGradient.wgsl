// conv2dInputGradient
// dx[n,c,h,w] = sum_{k,r,s} dy[n, k, (h + 1 - r)/2, (w + 1 - s)/2] * weight[k,c,r,s],
// over the taps r, s for which the quotients are integers.
// dy: [64,32,7,7] in order NHWC, then the zeros that taps in the padding read
// weight: [32,16,3,3] in order RSKC
// dx: [64,16,14,14] in order NHWC
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 6288u) { return; }
  let tile = i / 1048u * 262u + i % 262u;
  if (tile >= 1568u) { return; }
  let residueY = i / 262u / 2u % 2u;
  let residueX = i / 262u % 2u;
  let pixel0 = tile * 2u;
  let n0 = pixel0 / 49u;
  let y0 = pixel0 / 7u % 7u;
  let x0 = pixel0 % 7u;
  let pixel1 = tile * 2u + 1u;
  let n1 = pixel1 / 49u;
  let y1 = pixel1 / 7u % 7u;
  let x1 = pixel1 % 7u;
  let firstY = (residueY + 1u) % 2u;
  let shiftY = (residueY + 1u) / 2u;
  let firstX = (residueX + 1u) % 2u;
  let shiftX = (residueX + 1u) / 2u;
  let startY0 = y0 + shiftY;
  let startX0 = x0 + shiftX;
  let startY1 = y1 + shiftY;
  let startX1 = x1 + shiftX;
  let b0 = 0u;
  let b1 = 1u;
  let b2 = 2u;
  let b3 = 3u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>(); var acc0_3 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>(); var acc1_3 = vec4<f32>();
  for (var r = 0u; r * 2u + firstY < 3u; r++) {
    let insideY0 = startY0 - r < 7u;
    let line0 = (n0 * 7u + startY0 - r) * 7u;
    let insideY1 = startY1 - r < 7u;
    let line1 = (n1 * 7u + startY1 - r) * 7u;
    for (var s = 0u; s * 2u + firstX < 3u; s++) {
      let at0 = select(25088u, (line0 + startX0 - s) * 8u, insideY0 & (startX0 - s < 7u));
      let at1 = select(25088u, (line1 + startX1 - s) * 8u, insideY1 & (startX1 - s < 7u));
      let tap = (r * 2u + firstY) * 3u + s * 2u + firstX;
      if ((at0 != 25088u) | (at1 != 25088u)) {
        for (var a = 0u; a < 8u; a++) {
          let v0 = dy[at0 + a];
          let v1 = dy[at1 + a];
          let w = tap * 128u + a * 16u;
          let w0_0 = weight[w + b0]; let w0_1 = weight[w + b1]; let w0_2 = weight[w + b2]; let w0_3 = weight[w + b3];
          acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1; acc0_2 += v0.x * w0_2; acc0_3 += v0.x * w0_3;
          acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1; acc1_2 += v1.x * w0_2; acc1_3 += v1.x * w0_3;
          let w1_0 = weight[w + 4u + b0]; let w1_1 = weight[w + 4u + b1]; let w1_2 = weight[w + 4u + b2]; let w1_3 = weight[w + 4u + b3];
          acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1; acc0_2 += v0.y * w1_2; acc0_3 += v0.y * w1_3;
          acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1; acc1_2 += v1.y * w1_2; acc1_3 += v1.y * w1_3;
          let w2_0 = weight[w + 8u + b0]; let w2_1 = weight[w + 8u + b1]; let w2_2 = weight[w + 8u + b2]; let w2_3 = weight[w + 8u + b3];
          acc0_0 += v0.z * w2_0; acc0_1 += v0.z * w2_1; acc0_2 += v0.z * w2_2; acc0_3 += v0.z * w2_3;
          acc1_0 += v1.z * w2_0; acc1_1 += v1.z * w2_1; acc1_2 += v1.z * w2_2; acc1_3 += v1.z * w2_3;
          let w3_0 = weight[w + 12u + b0]; let w3_1 = weight[w + 12u + b1]; let w3_2 = weight[w + 12u + b2]; let w3_3 = weight[w + 12u + b3];
          acc0_0 += v0.w * w3_0; acc0_1 += v0.w * w3_1; acc0_2 += v0.w * w3_2; acc0_3 += v0.w * w3_3;
          acc1_0 += v1.w * w3_0; acc1_1 += v1.w * w3_1; acc1_2 += v1.w * w3_2; acc1_3 += v1.w * w3_3;
        }
      }
    }
  }
  let atY0 = y0 * 2u + residueY;
  let atX0 = x0 * 2u + residueX;
  let to0 = ((n0 * 14u + atY0) * 14u + atX0) * 4u;
  dx[to0 + b0] = acc0_0;
  dx[to0 + b1] = acc0_1;
  dx[to0 + b2] = acc0_2;
  dx[to0 + b3] = acc0_3;
  let atY1 = y1 * 2u + residueY;
  let atX1 = x1 * 2u + residueX;
  let to1 = ((n1 * 14u + atY1) * 14u + atX1) * 4u;
  dx[to1 + b0] = acc1_0;
  dx[to1 + b1] = acc1_1;
  dx[to1 + b2] = acc1_2;
  dx[to1 + b3] = acc1_3;
}
