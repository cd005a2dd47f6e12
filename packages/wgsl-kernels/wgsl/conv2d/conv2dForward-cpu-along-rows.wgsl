// conv2dForward
// y[n,k,p,q] = bias[k] + sum_{c,r,s}
//   x[n, c, p*2 + r - 1, q*2 + s - 1] * weight[k,c,r,s]
// x: [64,1,28,28] in order NCHW, then the zeros that taps in the padding read
// weight: [16,1,3,3] in order RSCK; bias: one per channel
// y: [64,16,14,14] in order NHWC; negative values become 0
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
// It computes them one after the other along a row of the target.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const SOURCE_H = 28u;
const SOURCE_C = 1u;
const SOURCE_ROW = 28u; // words of a row, padding included
const TARGET_W = 14u;
const TARGET_C4 = 4u; // vec4s of channels
const R = 3u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const STEPS_Y = 14u; // target rows of one residue class
const PIXELS = 2u; // in a tile
const CHANNEL_TILES = 1u;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let atY = i % STEPS_Y;
  let n = i / (STEPS_Y * CHANNEL_TILES);
  let startY = atY * STRIDE_Y - PADDING_Y;
  let to = i * (TARGET_W * TARGET_C4);
  { // columns from 0
    let b0 = 0u;
    let b1 = 1u;
    let b2 = 2u;
    let b3 = 3u;
    var acc0_0 = bias[b0]; var acc0_1 = bias[b1]; var acc0_2 = bias[b2]; var acc0_3 = bias[b3];
    var acc1_0 = bias[b0]; var acc1_1 = bias[b1]; var acc1_2 = bias[b2]; var acc1_3 = bias[b3];
    for (var r = 0u; r < R; r++) {
      if (startY + r < SOURCE_H) {
        let line = (n * (SOURCE_C * SOURCE_H) + startY + r) * SOURCE_ROW;
        let w = r * (S * SOURCE_C * TARGET_C4);
        let v0_0_1 = x[line + 1u];
        let w0_0_0 = weight[w + b0]; let w0_0_1 = weight[w + b1]; let w0_0_2 = weight[w + b2]; let w0_0_3 = weight[w + b3];
        acc1_0 += v0_0_1 * w0_0_0; acc1_1 += v0_0_1 * w0_0_1; acc1_2 += v0_0_1 * w0_0_2; acc1_3 += v0_0_1 * w0_0_3;
        let v1_0_0 = x[line + 0u];
        let v1_0_1 = x[line + 2u];
        let w1_0_0 = weight[w + TARGET_C4 + b0]; let w1_0_1 = weight[w + TARGET_C4 + b1]; let w1_0_2 = weight[w + TARGET_C4 + b2]; let w1_0_3 = weight[w + TARGET_C4 + b3];
        acc0_0 += v1_0_0 * w1_0_0; acc0_1 += v1_0_0 * w1_0_1; acc0_2 += v1_0_0 * w1_0_2; acc0_3 += v1_0_0 * w1_0_3;
        acc1_0 += v1_0_1 * w1_0_0; acc1_1 += v1_0_1 * w1_0_1; acc1_2 += v1_0_1 * w1_0_2; acc1_3 += v1_0_1 * w1_0_3;
        let v2_0_0 = x[line + 1u];
        let v2_0_1 = x[line + 3u];
        let w2_0_0 = weight[w + 2u * TARGET_C4 + b0]; let w2_0_1 = weight[w + 2u * TARGET_C4 + b1]; let w2_0_2 = weight[w + 2u * TARGET_C4 + b2]; let w2_0_3 = weight[w + 2u * TARGET_C4 + b3];
        acc0_0 += v2_0_0 * w2_0_0; acc0_1 += v2_0_0 * w2_0_1; acc0_2 += v2_0_0 * w2_0_2; acc0_3 += v2_0_0 * w2_0_3;
        acc1_0 += v2_0_1 * w2_0_0; acc1_1 += v2_0_1 * w2_0_1; acc1_2 += v2_0_1 * w2_0_2; acc1_3 += v2_0_1 * w2_0_3;
      }
    }
    y[to + b0] = max(acc0_0, vec4<f32>());
    y[to + b1] = max(acc0_1, vec4<f32>());
    y[to + b2] = max(acc0_2, vec4<f32>());
    y[to + b3] = max(acc0_3, vec4<f32>());
    y[to + TARGET_C4 + b0] = max(acc1_0, vec4<f32>());
    y[to + TARGET_C4 + b1] = max(acc1_1, vec4<f32>());
    y[to + TARGET_C4 + b2] = max(acc1_2, vec4<f32>());
    y[to + TARGET_C4 + b3] = max(acc1_3, vec4<f32>());
  }
  for (var step = 0u; step < 6u; step++) {
    let column = step * PIXELS + 2u;
    let b0 = 0u;
    let b1 = 1u;
    let b2 = 2u;
    let b3 = 3u;
    var acc0_0 = bias[b0]; var acc0_1 = bias[b1]; var acc0_2 = bias[b2]; var acc0_3 = bias[b3];
    var acc1_0 = bias[b0]; var acc1_1 = bias[b1]; var acc1_2 = bias[b2]; var acc1_3 = bias[b3];
    for (var r = 0u; r < R; r++) {
      if (startY + r < SOURCE_H) {
        let line = (n * (SOURCE_C * SOURCE_H) + startY + r) * SOURCE_ROW;
        let w = r * (S * SOURCE_C * TARGET_C4);
        let v0_0_0 = x[line + column * STRIDE_X - 1u];
        let v0_0_1 = x[line + column * STRIDE_X + 1u];
        let w0_0_0 = weight[w + b0]; let w0_0_1 = weight[w + b1]; let w0_0_2 = weight[w + b2]; let w0_0_3 = weight[w + b3];
        acc0_0 += v0_0_0 * w0_0_0; acc0_1 += v0_0_0 * w0_0_1; acc0_2 += v0_0_0 * w0_0_2; acc0_3 += v0_0_0 * w0_0_3;
        acc1_0 += v0_0_1 * w0_0_0; acc1_1 += v0_0_1 * w0_0_1; acc1_2 += v0_0_1 * w0_0_2; acc1_3 += v0_0_1 * w0_0_3;
        let v1_0_0 = x[line + column * STRIDE_X];
        let v1_0_1 = x[line + column * STRIDE_X + 2u];
        let w1_0_0 = weight[w + TARGET_C4 + b0]; let w1_0_1 = weight[w + TARGET_C4 + b1]; let w1_0_2 = weight[w + TARGET_C4 + b2]; let w1_0_3 = weight[w + TARGET_C4 + b3];
        acc0_0 += v1_0_0 * w1_0_0; acc0_1 += v1_0_0 * w1_0_1; acc0_2 += v1_0_0 * w1_0_2; acc0_3 += v1_0_0 * w1_0_3;
        acc1_0 += v1_0_1 * w1_0_0; acc1_1 += v1_0_1 * w1_0_1; acc1_2 += v1_0_1 * w1_0_2; acc1_3 += v1_0_1 * w1_0_3;
        let v2_0_0 = x[line + column * STRIDE_X + 1u];
        let v2_0_1 = x[line + column * STRIDE_X + 3u];
        let w2_0_0 = weight[w + 2u * TARGET_C4 + b0]; let w2_0_1 = weight[w + 2u * TARGET_C4 + b1]; let w2_0_2 = weight[w + 2u * TARGET_C4 + b2]; let w2_0_3 = weight[w + 2u * TARGET_C4 + b3];
        acc0_0 += v2_0_0 * w2_0_0; acc0_1 += v2_0_0 * w2_0_1; acc0_2 += v2_0_0 * w2_0_2; acc0_3 += v2_0_0 * w2_0_3;
        acc1_0 += v2_0_1 * w2_0_0; acc1_1 += v2_0_1 * w2_0_1; acc1_2 += v2_0_1 * w2_0_2; acc1_3 += v2_0_1 * w2_0_3;
      }
    }
    y[to + column * TARGET_C4 + b0] = max(acc0_0, vec4<f32>());
    y[to + column * TARGET_C4 + b1] = max(acc0_1, vec4<f32>());
    y[to + column * TARGET_C4 + b2] = max(acc0_2, vec4<f32>());
    y[to + column * TARGET_C4 + b3] = max(acc0_3, vec4<f32>());
    y[to + column * TARGET_C4 + TARGET_C4 + b0] = max(acc1_0, vec4<f32>());
    y[to + column * TARGET_C4 + TARGET_C4 + b1] = max(acc1_1, vec4<f32>());
    y[to + column * TARGET_C4 + TARGET_C4 + b2] = max(acc1_2, vec4<f32>());
    y[to + column * TARGET_C4 + TARGET_C4 + b3] = max(acc1_3, vec4<f32>());
  }
}
