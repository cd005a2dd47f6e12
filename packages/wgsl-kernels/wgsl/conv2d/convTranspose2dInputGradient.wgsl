// conv2dForward
// y[n,k,p,q] = sum_{c,r,s} x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,16,14,14] in order NHWC, then the zeros that taps in the padding read
// weight: [32,16,3,3] in order RSCK
// y: [64,32,7,7] in order NHWC
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 3144u) { return; }
  let tile = i / 262u * 131u + i % 131u;
  if (tile >= 1568u) { return; }
  let b = i / 131u % 2u * 4u;
  let pixel0 = tile * 2u;
  let n0 = pixel0 / 49u;
  let y0 = pixel0 / 7u % 7u;
  let x0 = pixel0 % 7u;
  let pixel1 = tile * 2u + 1u;
  let n1 = pixel1 / 49u;
  let y1 = pixel1 / 7u % 7u;
  let x1 = pixel1 % 7u;
  let startY0 = y0 * 2u - 1u;
  let startX0 = x0 * 2u - 1u;
  let startY1 = y1 * 2u - 1u;
  let startX1 = x1 * 2u - 1u;
  let b0 = b;
  let b1 = b + 1u;
  let b2 = b + 2u;
  let b3 = b + 3u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>(); var acc0_3 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>(); var acc1_3 = vec4<f32>();
  for (var r = 0u; r < 3u; r++) {
    let insideY0 = startY0 + r < 14u;
    let line0 = (n0 * 14u + startY0 + r) * 14u;
    let insideY1 = startY1 + r < 14u;
    let line1 = (n1 * 14u + startY1 + r) * 14u;
    for (var s = 0u; s < 3u; s++) {
      let at0 = select(50176u, (line0 + startX0 + s) * 4u, insideY0 & (startX0 + s < 14u));
      let at1 = select(50176u, (line1 + startX1 + s) * 4u, insideY1 & (startX1 + s < 14u));
      let tap = r * 3u + s;
      for (var a = 0u; a < 4u; a++) {
        let v0 = x[at0 + a];
        let v1 = x[at1 + a];
        let w = tap * 128u + a * 32u;
        let w0_0 = weight[w + b0]; let w0_1 = weight[w + b1]; let w0_2 = weight[w + b2]; let w0_3 = weight[w + b3];
        acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1; acc0_2 += v0.x * w0_2; acc0_3 += v0.x * w0_3;
        acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1; acc1_2 += v1.x * w0_2; acc1_3 += v1.x * w0_3;
        let w1_0 = weight[w + 8u + b0]; let w1_1 = weight[w + 8u + b1]; let w1_2 = weight[w + 8u + b2]; let w1_3 = weight[w + 8u + b3];
        acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1; acc0_2 += v0.y * w1_2; acc0_3 += v0.y * w1_3;
        acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1; acc1_2 += v1.y * w1_2; acc1_3 += v1.y * w1_3;
        let w2_0 = weight[w + 16u + b0]; let w2_1 = weight[w + 16u + b1]; let w2_2 = weight[w + 16u + b2]; let w2_3 = weight[w + 16u + b3];
        acc0_0 += v0.z * w2_0; acc0_1 += v0.z * w2_1; acc0_2 += v0.z * w2_2; acc0_3 += v0.z * w2_3;
        acc1_0 += v1.z * w2_0; acc1_1 += v1.z * w2_1; acc1_2 += v1.z * w2_2; acc1_3 += v1.z * w2_3;
        let w3_0 = weight[w + 24u + b0]; let w3_1 = weight[w + 24u + b1]; let w3_2 = weight[w + 24u + b2]; let w3_3 = weight[w + 24u + b3];
        acc0_0 += v0.w * w3_0; acc0_1 += v0.w * w3_1; acc0_2 += v0.w * w3_2; acc0_3 += v0.w * w3_3;
        acc1_0 += v1.w * w3_0; acc1_1 += v1.w * w3_1; acc1_2 += v1.w * w3_2; acc1_3 += v1.w * w3_3;
      }
    }
  }
  let atY0 = y0;
  let atX0 = x0;
  let to0 = ((n0 * 7u + atY0) * 7u + atX0) * 8u;
  y[to0 + b0] = acc0_0;
  y[to0 + b1] = acc0_1;
  y[to0 + b2] = acc0_2;
  y[to0 + b3] = acc0_3;
  let atY1 = y1;
  let atX1 = x1;
  let to1 = ((n1 * 7u + atY1) * 7u + atX1) * 8u;
  y[to1 + b0] = acc1_0;
  y[to1 + b1] = acc1_1;
  y[to1 + b2] = acc1_2;
  y[to1 + b3] = acc1_3;
}
