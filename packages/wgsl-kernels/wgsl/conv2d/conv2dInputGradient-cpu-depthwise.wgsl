// conv2dInputGradient
// dx[n,c,h,w] = sum_{r,s,k of c} dy[n, k, (h + padding - r)/stride, (w + padding - s)/stride] * weight[k,r,s],
// over the taps r, s for which the quotients are integers.
// dy: [64,96,14,14] in order NHWC, weight: [96,1,3,3] in order RSCK, dx: [64,96,28,28]
// in order NHWC; depthwise, M = 1 output channels for each input channel
// One invocation computes one row: some pixels at a time, for all channels.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

const SOURCE_Y = 14u;
const TARGET_Y = 28u;
const TAPS_Y = 3u;
const STRIDE_Y = 2u;
const PADDING_Y = 1u;
const SOURCE_X = 14u;
const TARGET_X = 28u;
const TAPS_X = 3u;
const STRIDE_X = 2u;
const C4 = 24u; // vec4s of channels of dx
const SOURCE_C = 24u; // vec4s of a pixel

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let atY = i % TARGET_Y;
  let n = i / TARGET_Y;
  let startY = (atY + PADDING_Y) / STRIDE_Y;
  let restY = (atY + PADDING_Y) % STRIDE_Y;
  let firstY = max(startY + 1u, SOURCE_Y) - SOURCE_Y;
  let endY = min(startY + 1u, (TAPS_Y + STRIDE_Y - 1u - restY) / STRIDE_Y);
  { // columns from 0
    for (var c = 0u; c < C4; c += 2u) {
      var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
      var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
      var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
      var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
      for (var t = firstY; t < endY; t++) {
        let line = (n * SOURCE_Y + (startY - t)) * (SOURCE_X * SOURCE_C);
        let tap = (restY + t * STRIDE_Y) * TAPS_X;
        acc1_0 += dy[line + SOURCE_C + c] * weight[tap * C4 + c];
        acc1_1 += dy[line + SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc3_0 += dy[line + 2u * SOURCE_C + c] * weight[tap * C4 + c];
        acc3_1 += dy[line + 2u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc0_0 += dy[line + c] * weight[(tap + 1u) * C4 + c];
        acc0_1 += dy[line + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc2_0 += dy[line + SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc2_1 += dy[line + SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc1_0 += dy[line + c] * weight[(tap + 2u) * C4 + c];
        acc1_1 += dy[line + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc3_0 += dy[line + SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc3_1 += dy[line + SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
      }
      let to = (i * TARGET_X + 0u) * C4 + c;
      dx[to] = acc0_0; dx[to + 1u] = acc0_1;
      dx[to + C4] = acc1_0; dx[to + C4 + 1u] = acc1_1;
      dx[to + 2u * C4] = acc2_0; dx[to + 2u * C4 + 1u] = acc2_1;
      dx[to + 3u * C4] = acc3_0; dx[to + 3u * C4 + 1u] = acc3_1;
    }
  }
  for (var step = 0u; step < 5u; step++) {
    let column = step * 4u + 4u;
    for (var c = 0u; c < C4; c += 2u) {
      var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
      var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
      var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
      var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
      for (var t = firstY; t < endY; t++) {
        let line = (n * SOURCE_Y + (startY - t)) * (SOURCE_X * SOURCE_C) + column / STRIDE_X * SOURCE_C;
        let tap = (restY + t * STRIDE_Y) * TAPS_X;
        acc1_0 += dy[line + SOURCE_C + c] * weight[tap * C4 + c];
        acc1_1 += dy[line + SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc3_0 += dy[line + 2u * SOURCE_C + c] * weight[tap * C4 + c];
        acc3_1 += dy[line + 2u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc0_0 += dy[line + c] * weight[(tap + 1u) * C4 + c];
        acc0_1 += dy[line + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc2_0 += dy[line + SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc2_1 += dy[line + SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc1_0 += dy[line + c] * weight[(tap + 2u) * C4 + c];
        acc1_1 += dy[line + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc3_0 += dy[line + SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc3_1 += dy[line + SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
      }
      let to = (i * TARGET_X + column) * C4 + c;
      dx[to] = acc0_0; dx[to + 1u] = acc0_1;
      dx[to + C4] = acc1_0; dx[to + C4 + 1u] = acc1_1;
      dx[to + 2u * C4] = acc2_0; dx[to + 2u * C4 + 1u] = acc2_1;
      dx[to + 3u * C4] = acc3_0; dx[to + 3u * C4 + 1u] = acc3_1;
    }
  }
  { // columns from 24
    for (var c = 0u; c < C4; c += 2u) {
      var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
      var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
      var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
      var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
      for (var t = firstY; t < endY; t++) {
        let line = (n * SOURCE_Y + (startY - t)) * (SOURCE_X * SOURCE_C);
        let tap = (restY + t * STRIDE_Y) * TAPS_X;
        acc1_0 += dy[line + 13u * SOURCE_C + c] * weight[tap * C4 + c];
        acc1_1 += dy[line + 13u * SOURCE_C + c + 1u] * weight[tap * C4 + c + 1u];
        acc0_0 += dy[line + 12u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc0_1 += dy[line + 12u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc2_0 += dy[line + 13u * SOURCE_C + c] * weight[(tap + 1u) * C4 + c];
        acc2_1 += dy[line + 13u * SOURCE_C + c + 1u] * weight[(tap + 1u) * C4 + c + 1u];
        acc1_0 += dy[line + 12u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc1_1 += dy[line + 12u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
        acc3_0 += dy[line + 13u * SOURCE_C + c] * weight[(tap + 2u) * C4 + c];
        acc3_1 += dy[line + 13u * SOURCE_C + c + 1u] * weight[(tap + 2u) * C4 + c + 1u];
      }
      let to = (i * TARGET_X + 24u) * C4 + c;
      dx[to] = acc0_0; dx[to + 1u] = acc0_1;
      dx[to + C4] = acc1_0; dx[to + C4 + 1u] = acc1_1;
      dx[to + 2u * C4] = acc2_0; dx[to + 2u * C4 + 1u] = acc2_1;
      dx[to + 3u * C4] = acc3_0; dx[to + 3u * C4 + 1u] = acc3_1;
    }
  }
}
