@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
const SOURCE_H = 28u;
const SOURCE_C = 1u;
const SOURCE_ROW = 28u; 
const TARGET_W = 14u;
const TARGET_C4 = 3u; 
const R = 3u;
const S = 3u;
const STRIDE_Y = 2u;
const STRIDE_X = 2u;
const PADDING_Y = 1u;
const STEPS_Y = 14u; 
const PIXELS = 3u; 
const CHANNEL_TILES = 1u;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let atY = i % STEPS_Y;
  let n = i / (STEPS_Y * CHANNEL_TILES);
  let startY = atY * STRIDE_Y - PADDING_Y;
  let to = i * (TARGET_W * TARGET_C4);
  { 
    let b2 = 2u;
 var acc2_2 = bias[b2];
    for (var r = 0u; r < R; r++) {
      if (startY + r < SOURCE_H) {
        let line = (n * (SOURCE_C * SOURCE_H) + startY + r) * SOURCE_ROW;
        let w = r * (S * SOURCE_C * TARGET_C4);
        let v2_0_2 = x[line + 5u];
 let w2_0_2 = weight[w + 2u * TARGET_C4 + b2];
 acc2_2 += v2_0_2 * w2_0_2;
      }
    }
    y[to + 2u * TARGET_C4 + b2] = max(acc2_2, vec4<f32>());
  }
  for (var step = 0u; step < 3u; step++) {
    let column = step * PIXELS + 3u;
    let b0 = 0u;
    let b1 = 1u;
    let b2 = 2u;
    var acc0_0 = bias[b0];
 var acc0_1 = bias[b1];
 var acc0_2 = bias[b2];
    var acc1_0 = bias[b0];
 var acc1_1 = bias[b1];
 var acc1_2 = bias[b2];
 var acc2_1 = bias[b1];
 var acc2_2 = bias[b2];
    for (var r = 0u; r < R; r++) {
      if (startY + r < SOURCE_H) {
        let line = (n * (SOURCE_C * SOURCE_H) + startY + r) * SOURCE_ROW;
        let w = r * (S * SOURCE_C * TARGET_C4);
        let v0_0_0 = x[line + column * STRIDE_X - 1u];
        let v0_0_1 = x[line + column * STRIDE_X + 1u];
        let w0_0_0 = weight[w + b0];
 let w0_0_1 = weight[w + b1];
 let w0_0_2 = weight[w + b2];
 acc0_1 += v0_0_0 * w0_0_1;
        acc1_0 += v0_0_1 * w0_0_0;
 acc1_1 += v0_0_1 * w0_0_1;
 acc1_2 += v0_0_1 * w0_0_2;
        let v1_0_2 = x[line + column * STRIDE_X + 4u];
 let w1_0_2 = weight[w + TARGET_C4 + b2];
 acc2_2 += v1_0_2 * w1_0_2;
        let v2_0_0 = x[line + column * STRIDE_X + 1u];
        let v2_0_1 = x[line + column * STRIDE_X + 3u];
        let w2_0_0 = weight[w + 2u * TARGET_C4 + b0];
 let w2_0_2 = weight[w + 2u * TARGET_C4 + b2];
 acc0_2 += v2_0_0 * w2_0_2;
        acc1_0 += v2_0_1 * w2_0_0;
      }
    }
    y[to + column * TARGET_C4 + b0] = max(acc0_0, vec4<f32>());
    y[to + column * TARGET_C4 + b1] = max(acc0_1, vec4<f32>());
    y[to + column * TARGET_C4 + b2] = max(acc0_2, vec4<f32>());
    y[to + column * TARGET_C4 + TARGET_C4 + b0] = max(acc1_0, vec4<f32>());
    y[to + column * TARGET_C4 + TARGET_C4 + b1] = max(acc1_1, vec4<f32>());
    y[to + column * TARGET_C4 + TARGET_C4 + b2] = max(acc1_2, vec4<f32>());
    y[to + column * TARGET_C4 + 2u * TARGET_C4 + b1] = max(acc2_1, vec4<f32>());
    y[to + column * TARGET_C4 + 2u * TARGET_C4 + b2] = max(acc2_2, vec4<f32>());
  }
}
