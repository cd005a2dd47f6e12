// batchNormStatistics
// Per channel and slice of the batch: mean = Σx/n and M2 = Σ(x - mean)², as a tree: of few rows from distances to a number
// near them, center + Σ(x - center)/n and Σ(x - center)² - (Σ(x - center))²/n, and of more rows from those;
// center + rest is the mean.
// x: [64,20,14,14] in order 0,2,3,1
// partials: [256 slices, (center, rest, M2), 5 vec4 of channels]
// One invocation sums one slice for 1 vec4 of channels.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> partials: array<vec4<f32>>;

const GROUPS = 5u; // vec4s of channels
const BLOCKS = 5u; // invocations along the channels
const ROWS = 12544u; // pixels
const PART_ROWS = 49u; // pixels of an invocation

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let part = i / BLOCKS;
  let block = i % BLOCKS;
  let first = part * PART_ROWS;
  let last = min(first + PART_ROWS, ROWS);
  let start0 = max(min(x[(first) * GROUPS + block], x[((first + last) / 2u) * GROUPS + block]), min(max(x[(first) * GROUPS + block], x[((first + last) / 2u) * GROUPS + block]), x[(last - 1u) * GROUPS + block]));
  let near0 = select(vec4<f32>(), start0, start0 - start0 == vec4<f32>());
  let count = f32(last - first);
  var sum0 = vec4<f32>();
  var square0 = vec4<f32>();
  for (var row = first; row < last; row++) {
    let at = row * GROUPS + block;
    {
      let v = x[at] - near0;
      sum0 += v;
      square0 += v * v;
    }
  }
  let all0 = sum0;
  let center0 = near0;
  let rest0 = all0 / count;
  let inner0 = max(square0 - all0 * rest0, vec4<f32>());
  {
    partials[part * (3u * GROUPS) + block] = center0;
    partials[part * (3u * GROUPS) + GROUPS + block] = rest0;
    partials[part * (3u * GROUPS) + 2u * GROUPS + block] = inner0;
  }
}
