// conv2dForward
// y[n,k,p,q] = sum_{r,s} x[n, k / M, p*stride + r - padding, q*stride + s - padding] * weight[k,r,s]; negative values become 0
// x: [64,96,28,28] in order NHWC, weight: [96,1,3,3] in order RSCK, y: [64,96,14,14]
// in order NHWC; depthwise, M = 1 output channels for each input channel
// One invocation computes one row: some pixels at a time, for all channels.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const SOURCE_Y = 28u;
const TARGET_Y = 14u;
const TAPS_Y = 3u;
const STRIDE_Y = 2u;
const PADDING_Y = 1u;
const SOURCE_X = 28u;
const TARGET_X = 14u;
const TAPS_X = 3u;
const STRIDE_X = 2u;
const C4 = 24u; // vec4s of channels of y
const SOURCE_C = 24u; // vec4s of a pixel

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let atY = i % TARGET_Y;
  let n = i / TARGET_Y;
  let startY = atY * STRIDE_Y;
  let firstY = max(PADDING_Y, startY) - startY;
  let endY = min(TAPS_Y, SOURCE_Y + PADDING_Y - startY);
  { // columns from 0
    for (var c = 0u; c < C4; c += 2u) {
      var acc0_0 = bias[c]; var acc0_1 = bias[c + 1u];
      var acc1_0 = bias[c]; var acc1_1 = bias[c + 1u];
      var acc2_0 = bias[c]; var acc2_1 = bias[c + 1u];
      var acc3_0 = bias[c]; var acc3_1 = bias[c + 1u];
      for (var t = firstY; t < endY; t++) {
        let line = (n * SOURCE_Y + (startY + t - PADDING_Y)) * (SOURCE_X * SOURCE_C);
        let tap = t * TAPS_X;
        acc1_0 += x[line + SOURCE_C + c] * weight[tap * C4 + c];
        acc1_1 += x[line + SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc2_0 += x[line + 3u * SOURCE_C + c] * weight[tap * C4 + c];
        acc2_1 += x[line + 3u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc3_0 += x[line + 5u * SOURCE_C + c] * weight[tap * C4 + c];
        acc3_1 += x[line + 5u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc0_0 += x[line + c] * weight[(tap + 1u) * C4 + c];
        acc0_1 += x[line + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc1_0 += x[line + 2u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc1_1 += x[line + 2u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc2_0 += x[line + 4u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc2_1 += x[line + 4u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc3_0 += x[line + 6u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc3_1 += x[line + 6u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc0_0 += x[line + SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc0_1 += x[line + SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc1_0 += x[line + 3u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc1_1 += x[line + 3u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc2_0 += x[line + 5u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc2_1 += x[line + 5u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc3_0 += x[line + 7u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc3_1 += x[line + 7u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
      }
      let to = (i * TARGET_X + 0u) * C4 + c;
      y[to] = max(acc0_0, vec4<f32>()); y[to + 1u] = max(acc0_1, vec4<f32>());
      y[to + C4] = max(acc1_0, vec4<f32>()); y[to + C4 + 1u] = max(acc1_1, vec4<f32>());
      y[to + 2u * C4] = max(acc2_0, vec4<f32>()); y[to + 2u * C4 + 1u] = max(acc2_1, vec4<f32>());
      y[to + 3u * C4] = max(acc3_0, vec4<f32>()); y[to + 3u * C4 + 1u] = max(acc3_1, vec4<f32>());
    }
  }
  for (var step = 0u; step < 2u; step++) {
    let column = step * 4u + 4u;
    for (var c = 0u; c < C4; c += 2u) {
      var acc0_0 = bias[c]; var acc0_1 = bias[c + 1u];
      var acc1_0 = bias[c]; var acc1_1 = bias[c + 1u];
      var acc2_0 = bias[c]; var acc2_1 = bias[c + 1u];
      var acc3_0 = bias[c]; var acc3_1 = bias[c + 1u];
      for (var t = firstY; t < endY; t++) {
        let line = (n * SOURCE_Y + (startY + t - PADDING_Y)) * (SOURCE_X * SOURCE_C) + column * STRIDE_X * SOURCE_C;
        let tap = t * TAPS_X;
        acc0_0 += x[line - 1u * SOURCE_C + c] * weight[tap * C4 + c];
        acc0_1 += x[line - 1u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc1_0 += x[line + SOURCE_C + c] * weight[tap * C4 + c];
        acc1_1 += x[line + SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc2_0 += x[line + 3u * SOURCE_C + c] * weight[tap * C4 + c];
        acc2_1 += x[line + 3u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc3_0 += x[line + 5u * SOURCE_C + c] * weight[tap * C4 + c];
        acc3_1 += x[line + 5u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc0_0 += x[line + c] * weight[(tap + 1u) * C4 + c];
        acc0_1 += x[line + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc1_0 += x[line + 2u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc1_1 += x[line + 2u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc2_0 += x[line + 4u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc2_1 += x[line + 4u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc3_0 += x[line + 6u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc3_1 += x[line + 6u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc0_0 += x[line + SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc0_1 += x[line + SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc1_0 += x[line + 3u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc1_1 += x[line + 3u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc2_0 += x[line + 5u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc2_1 += x[line + 5u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc3_0 += x[line + 7u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc3_1 += x[line + 7u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
      }
      let to = (i * TARGET_X + column) * C4 + c;
      y[to] = max(acc0_0, vec4<f32>()); y[to + 1u] = max(acc0_1, vec4<f32>());
      y[to + C4] = max(acc1_0, vec4<f32>()); y[to + C4 + 1u] = max(acc1_1, vec4<f32>());
      y[to + 2u * C4] = max(acc2_0, vec4<f32>()); y[to + 2u * C4 + 1u] = max(acc2_1, vec4<f32>());
      y[to + 3u * C4] = max(acc3_0, vec4<f32>()); y[to + 3u * C4 + 1u] = max(acc3_1, vec4<f32>());
    }
  }
  { // columns from 12
    for (var c = 0u; c < C4; c += 2u) {
      var acc0_0 = bias[c]; var acc0_1 = bias[c + 1u];
      var acc1_0 = bias[c]; var acc1_1 = bias[c + 1u];
      for (var t = firstY; t < endY; t++) {
        let line = (n * SOURCE_Y + (startY + t - PADDING_Y)) * (SOURCE_X * SOURCE_C);
        let tap = t * TAPS_X;
        acc0_0 += x[line + 23u * SOURCE_C + c] * weight[tap * C4 + c];
        acc0_1 += x[line + 23u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc1_0 += x[line + 25u * SOURCE_C + c] * weight[tap * C4 + c];
        acc1_1 += x[line + 25u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc0_0 += x[line + 24u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc0_1 += x[line + 24u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc1_0 += x[line + 26u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc1_1 += x[line + 26u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc0_0 += x[line + 25u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc0_1 += x[line + 25u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc1_0 += x[line + 27u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc1_1 += x[line + 27u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
      }
      let to = (i * TARGET_X + 12u) * C4 + c;
      y[to] = max(acc0_0, vec4<f32>()); y[to + 1u] = max(acc0_1, vec4<f32>());
      y[to + C4] = max(acc1_0, vec4<f32>()); y[to + C4 + 1u] = max(acc1_1, vec4<f32>());
    }
  }
}
