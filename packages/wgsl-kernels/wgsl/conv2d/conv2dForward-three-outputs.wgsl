// conv2dForward
// y[n,k,p,q] = bias[k] + sum_{c,r,s} x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,16,14,14] in order NHWC, then the zeros that taps in the padding read
// weight: [3,16,3,3] in order RSCK; bias: one per channel
// y: [64,3,7,7] in order NCHW; negative values become 0
// One invocation: 4 pixels, all channels; the lanes of acc<pixel>_<channel> are partial sums.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i;
  let pixel0 = tile * 4u;
  let n0 = pixel0 / 56u;
  let y0 = pixel0 / 8u % 7u;
  let x0 = pixel0 % 8u;
  let pixel1 = tile * 4u + 1u;
  let n1 = pixel1 / 56u;
  let y1 = pixel1 / 8u % 7u;
  let x1 = pixel1 % 8u;
  let pixel2 = tile * 4u + 2u;
  let n2 = pixel2 / 56u;
  let y2 = pixel2 / 8u % 7u;
  let x2 = pixel2 % 8u;
  let pixel3 = tile * 4u + 3u;
  let n3 = pixel3 / 56u;
  let y3 = pixel3 / 8u % 7u;
  let x3 = pixel3 % 8u;
  let startY0 = y0 * 2u - 1u;
  let startX0 = x0 * 2u - 1u;
  let startY1 = y1 * 2u - 1u;
  let startX1 = x1 * 2u - 1u;
  let startY2 = y2 * 2u - 1u;
  let startX2 = x2 * 2u - 1u;
  let startY3 = y3 * 2u - 1u;
  let startX3 = x3 * 2u - 1u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>(); var acc2_2 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>(); var acc3_2 = vec4<f32>();
  for (var r = 0u; r < 3u; r++) {
    let insideY0 = startY0 + r < 14u;
    let line0 = (n0 * 14u + startY0 + r) * 14u;
    let insideY1 = startY1 + r < 14u;
    let line1 = (n1 * 14u + startY1 + r) * 14u;
    let insideY2 = startY2 + r < 14u;
    let line2 = (n2 * 14u + startY2 + r) * 14u;
    let insideY3 = startY3 + r < 14u;
    let line3 = (n3 * 14u + startY3 + r) * 14u;
    for (var s = 0u; s < 3u; s++) {
      let at0 = select(50176u, (line0 + startX0 + s) * 4u, insideY0 & (startX0 + s < 14u));
      let at1 = select(50176u, (line1 + startX1 + s) * 4u, insideY1 & (startX1 + s < 14u));
      let at2 = select(50176u, (line2 + startX2 + s) * 4u, insideY2 & (startX2 + s < 14u));
      let at3 = select(50176u, (line3 + startX3 + s) * 4u, insideY3 & (startX3 + s < 14u));
      let tap = r * 3u + s;
      for (var a = 0u; a < 4u; a++) {
        let v0 = x[at0 + a];
        let v1 = x[at1 + a];
        let v2 = x[at2 + a];
        let v3 = x[at3 + a];
        let w = tap * 64u + a * 16u;
        let w0 = vec4<f32>(weight[w], weight[w + 4u], weight[w + 8u], weight[w + 12u]);
        let w1 = vec4<f32>(weight[w + 1u], weight[w + 5u], weight[w + 9u], weight[w + 13u]);
        let w2 = vec4<f32>(weight[w + 2u], weight[w + 6u], weight[w + 10u], weight[w + 14u]);
        acc0_0 += v0 * w0; acc0_1 += v0 * w1; acc0_2 += v0 * w2;
        acc1_0 += v1 * w0; acc1_1 += v1 * w1; acc1_2 += v1 * w2;
        acc2_0 += v2 * w0; acc2_1 += v2 * w1; acc2_2 += v2 * w2;
        acc3_0 += v3 * w0; acc3_1 += v3 * w1; acc3_2 += v3 * w2;
      }
    }
  }
  let atY0 = y0;
  let atX0 = x0;
  let to0 = (n0 * 21u + atY0) * 8u + atX0;
  y[to0] = select(0.0, max((acc0_0.x + acc0_0.y) + (acc0_0.z + acc0_0.w) + bias[0].x, 0.0), atX0 < 7u);
  y[to0 + 56u] = select(0.0, max((acc0_1.x + acc0_1.y) + (acc0_1.z + acc0_1.w) + bias[0].y, 0.0), atX0 < 7u);
  y[to0 + 112u] = select(0.0, max((acc0_2.x + acc0_2.y) + (acc0_2.z + acc0_2.w) + bias[0].z, 0.0), atX0 < 7u);
  let atY1 = y1;
  let atX1 = x1;
  let to1 = (n1 * 21u + atY1) * 8u + atX1;
  y[to1] = select(0.0, max((acc1_0.x + acc1_0.y) + (acc1_0.z + acc1_0.w) + bias[0].x, 0.0), atX1 < 7u);
  y[to1 + 56u] = select(0.0, max((acc1_1.x + acc1_1.y) + (acc1_1.z + acc1_1.w) + bias[0].y, 0.0), atX1 < 7u);
  y[to1 + 112u] = select(0.0, max((acc1_2.x + acc1_2.y) + (acc1_2.z + acc1_2.w) + bias[0].z, 0.0), atX1 < 7u);
  let atY2 = y2;
  let atX2 = x2;
  let to2 = (n2 * 21u + atY2) * 8u + atX2;
  y[to2] = select(0.0, max((acc2_0.x + acc2_0.y) + (acc2_0.z + acc2_0.w) + bias[0].x, 0.0), atX2 < 7u);
  y[to2 + 56u] = select(0.0, max((acc2_1.x + acc2_1.y) + (acc2_1.z + acc2_1.w) + bias[0].y, 0.0), atX2 < 7u);
  y[to2 + 112u] = select(0.0, max((acc2_2.x + acc2_2.y) + (acc2_2.z + acc2_2.w) + bias[0].z, 0.0), atX2 < 7u);
  let atY3 = y3;
  let atX3 = x3;
  let to3 = (n3 * 21u + atY3) * 8u + atX3;
  y[to3] = select(0.0, max((acc3_0.x + acc3_0.y) + (acc3_0.z + acc3_0.w) + bias[0].x, 0.0), atX3 < 7u);
  y[to3 + 56u] = select(0.0, max((acc3_1.x + acc3_1.y) + (acc3_1.z + acc3_1.w) + bias[0].y, 0.0), atX3 < 7u);
  y[to3 + 112u] = select(0.0, max((acc3_2.x + acc3_2.y) + (acc3_2.z + acc3_2.w) + bias[0].z, 0.0), atX3 < 7u);
}
