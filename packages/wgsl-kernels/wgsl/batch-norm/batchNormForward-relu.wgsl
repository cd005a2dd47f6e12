// batchNormForward
// y = max(0, (x - mean)·rstd·weight + bias).
// x, y: [64,20,14,14] in order 0,2,3,1; statistics: [2,20], mean and rstd; the others: [20]
// One invocation handles 4 values of 4 channels.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

const GROUPS = 5u; // vec4s of channels
const BLOCKS = 5u; // invocations along the channels
const ROWS = 12544u; // pixels
const PART_ROWS = 4u; // pixels of an invocation

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let part = i / BLOCKS;
  let block = i % BLOCKS;
  let first = part * PART_ROWS;
  let last = min(first + PART_ROWS, ROWS);
  let mean0 = statistics[block];
  let scale0 = weight[block] * statistics[GROUPS + block];
  let bias0 = bias[block];

  for (var row = first; row < last; row++) {
    let at = row * GROUPS + block;
    {
      y[at] = max((x[at] - mean0) * scale0 + bias0, vec4<f32>(0.0));
    }
  }
}
