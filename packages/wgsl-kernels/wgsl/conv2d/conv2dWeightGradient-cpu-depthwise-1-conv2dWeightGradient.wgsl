// conv2dWeightGradient
// dWeight[k,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, k / M, p*stride + r - padding, q*stride + s - padding]
// x: [64,96,28,28] in order NHWC, dy: [64,96,14,14] in order NHWC, partial: 32 slices of [96,1,3,3] in order RSCK;
// depthwise, M = 1 output channels for each input channel
// One invocation sums 8 runs of 4 rows.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4<f32>>;

const SOURCE_Y = 28u;
const TARGET_Y = 14u;
const TAPS_Y = 3u;
const STRIDE_Y = 2u;
const PADDING_Y = 1u;
const SOURCE_X = 28u;
const TARGET_X = 14u;
const TAPS_X = 3u;
const STRIDE_X = 2u;
const C4 = 24u; // vec4s of channels of dy
const SOURCE_C = 24u; // vec4s of a pixel of x
const SIZE4 = 216u; // vec4s of a slice

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let slice = i * SIZE4;
  for (var at = slice; at < slice + SIZE4; at++) {
    partial[at] = vec4<f32>();
  }
  for (var run = i * 8u; run < (i + 1u) * 8u; run++) {
    let n = run / 4u;
    let begin = run % 4u * 4u;
    for (var c = 0u; c < C4; c += 2u) {
      for (var r = 0u; r < TAPS_Y; r++) {
        let first = max(begin, (max(PADDING_Y, r) - r + STRIDE_Y - 1u) / STRIDE_Y);
        let end = min(begin + 4u, min(TARGET_Y, (max(SOURCE_Y + PADDING_Y, r) - r + STRIDE_Y - 1u) / STRIDE_Y));
        var sum0_0 = vec4<f32>(); var sum0_1 = vec4<f32>();
        var sum1_0 = vec4<f32>(); var sum1_1 = vec4<f32>();
        var sum2_0 = vec4<f32>(); var sum2_1 = vec4<f32>();
        for (var p = first; p < end; p++) {
          let line = (n * SOURCE_Y + p * STRIDE_Y + r - PADDING_Y) * (SOURCE_X * SOURCE_C);
          let row = (n * TARGET_Y + p) * (TARGET_X * C4) + c;
          { // columns from 0
            let dy0_0 = dy[row]; let dy0_1 = dy[row + 1u];
            let dy1_0 = dy[row + C4]; let dy1_1 = dy[row + C4 + 1u];
            let dy2_0 = dy[row + 2u * C4]; let dy2_1 = dy[row + 2u * C4 + 1u];
            let dy3_0 = dy[row + 3u * C4]; let dy3_1 = dy[row + 3u * C4 + 1u];
            sum0_0 += dy1_0 * x[line + SOURCE_C + c] +
              dy2_0 * x[line + 3u * SOURCE_C + c] +
              dy3_0 * x[line + 5u * SOURCE_C + c];
            sum0_1 += dy1_1 * x[line + SOURCE_C + c + 1u] +
              dy2_1 * x[line + 3u * SOURCE_C + c + 1u] +
              dy3_1 * x[line + 5u * SOURCE_C + c + 1u];
            sum1_0 += dy0_0 * x[line + c] +
              dy1_0 * x[line + 2u * SOURCE_C + c] +
              dy2_0 * x[line + 4u * SOURCE_C + c] +
              dy3_0 * x[line + 6u * SOURCE_C + c];
            sum1_1 += dy0_1 * x[line + c + 1u] +
              dy1_1 * x[line + 2u * SOURCE_C + c + 1u] +
              dy2_1 * x[line + 4u * SOURCE_C + c + 1u] +
              dy3_1 * x[line + 6u * SOURCE_C + c + 1u];
            sum2_0 += dy0_0 * x[line + SOURCE_C + c] +
              dy1_0 * x[line + 3u * SOURCE_C + c] +
              dy2_0 * x[line + 5u * SOURCE_C + c] +
              dy3_0 * x[line + 7u * SOURCE_C + c];
            sum2_1 += dy0_1 * x[line + SOURCE_C + c + 1u] +
              dy1_1 * x[line + 3u * SOURCE_C + c + 1u] +
              dy2_1 * x[line + 5u * SOURCE_C + c + 1u] +
              dy3_1 * x[line + 7u * SOURCE_C + c + 1u];
          }
          for (var step = 0u; step < 2u; step++) {
            let column = step * 4u + 4u;
            let ahead = line + column * STRIDE_X * SOURCE_C;
            let dy0_0 = dy[row + column * C4]; let dy0_1 = dy[row + column * C4 + 1u];
            let dy1_0 = dy[row + column * C4 + C4]; let dy1_1 = dy[row + column * C4 + C4 + 1u];
            let dy2_0 = dy[row + column * C4 + 2u * C4]; let dy2_1 = dy[row + column * C4 + 2u * C4 + 1u];
            let dy3_0 = dy[row + column * C4 + 3u * C4]; let dy3_1 = dy[row + column * C4 + 3u * C4 + 1u];
            sum0_0 += dy0_0 * x[ahead - 1u * SOURCE_C + c] +
              dy1_0 * x[ahead + SOURCE_C + c] +
              dy2_0 * x[ahead + 3u * SOURCE_C + c] +
              dy3_0 * x[ahead + 5u * SOURCE_C + c];
            sum0_1 += dy0_1 * x[ahead - 1u * SOURCE_C + c + 1u] +
              dy1_1 * x[ahead + SOURCE_C + c + 1u] +
              dy2_1 * x[ahead + 3u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead + 5u * SOURCE_C + c + 1u];
            sum1_0 += dy0_0 * x[ahead + c] +
              dy1_0 * x[ahead + 2u * SOURCE_C + c] +
              dy2_0 * x[ahead + 4u * SOURCE_C + c] +
              dy3_0 * x[ahead + 6u * SOURCE_C + c];
            sum1_1 += dy0_1 * x[ahead + c + 1u] +
              dy1_1 * x[ahead + 2u * SOURCE_C + c + 1u] +
              dy2_1 * x[ahead + 4u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead + 6u * SOURCE_C + c + 1u];
            sum2_0 += dy0_0 * x[ahead + SOURCE_C + c] +
              dy1_0 * x[ahead + 3u * SOURCE_C + c] +
              dy2_0 * x[ahead + 5u * SOURCE_C + c] +
              dy3_0 * x[ahead + 7u * SOURCE_C + c];
            sum2_1 += dy0_1 * x[ahead + SOURCE_C + c + 1u] +
              dy1_1 * x[ahead + 3u * SOURCE_C + c + 1u] +
              dy2_1 * x[ahead + 5u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead + 7u * SOURCE_C + c + 1u];
          }
          { // columns from 12
            let dy0_0 = dy[row + 12u * C4]; let dy0_1 = dy[row + 12u * C4 + 1u];
            let dy1_0 = dy[row + 13u * C4]; let dy1_1 = dy[row + 13u * C4 + 1u];
            sum0_0 += dy0_0 * x[line + 23u * SOURCE_C + c] +
              dy1_0 * x[line + 25u * SOURCE_C + c];
            sum0_1 += dy0_1 * x[line + 23u * SOURCE_C + c + 1u] +
              dy1_1 * x[line + 25u * SOURCE_C + c + 1u];
            sum1_0 += dy0_0 * x[line + 24u * SOURCE_C + c] +
              dy1_0 * x[line + 26u * SOURCE_C + c];
            sum1_1 += dy0_1 * x[line + 24u * SOURCE_C + c + 1u] +
              dy1_1 * x[line + 26u * SOURCE_C + c + 1u];
            sum2_0 += dy0_0 * x[line + 25u * SOURCE_C + c] +
              dy1_0 * x[line + 27u * SOURCE_C + c];
            sum2_1 += dy0_1 * x[line + 25u * SOURCE_C + c + 1u] +
              dy1_1 * x[line + 27u * SOURCE_C + c + 1u];
          }
        }
        let to = slice + r * (TAPS_X * C4) + c;
        partial[to] += sum0_0; partial[to + 1u] += sum0_1;
        partial[to + C4] += sum1_0; partial[to + C4 + 1u] += sum1_1;
        partial[to + 2u * C4] += sum2_0; partial[to + 2u * C4 + 1u] += sum2_1;
      }
    }
  }
}
