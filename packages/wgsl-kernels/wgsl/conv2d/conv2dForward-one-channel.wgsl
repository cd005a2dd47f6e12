// conv2dForward
// y[n,k,p,q] = bias[k] + sum_{c,r,s} x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,1,28,28] in order NCHW, then the zeros that taps in the padding read
// weight: [16,1,3,3] in order RSCK; bias: one per channel
// y: [64,16,14,14] in order NHWC
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i;
  let pixel0 = tile * 2u;
  let n0 = pixel0 / 196u;
  let y0 = pixel0 / 14u % 14u;
  let x0 = pixel0 % 14u;
  let pixel1 = tile * 2u + 1u;
  let n1 = pixel1 / 196u;
  let y1 = pixel1 / 14u % 14u;
  let x1 = pixel1 % 14u;
  let startY0 = y0 * 2u - 1u;
  let startX0 = x0 * 2u - 1u;
  let startY1 = y1 * 2u - 1u;
  let startX1 = x1 * 2u - 1u;
  let b0 = 0u;
  let b1 = 1u;
  let b2 = 2u;
  let b3 = 3u;
  var acc0_0 = bias[b0]; var acc0_1 = bias[b1]; var acc0_2 = bias[b2]; var acc0_3 = bias[b3];
  var acc1_0 = bias[b0]; var acc1_1 = bias[b1]; var acc1_2 = bias[b2]; var acc1_3 = bias[b3];
  for (var r = 0u; r < 3u; r++) {
    let insideY0 = startY0 + r < 28u;
    let line0 = (n0 * 28u + startY0 + r) * 28u;
    let insideY1 = startY1 + r < 28u;
    let line1 = (n1 * 28u + startY1 + r) * 28u;
    for (var s = 0u; s < 3u; s++) {
      let at0 = line0 + startX0 + s; let in0 = insideY0 & (startX0 + s < 28u);
      let at1 = line1 + startX1 + s; let in1 = insideY1 & (startX1 + s < 28u);
      let tap = r * 3u + s;
      let w = tap * 4u;
      let v0_0 = x[select(50176u, at0, in0)];
      let v1_0 = x[select(50176u, at1, in1)];
      let w0_0 = weight[w + b0]; let w0_1 = weight[w + b1]; let w0_2 = weight[w + b2]; let w0_3 = weight[w + b3];
      acc0_0 += v0_0 * w0_0; acc0_1 += v0_0 * w0_1; acc0_2 += v0_0 * w0_2; acc0_3 += v0_0 * w0_3;
      acc1_0 += v1_0 * w0_0; acc1_1 += v1_0 * w0_1; acc1_2 += v1_0 * w0_2; acc1_3 += v1_0 * w0_3;
    }
  }
  let atY0 = y0;
  let atX0 = x0;
  let to0 = ((n0 * 14u + atY0) * 14u + atX0) * 4u;
  y[to0 + b0] = acc0_0;
  y[to0 + b1] = acc0_1;
  y[to0 + b2] = acc0_2;
  y[to0 + b3] = acc0_3;
  let atY1 = y1;
  let atX1 = x1;
  let to1 = ((n1 * 14u + atY1) * 14u + atX1) * 4u;
  y[to1 + b0] = acc1_0;
  y[to1 + b1] = acc1_1;
  y[to1 + b2] = acc1_2;
  y[to1 + b3] = acc1_3;
}
