// conv2dWeightGradient
// dWeight[k,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, k / M, p*stride + r - padding, q*stride + s - padding]
// x: [64,96,28,28] in order NHWC, dy: [64,96,14,14] in order NHWC, partial: 32 slices of [96,1,3,3] in order RSCK;
// depthwise, M = 1 output channels for each input channel
// One invocation sums 28 runs of up to 1 rows.
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
  for (var run = i * 28u; run < (i + 1u) * 28u; run++) {
    let n = run / 14u;
    let number = run % 14u;
    var begin = 0u;
    var stop = 0u;
    begin = number + 1u;
    stop = 14u;
    if (number >= 13u) {
      begin = (number - 13u);
      stop = 1u;
    }
    stop = min(begin + 1u, stop);
    if (number < 13u) {
      for (var c = 0u; c < C4; c += 2u) {
        var sum0_0_0 = vec4<f32>(); var sum0_0_1 = vec4<f32>();
        var sum0_1_0 = vec4<f32>(); var sum0_1_1 = vec4<f32>();
        var sum0_2_0 = vec4<f32>(); var sum0_2_1 = vec4<f32>();
        var sum1_0_0 = vec4<f32>(); var sum1_0_1 = vec4<f32>();
        var sum1_1_0 = vec4<f32>(); var sum1_1_1 = vec4<f32>();
        var sum1_2_0 = vec4<f32>(); var sum1_2_1 = vec4<f32>();
        var sum2_0_0 = vec4<f32>(); var sum2_0_1 = vec4<f32>();
        var sum2_1_0 = vec4<f32>(); var sum2_1_1 = vec4<f32>();
        var sum2_2_0 = vec4<f32>(); var sum2_2_1 = vec4<f32>();
        for (var p = begin; p < stop; p++) {
          let line0 = (n * SOURCE_Y + p * STRIDE_Y + 0u - PADDING_Y) * (SOURCE_X * SOURCE_C);
          let line1 = (n * SOURCE_Y + p * STRIDE_Y + 1u - PADDING_Y) * (SOURCE_X * SOURCE_C);
          let line2 = (n * SOURCE_Y + p * STRIDE_Y + 2u - PADDING_Y) * (SOURCE_X * SOURCE_C);
          let row = (n * TARGET_Y + p) * (TARGET_X * C4) + c;
          { // columns from 0
            let dy0_0 = dy[row]; let dy0_1 = dy[row + 1u];
            let dy1_0 = dy[row + C4]; let dy1_1 = dy[row + C4 + 1u];
            let dy2_0 = dy[row + 2u * C4]; let dy2_1 = dy[row + 2u * C4 + 1u];
            let dy3_0 = dy[row + 3u * C4]; let dy3_1 = dy[row + 3u * C4 + 1u];
            sum0_0_0 += dy1_0 * x[line0 + SOURCE_C + c] +
              dy2_0 * x[line0 + 3u * SOURCE_C + c] +
              dy3_0 * x[line0 + 5u * SOURCE_C + c];
            sum0_0_1 += dy1_1 * x[line0 + SOURCE_C + c + 1u] +
              dy2_1 * x[line0 + 3u * SOURCE_C + c + 1u] +
              dy3_1 * x[line0 + 5u * SOURCE_C + c + 1u];
            sum0_1_0 += dy0_0 * x[line0 + c] +
              dy1_0 * x[line0 + 2u * SOURCE_C + c] +
              dy2_0 * x[line0 + 4u * SOURCE_C + c] +
              dy3_0 * x[line0 + 6u * SOURCE_C + c];
            sum0_1_1 += dy0_1 * x[line0 + c + 1u] +
              dy1_1 * x[line0 + 2u * SOURCE_C + c + 1u] +
              dy2_1 * x[line0 + 4u * SOURCE_C + c + 1u] +
              dy3_1 * x[line0 + 6u * SOURCE_C + c + 1u];
            sum0_2_0 += dy0_0 * x[line0 + SOURCE_C + c] +
              dy1_0 * x[line0 + 3u * SOURCE_C + c] +
              dy2_0 * x[line0 + 5u * SOURCE_C + c] +
              dy3_0 * x[line0 + 7u * SOURCE_C + c];
            sum0_2_1 += dy0_1 * x[line0 + SOURCE_C + c + 1u] +
              dy1_1 * x[line0 + 3u * SOURCE_C + c + 1u] +
              dy2_1 * x[line0 + 5u * SOURCE_C + c + 1u] +
              dy3_1 * x[line0 + 7u * SOURCE_C + c + 1u];
            sum1_0_0 += dy1_0 * x[line1 + SOURCE_C + c] +
              dy2_0 * x[line1 + 3u * SOURCE_C + c] +
              dy3_0 * x[line1 + 5u * SOURCE_C + c];
            sum1_0_1 += dy1_1 * x[line1 + SOURCE_C + c + 1u] +
              dy2_1 * x[line1 + 3u * SOURCE_C + c + 1u] +
              dy3_1 * x[line1 + 5u * SOURCE_C + c + 1u];
            sum1_1_0 += dy0_0 * x[line1 + c] +
              dy1_0 * x[line1 + 2u * SOURCE_C + c] +
              dy2_0 * x[line1 + 4u * SOURCE_C + c] +
              dy3_0 * x[line1 + 6u * SOURCE_C + c];
            sum1_1_1 += dy0_1 * x[line1 + c + 1u] +
              dy1_1 * x[line1 + 2u * SOURCE_C + c + 1u] +
              dy2_1 * x[line1 + 4u * SOURCE_C + c + 1u] +
              dy3_1 * x[line1 + 6u * SOURCE_C + c + 1u];
            sum1_2_0 += dy0_0 * x[line1 + SOURCE_C + c] +
              dy1_0 * x[line1 + 3u * SOURCE_C + c] +
              dy2_0 * x[line1 + 5u * SOURCE_C + c] +
              dy3_0 * x[line1 + 7u * SOURCE_C + c];
            sum1_2_1 += dy0_1 * x[line1 + SOURCE_C + c + 1u] +
              dy1_1 * x[line1 + 3u * SOURCE_C + c + 1u] +
              dy2_1 * x[line1 + 5u * SOURCE_C + c + 1u] +
              dy3_1 * x[line1 + 7u * SOURCE_C + c + 1u];
            sum2_0_0 += dy1_0 * x[line2 + SOURCE_C + c] +
              dy2_0 * x[line2 + 3u * SOURCE_C + c] +
              dy3_0 * x[line2 + 5u * SOURCE_C + c];
            sum2_0_1 += dy1_1 * x[line2 + SOURCE_C + c + 1u] +
              dy2_1 * x[line2 + 3u * SOURCE_C + c + 1u] +
              dy3_1 * x[line2 + 5u * SOURCE_C + c + 1u];
            sum2_1_0 += dy0_0 * x[line2 + c] +
              dy1_0 * x[line2 + 2u * SOURCE_C + c] +
              dy2_0 * x[line2 + 4u * SOURCE_C + c] +
              dy3_0 * x[line2 + 6u * SOURCE_C + c];
            sum2_1_1 += dy0_1 * x[line2 + c + 1u] +
              dy1_1 * x[line2 + 2u * SOURCE_C + c + 1u] +
              dy2_1 * x[line2 + 4u * SOURCE_C + c + 1u] +
              dy3_1 * x[line2 + 6u * SOURCE_C + c + 1u];
            sum2_2_0 += dy0_0 * x[line2 + SOURCE_C + c] +
              dy1_0 * x[line2 + 3u * SOURCE_C + c] +
              dy2_0 * x[line2 + 5u * SOURCE_C + c] +
              dy3_0 * x[line2 + 7u * SOURCE_C + c];
            sum2_2_1 += dy0_1 * x[line2 + SOURCE_C + c + 1u] +
              dy1_1 * x[line2 + 3u * SOURCE_C + c + 1u] +
              dy2_1 * x[line2 + 5u * SOURCE_C + c + 1u] +
              dy3_1 * x[line2 + 7u * SOURCE_C + c + 1u];
          }
          for (var step = 0u; step < 2u; step++) {
            let column = step * 4u + 4u;
            let ahead0 = line0 + column * STRIDE_X * SOURCE_C;
            let ahead1 = line1 + column * STRIDE_X * SOURCE_C;
            let ahead2 = line2 + column * STRIDE_X * SOURCE_C;
            let dy0_0 = dy[row + column * C4]; let dy0_1 = dy[row + column * C4 + 1u];
            let dy1_0 = dy[row + column * C4 + C4]; let dy1_1 = dy[row + column * C4 + C4 + 1u];
            let dy2_0 = dy[row + column * C4 + 2u * C4]; let dy2_1 = dy[row + column * C4 + 2u * C4 + 1u];
            let dy3_0 = dy[row + column * C4 + 3u * C4]; let dy3_1 = dy[row + column * C4 + 3u * C4 + 1u];
            sum0_0_0 += dy0_0 * x[ahead0 - 1u * SOURCE_C + c] +
              dy1_0 * x[ahead0 + SOURCE_C + c] +
              dy2_0 * x[ahead0 + 3u * SOURCE_C + c] +
              dy3_0 * x[ahead0 + 5u * SOURCE_C + c];
            sum0_0_1 += dy0_1 * x[ahead0 - 1u * SOURCE_C + c + 1u] +
              dy1_1 * x[ahead0 + SOURCE_C + c + 1u] +
              dy2_1 * x[ahead0 + 3u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead0 + 5u * SOURCE_C + c + 1u];
            sum0_1_0 += dy0_0 * x[ahead0 + c] +
              dy1_0 * x[ahead0 + 2u * SOURCE_C + c] +
              dy2_0 * x[ahead0 + 4u * SOURCE_C + c] +
              dy3_0 * x[ahead0 + 6u * SOURCE_C + c];
            sum0_1_1 += dy0_1 * x[ahead0 + c + 1u] +
              dy1_1 * x[ahead0 + 2u * SOURCE_C + c + 1u] +
              dy2_1 * x[ahead0 + 4u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead0 + 6u * SOURCE_C + c + 1u];
            sum0_2_0 += dy0_0 * x[ahead0 + SOURCE_C + c] +
              dy1_0 * x[ahead0 + 3u * SOURCE_C + c] +
              dy2_0 * x[ahead0 + 5u * SOURCE_C + c] +
              dy3_0 * x[ahead0 + 7u * SOURCE_C + c];
            sum0_2_1 += dy0_1 * x[ahead0 + SOURCE_C + c + 1u] +
              dy1_1 * x[ahead0 + 3u * SOURCE_C + c + 1u] +
              dy2_1 * x[ahead0 + 5u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead0 + 7u * SOURCE_C + c + 1u];
            sum1_0_0 += dy0_0 * x[ahead1 - 1u * SOURCE_C + c] +
              dy1_0 * x[ahead1 + SOURCE_C + c] +
              dy2_0 * x[ahead1 + 3u * SOURCE_C + c] +
              dy3_0 * x[ahead1 + 5u * SOURCE_C + c];
            sum1_0_1 += dy0_1 * x[ahead1 - 1u * SOURCE_C + c + 1u] +
              dy1_1 * x[ahead1 + SOURCE_C + c + 1u] +
              dy2_1 * x[ahead1 + 3u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead1 + 5u * SOURCE_C + c + 1u];
            sum1_1_0 += dy0_0 * x[ahead1 + c] +
              dy1_0 * x[ahead1 + 2u * SOURCE_C + c] +
              dy2_0 * x[ahead1 + 4u * SOURCE_C + c] +
              dy3_0 * x[ahead1 + 6u * SOURCE_C + c];
            sum1_1_1 += dy0_1 * x[ahead1 + c + 1u] +
              dy1_1 * x[ahead1 + 2u * SOURCE_C + c + 1u] +
              dy2_1 * x[ahead1 + 4u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead1 + 6u * SOURCE_C + c + 1u];
            sum1_2_0 += dy0_0 * x[ahead1 + SOURCE_C + c] +
              dy1_0 * x[ahead1 + 3u * SOURCE_C + c] +
              dy2_0 * x[ahead1 + 5u * SOURCE_C + c] +
              dy3_0 * x[ahead1 + 7u * SOURCE_C + c];
            sum1_2_1 += dy0_1 * x[ahead1 + SOURCE_C + c + 1u] +
              dy1_1 * x[ahead1 + 3u * SOURCE_C + c + 1u] +
              dy2_1 * x[ahead1 + 5u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead1 + 7u * SOURCE_C + c + 1u];
            sum2_0_0 += dy0_0 * x[ahead2 - 1u * SOURCE_C + c] +
              dy1_0 * x[ahead2 + SOURCE_C + c] +
              dy2_0 * x[ahead2 + 3u * SOURCE_C + c] +
              dy3_0 * x[ahead2 + 5u * SOURCE_C + c];
            sum2_0_1 += dy0_1 * x[ahead2 - 1u * SOURCE_C + c + 1u] +
              dy1_1 * x[ahead2 + SOURCE_C + c + 1u] +
              dy2_1 * x[ahead2 + 3u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead2 + 5u * SOURCE_C + c + 1u];
            sum2_1_0 += dy0_0 * x[ahead2 + c] +
              dy1_0 * x[ahead2 + 2u * SOURCE_C + c] +
              dy2_0 * x[ahead2 + 4u * SOURCE_C + c] +
              dy3_0 * x[ahead2 + 6u * SOURCE_C + c];
            sum2_1_1 += dy0_1 * x[ahead2 + c + 1u] +
              dy1_1 * x[ahead2 + 2u * SOURCE_C + c + 1u] +
              dy2_1 * x[ahead2 + 4u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead2 + 6u * SOURCE_C + c + 1u];
            sum2_2_0 += dy0_0 * x[ahead2 + SOURCE_C + c] +
              dy1_0 * x[ahead2 + 3u * SOURCE_C + c] +
              dy2_0 * x[ahead2 + 5u * SOURCE_C + c] +
              dy3_0 * x[ahead2 + 7u * SOURCE_C + c];
            sum2_2_1 += dy0_1 * x[ahead2 + SOURCE_C + c + 1u] +
              dy1_1 * x[ahead2 + 3u * SOURCE_C + c + 1u] +
              dy2_1 * x[ahead2 + 5u * SOURCE_C + c + 1u] +
              dy3_1 * x[ahead2 + 7u * SOURCE_C + c + 1u];
          }
          { // columns from 12
            let dy0_0 = dy[row + 12u * C4]; let dy0_1 = dy[row + 12u * C4 + 1u];
            let dy1_0 = dy[row + 13u * C4]; let dy1_1 = dy[row + 13u * C4 + 1u];
            sum0_0_0 += dy0_0 * x[line0 + 23u * SOURCE_C + c] +
              dy1_0 * x[line0 + 25u * SOURCE_C + c];
            sum0_0_1 += dy0_1 * x[line0 + 23u * SOURCE_C + c + 1u] +
              dy1_1 * x[line0 + 25u * SOURCE_C + c + 1u];
            sum0_1_0 += dy0_0 * x[line0 + 24u * SOURCE_C + c] +
              dy1_0 * x[line0 + 26u * SOURCE_C + c];
            sum0_1_1 += dy0_1 * x[line0 + 24u * SOURCE_C + c + 1u] +
              dy1_1 * x[line0 + 26u * SOURCE_C + c + 1u];
            sum0_2_0 += dy0_0 * x[line0 + 25u * SOURCE_C + c] +
              dy1_0 * x[line0 + 27u * SOURCE_C + c];
            sum0_2_1 += dy0_1 * x[line0 + 25u * SOURCE_C + c + 1u] +
              dy1_1 * x[line0 + 27u * SOURCE_C + c + 1u];
            sum1_0_0 += dy0_0 * x[line1 + 23u * SOURCE_C + c] +
              dy1_0 * x[line1 + 25u * SOURCE_C + c];
            sum1_0_1 += dy0_1 * x[line1 + 23u * SOURCE_C + c + 1u] +
              dy1_1 * x[line1 + 25u * SOURCE_C + c + 1u];
            sum1_1_0 += dy0_0 * x[line1 + 24u * SOURCE_C + c] +
              dy1_0 * x[line1 + 26u * SOURCE_C + c];
            sum1_1_1 += dy0_1 * x[line1 + 24u * SOURCE_C + c + 1u] +
              dy1_1 * x[line1 + 26u * SOURCE_C + c + 1u];
            sum1_2_0 += dy0_0 * x[line1 + 25u * SOURCE_C + c] +
              dy1_0 * x[line1 + 27u * SOURCE_C + c];
            sum1_2_1 += dy0_1 * x[line1 + 25u * SOURCE_C + c + 1u] +
              dy1_1 * x[line1 + 27u * SOURCE_C + c + 1u];
            sum2_0_0 += dy0_0 * x[line2 + 23u * SOURCE_C + c] +
              dy1_0 * x[line2 + 25u * SOURCE_C + c];
            sum2_0_1 += dy0_1 * x[line2 + 23u * SOURCE_C + c + 1u] +
              dy1_1 * x[line2 + 25u * SOURCE_C + c + 1u];
            sum2_1_0 += dy0_0 * x[line2 + 24u * SOURCE_C + c] +
              dy1_0 * x[line2 + 26u * SOURCE_C + c];
            sum2_1_1 += dy0_1 * x[line2 + 24u * SOURCE_C + c + 1u] +
              dy1_1 * x[line2 + 26u * SOURCE_C + c + 1u];
            sum2_2_0 += dy0_0 * x[line2 + 25u * SOURCE_C + c] +
              dy1_0 * x[line2 + 27u * SOURCE_C + c];
            sum2_2_1 += dy0_1 * x[line2 + 25u * SOURCE_C + c + 1u] +
              dy1_1 * x[line2 + 27u * SOURCE_C + c + 1u];
          }
        }
        let to = slice + 0u * (TAPS_X * C4) + c;
        partial[to] += sum0_0_0; partial[to + 1u] += sum0_0_1;
        partial[to + C4] += sum0_1_0; partial[to + C4 + 1u] += sum0_1_1;
        partial[to + 2u * C4] += sum0_2_0; partial[to + 2u * C4 + 1u] += sum0_2_1;
        partial[to + 3u * C4] += sum1_0_0; partial[to + 3u * C4 + 1u] += sum1_0_1;
        partial[to + 4u * C4] += sum1_1_0; partial[to + 4u * C4 + 1u] += sum1_1_1;
        partial[to + 5u * C4] += sum1_2_0; partial[to + 5u * C4 + 1u] += sum1_2_1;
        partial[to + 6u * C4] += sum2_0_0; partial[to + 6u * C4 + 1u] += sum2_0_1;
        partial[to + 7u * C4] += sum2_1_0; partial[to + 7u * C4 + 1u] += sum2_1_1;
        partial[to + 8u * C4] += sum2_2_0; partial[to + 8u * C4 + 1u] += sum2_2_1;
      }
    } else {
      for (var c = 0u; c < C4; c += 2u) {
        for (var r = 0u; r < TAPS_Y; r++) {
          var sum0_0_0 = vec4<f32>(); var sum0_0_1 = vec4<f32>();
          var sum0_1_0 = vec4<f32>(); var sum0_1_1 = vec4<f32>();
          var sum0_2_0 = vec4<f32>(); var sum0_2_1 = vec4<f32>();
          for (var p = max(begin, (max(PADDING_Y, r) - r + STRIDE_Y - 1u) / STRIDE_Y); p < min(stop, min(TARGET_Y, (max(SOURCE_Y + PADDING_Y, r) - r + STRIDE_Y - 1u) / STRIDE_Y)); p++) {
            let line0 = (n * SOURCE_Y + p * STRIDE_Y + r - PADDING_Y) * (SOURCE_X * SOURCE_C);
            let row = (n * TARGET_Y + p) * (TARGET_X * C4) + c;
            { // columns from 0
              let dy0_0 = dy[row]; let dy0_1 = dy[row + 1u];
              let dy1_0 = dy[row + C4]; let dy1_1 = dy[row + C4 + 1u];
              let dy2_0 = dy[row + 2u * C4]; let dy2_1 = dy[row + 2u * C4 + 1u];
              let dy3_0 = dy[row + 3u * C4]; let dy3_1 = dy[row + 3u * C4 + 1u];
              sum0_0_0 += dy1_0 * x[line0 + SOURCE_C + c] +
                dy2_0 * x[line0 + 3u * SOURCE_C + c] +
                dy3_0 * x[line0 + 5u * SOURCE_C + c];
              sum0_0_1 += dy1_1 * x[line0 + SOURCE_C + c + 1u] +
                dy2_1 * x[line0 + 3u * SOURCE_C + c + 1u] +
                dy3_1 * x[line0 + 5u * SOURCE_C + c + 1u];
              sum0_1_0 += dy0_0 * x[line0 + c] +
                dy1_0 * x[line0 + 2u * SOURCE_C + c] +
                dy2_0 * x[line0 + 4u * SOURCE_C + c] +
                dy3_0 * x[line0 + 6u * SOURCE_C + c];
              sum0_1_1 += dy0_1 * x[line0 + c + 1u] +
                dy1_1 * x[line0 + 2u * SOURCE_C + c + 1u] +
                dy2_1 * x[line0 + 4u * SOURCE_C + c + 1u] +
                dy3_1 * x[line0 + 6u * SOURCE_C + c + 1u];
              sum0_2_0 += dy0_0 * x[line0 + SOURCE_C + c] +
                dy1_0 * x[line0 + 3u * SOURCE_C + c] +
                dy2_0 * x[line0 + 5u * SOURCE_C + c] +
                dy3_0 * x[line0 + 7u * SOURCE_C + c];
              sum0_2_1 += dy0_1 * x[line0 + SOURCE_C + c + 1u] +
                dy1_1 * x[line0 + 3u * SOURCE_C + c + 1u] +
                dy2_1 * x[line0 + 5u * SOURCE_C + c + 1u] +
                dy3_1 * x[line0 + 7u * SOURCE_C + c + 1u];
            }
            for (var step = 0u; step < 2u; step++) {
              let column = step * 4u + 4u;
              let ahead0 = line0 + column * STRIDE_X * SOURCE_C;
              let dy0_0 = dy[row + column * C4]; let dy0_1 = dy[row + column * C4 + 1u];
              let dy1_0 = dy[row + column * C4 + C4]; let dy1_1 = dy[row + column * C4 + C4 + 1u];
              let dy2_0 = dy[row + column * C4 + 2u * C4]; let dy2_1 = dy[row + column * C4 + 2u * C4 + 1u];
              let dy3_0 = dy[row + column * C4 + 3u * C4]; let dy3_1 = dy[row + column * C4 + 3u * C4 + 1u];
              sum0_0_0 += dy0_0 * x[ahead0 - 1u * SOURCE_C + c] +
                dy1_0 * x[ahead0 + SOURCE_C + c] +
                dy2_0 * x[ahead0 + 3u * SOURCE_C + c] +
                dy3_0 * x[ahead0 + 5u * SOURCE_C + c];
              sum0_0_1 += dy0_1 * x[ahead0 - 1u * SOURCE_C + c + 1u] +
                dy1_1 * x[ahead0 + SOURCE_C + c + 1u] +
                dy2_1 * x[ahead0 + 3u * SOURCE_C + c + 1u] +
                dy3_1 * x[ahead0 + 5u * SOURCE_C + c + 1u];
              sum0_1_0 += dy0_0 * x[ahead0 + c] +
                dy1_0 * x[ahead0 + 2u * SOURCE_C + c] +
                dy2_0 * x[ahead0 + 4u * SOURCE_C + c] +
                dy3_0 * x[ahead0 + 6u * SOURCE_C + c];
              sum0_1_1 += dy0_1 * x[ahead0 + c + 1u] +
                dy1_1 * x[ahead0 + 2u * SOURCE_C + c + 1u] +
                dy2_1 * x[ahead0 + 4u * SOURCE_C + c + 1u] +
                dy3_1 * x[ahead0 + 6u * SOURCE_C + c + 1u];
              sum0_2_0 += dy0_0 * x[ahead0 + SOURCE_C + c] +
                dy1_0 * x[ahead0 + 3u * SOURCE_C + c] +
                dy2_0 * x[ahead0 + 5u * SOURCE_C + c] +
                dy3_0 * x[ahead0 + 7u * SOURCE_C + c];
              sum0_2_1 += dy0_1 * x[ahead0 + SOURCE_C + c + 1u] +
                dy1_1 * x[ahead0 + 3u * SOURCE_C + c + 1u] +
                dy2_1 * x[ahead0 + 5u * SOURCE_C + c + 1u] +
                dy3_1 * x[ahead0 + 7u * SOURCE_C + c + 1u];
            }
            { // columns from 12
              let dy0_0 = dy[row + 12u * C4]; let dy0_1 = dy[row + 12u * C4 + 1u];
              let dy1_0 = dy[row + 13u * C4]; let dy1_1 = dy[row + 13u * C4 + 1u];
              sum0_0_0 += dy0_0 * x[line0 + 23u * SOURCE_C + c] +
                dy1_0 * x[line0 + 25u * SOURCE_C + c];
              sum0_0_1 += dy0_1 * x[line0 + 23u * SOURCE_C + c + 1u] +
                dy1_1 * x[line0 + 25u * SOURCE_C + c + 1u];
              sum0_1_0 += dy0_0 * x[line0 + 24u * SOURCE_C + c] +
                dy1_0 * x[line0 + 26u * SOURCE_C + c];
              sum0_1_1 += dy0_1 * x[line0 + 24u * SOURCE_C + c + 1u] +
                dy1_1 * x[line0 + 26u * SOURCE_C + c + 1u];
              sum0_2_0 += dy0_0 * x[line0 + 25u * SOURCE_C + c] +
                dy1_0 * x[line0 + 27u * SOURCE_C + c];
              sum0_2_1 += dy0_1 * x[line0 + 25u * SOURCE_C + c + 1u] +
                dy1_1 * x[line0 + 27u * SOURCE_C + c + 1u];
            }
          }
          let to = slice + r * (TAPS_X * C4) + c;
          partial[to] += sum0_0_0; partial[to + 1u] += sum0_0_1;
          partial[to + C4] += sum0_1_0; partial[to + C4 + 1u] += sum0_1_1;
          partial[to + 2u * C4] += sum0_2_0; partial[to + 2u * C4 + 1u] += sum0_2_1;
        }
      }
    }
  }
}
