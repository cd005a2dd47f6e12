// batchNormReluMaxPoolForward
// y[p,q] = the largest max(0, (x - mean)·rstd·weight + bias) under the window at (p,q);
// index[p,q] = h·W + w of the first that is as large, and 4294967295 where that is 0.
// statistics: [2,18], mean and rstd; other arrays per channel: [18]
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,18,14,13] in order 0,2,3,1, padded [64,20,14,13]
// y: [64,18,7,6] in order 0,2,3,1, padded [64,20,7,6]
// One invocation writes one cell of y.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> index: array<vec4<u32>>;

const GROUPS = 5u; // vec4s of channels
const H = 14u;
const W = 13u;
const P = 7u;
const STRIDE_H = 2u;
const STRIDE_W = 2u;
const X_LINE = 13u; // cells from one line of x to the next
const Y_LINE = 6u; // cells from one line of y to the next

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let at = i;
  let group = i % GROUPS;
  let column = (i / GROUPS) % Y_LINE;
  let line = i / (Y_LINE * GROUPS);
  let plane = line / P;
  let row = line % P;
  let corner = row * (STRIDE_H * W) + column * STRIDE_W;
  let start = ((plane * H + row * STRIDE_H) * X_LINE + column * STRIDE_W) * GROUPS + group;
  let mean = statistics[group];
  let scale = weight[group] * statistics[GROUPS + group];
  let shift = bias[group];
  var best = vec4<f32>(-1.0);
  var winner = vec4<u32>(corner);
  {
    let value = max((x[start + (0u * X_LINE + 0u) * GROUPS] - mean) * scale + shift, vec4<f32>(0.0));
    let better = (value > best) | (value != value);
    best = select(best, value, better);
    winner = select(winner, vec4<u32>(corner + (0u * W + 0u)), better);
  }
  {
    let value = max((x[start + (0u * X_LINE + 1u) * GROUPS] - mean) * scale + shift, vec4<f32>(0.0));
    let better = (value > best) | (value != value);
    best = select(best, value, better);
    winner = select(winner, vec4<u32>(corner + (0u * W + 1u)), better);
  }
  {
    let value = max((x[start + (1u * X_LINE + 0u) * GROUPS] - mean) * scale + shift, vec4<f32>(0.0));
    let better = (value > best) | (value != value);
    best = select(best, value, better);
    winner = select(winner, vec4<u32>(corner + (1u * W + 0u)), better);
  }
  {
    let value = max((x[start + (1u * X_LINE + 1u) * GROUPS] - mean) * scale + shift, vec4<f32>(0.0));
    let better = (value > best) | (value != value);
    best = select(best, value, better);
    winner = select(winner, vec4<u32>(corner + (1u * W + 1u)), better);
  }
  winner = select(winner, vec4<u32>(4294967295u), best <= vec4<f32>(0.0));
  y[at] = best;
  index[at] = winner * select(vec4<u32>(1u), vec4<u32>(1u, 1u, 0u, 0u), group == GROUPS - 1u);
}
