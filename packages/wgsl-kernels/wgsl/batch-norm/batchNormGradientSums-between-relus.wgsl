// batchNormGradientSums
// Per channel and slice of the batch: Σdy and Σdy·(x - mean)·rstd, Σdy where x > 0, and the number of those x.
// dy counts only where y = (x - mean)·rstd·weight + bias is positive: a ReLU came after it.
// dy, x: [64,20,14,14] in order 0,2,3,1; statistics: [2,20], mean and rstd; the others: [20]
// partials: [256 slices, 4 sums, 5 vec4 of channels]
// One invocation sums one slice for 4 channels.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4<f32>>;

const GROUPS = 5u; // vec4s of channels
const BLOCKS = 5u; // invocations along the channels
const ROWS = 12544u; // pixels
const PART_ROWS = 49u; // pixels of an invocation
const SUMS = 4u;

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
  let rstd0 = statistics[GROUPS + block];
  var sum0 = vec4<f32>(0.0);
  var product0 = vec4<f32>(0.0);
  var passed0 = vec4<f32>(0.0);
  var number0 = vec4<f32>(0.0);
  {
    var rowBy16 = first;
    while (rowBy16 + 16u <= last) {
      var sum0_1 = vec4<f32>();
      var product0_1 = vec4<f32>();
      var passed0_1 = vec4<f32>();
      var number0_1 = vec4<f32>();
      for (var rowStep = 0u; rowStep < 16u; rowStep++) {
        let row = rowBy16 + rowStep;
        let at = row * GROUPS + block;
        {
          let d = select(dy[at], vec4<f32>(0.0), (x[at] - mean0) * scale0 + bias0 <= vec4<f32>(0.0));
          sum0_1 += d;
          product0_1 += d * (x[at] - mean0);
          let stopped = x[at] <= vec4<f32>(0.0);
          passed0_1 += select(d, vec4<f32>(0.0), stopped);
          number0_1 += select(vec4<f32>(1.0), vec4<f32>(0.0), stopped);
        }
      }
      sum0 += sum0_1;
      product0 += product0_1;
      passed0 += passed0_1;
      number0 += number0_1;
      rowBy16 += 16u;
    }
    if (rowBy16 < last) {
      var sum0_1 = vec4<f32>();
      var product0_1 = vec4<f32>();
      var passed0_1 = vec4<f32>();
      var number0_1 = vec4<f32>();
      for (var row = rowBy16; row < last; row++) {
        let at = row * GROUPS + block;
        {
          let d = select(dy[at], vec4<f32>(0.0), (x[at] - mean0) * scale0 + bias0 <= vec4<f32>(0.0));
          sum0_1 += d;
          product0_1 += d * (x[at] - mean0);
          let stopped = x[at] <= vec4<f32>(0.0);
          passed0_1 += select(d, vec4<f32>(0.0), stopped);
          number0_1 += select(vec4<f32>(1.0), vec4<f32>(0.0), stopped);
        }
      }
      sum0 += sum0_1;
      product0 += product0_1;
      passed0 += passed0_1;
      number0 += number0_1;
    }
  }
  product0 *= rstd0;
  {
    partials[part * (SUMS * GROUPS) + 0u * GROUPS + block] = sum0;
    partials[part * (SUMS * GROUPS) + 1u * GROUPS + block] = product0;
    partials[part * (SUMS * GROUPS) + 2u * GROUPS + block] = passed0;
    partials[part * (SUMS * GROUPS) + 3u * GROUPS + block] = number0;
  }
}
