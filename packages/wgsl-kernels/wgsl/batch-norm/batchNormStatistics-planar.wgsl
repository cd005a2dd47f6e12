// batchNormStatistics
// Per channel and slice of the batch: mean = Σx/n and M2 = Σ(x - mean)², as a tree: of few rows from distances to a number
// near them, center + Σ(x - center)/n and Σ(x - center)² - (Σ(x - center))²/n, and of more rows from those;
// center + rest is the mean.
// x: [8,3,5,6] in order 0,1,2,3
// partials: [2 slices, (center, rest, M2), 1 vec4 of channels]
// One invocation sums one slice for 3 channels.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> partials: array<vec4<f32>>;

const C = 3u;
const H = 5u;
const W = 6u;
const LINE4 = 2u; // vec4s of a line of a plane
const PLANE4 = 10u;
const GROUPS = 1u; // vec4s of channels
const ROWS = 40u; // lines of all images
const PART_ROWS = 32u; // lines of an invocation

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 2u) { return; }
  let part = i;
  let first = part * PART_ROWS;
  let last = min(first + PART_ROWS, ROWS);
  let start0 = vec4<f32>(max(min(x[((first) / H) * (C * PLANE4) + ((first) % H) * LINE4 + 0u * PLANE4].x, x[(((first + last) / 2u) / H) * (C * PLANE4) + (((first + last) / 2u) % H) * LINE4 + 0u * PLANE4].y), min(max(x[((first) / H) * (C * PLANE4) + ((first) % H) * LINE4 + 0u * PLANE4].x, x[(((first + last) / 2u) / H) * (C * PLANE4) + (((first + last) / 2u) % H) * LINE4 + 0u * PLANE4].y), x[((last - 1u) / H) * (C * PLANE4) + ((last - 1u) % H) * LINE4 + 0u * PLANE4].z)));
  let near0 = select(vec4<f32>(), start0, start0 - start0 == vec4<f32>());
  let start1 = vec4<f32>(max(min(x[((first) / H) * (C * PLANE4) + ((first) % H) * LINE4 + 1u * PLANE4].x, x[(((first + last) / 2u) / H) * (C * PLANE4) + (((first + last) / 2u) % H) * LINE4 + 1u * PLANE4].y), min(max(x[((first) / H) * (C * PLANE4) + ((first) % H) * LINE4 + 1u * PLANE4].x, x[(((first + last) / 2u) / H) * (C * PLANE4) + (((first + last) / 2u) % H) * LINE4 + 1u * PLANE4].y), x[((last - 1u) / H) * (C * PLANE4) + ((last - 1u) % H) * LINE4 + 1u * PLANE4].z)));
  let near1 = select(vec4<f32>(), start1, start1 - start1 == vec4<f32>());
  let start2 = vec4<f32>(max(min(x[((first) / H) * (C * PLANE4) + ((first) % H) * LINE4 + 2u * PLANE4].x, x[(((first + last) / 2u) / H) * (C * PLANE4) + (((first + last) / 2u) % H) * LINE4 + 2u * PLANE4].y), min(max(x[((first) / H) * (C * PLANE4) + ((first) % H) * LINE4 + 2u * PLANE4].x, x[(((first + last) / 2u) / H) * (C * PLANE4) + (((first + last) / 2u) % H) * LINE4 + 2u * PLANE4].y), x[((last - 1u) / H) * (C * PLANE4) + ((last - 1u) % H) * LINE4 + 2u * PLANE4].z)));
  let near2 = select(vec4<f32>(), start2, start2 - start2 == vec4<f32>());
  let count = f32(last - first) * 6.0;
  var sum0 = vec4<f32>();
  var square0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var square1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var square2 = vec4<f32>();
  for (var row = first; row < last; row++) {
    for (var column = 0u; column < LINE4; column++) {
      let at = (row / H) * (C * PLANE4) + (row % H) * LINE4 + 0u * PLANE4 + column;
      let v = select(vec4<f32>(), x[at] - near0, ((column * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(W)));
      sum0 += v;
      square0 += v * v;
    }
  }
  for (var row = first; row < last; row++) {
    for (var column = 0u; column < LINE4; column++) {
      let at = (row / H) * (C * PLANE4) + (row % H) * LINE4 + 1u * PLANE4 + column;
      let v = select(vec4<f32>(), x[at] - near1, ((column * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(W)));
      sum1 += v;
      square1 += v * v;
    }
  }
  for (var row = first; row < last; row++) {
    for (var column = 0u; column < LINE4; column++) {
      let at = (row / H) * (C * PLANE4) + (row % H) * LINE4 + 2u * PLANE4 + column;
      let v = select(vec4<f32>(), x[at] - near2, ((column * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(W)));
      sum2 += v;
      square2 += v * v;
    }
  }
  let all0 = vec4<f32>(dot(sum0, vec4<f32>(1.0)));
  let center0 = near0;
  let rest0 = all0 / count;
  let inner0 = max(vec4<f32>(dot(square0, vec4<f32>(1.0))) - all0 * rest0, vec4<f32>());
  let all1 = vec4<f32>(dot(sum1, vec4<f32>(1.0)));
  let center1 = near1;
  let rest1 = all1 / count;
  let inner1 = max(vec4<f32>(dot(square1, vec4<f32>(1.0))) - all1 * rest1, vec4<f32>());
  let all2 = vec4<f32>(dot(sum2, vec4<f32>(1.0)));
  let center2 = near2;
  let rest2 = all2 / count;
  let inner2 = max(vec4<f32>(dot(square2, vec4<f32>(1.0))) - all2 * rest2, vec4<f32>());
  {
    partials[part * (3u * GROUPS) + 0u] = vec4<f32>(center0.x, center1.x, center2.x, 0.0);
    partials[part * (3u * GROUPS) + GROUPS + 0u] = vec4<f32>(rest0.x, rest1.x, rest2.x, 0.0);
    partials[part * (3u * GROUPS) + 2u * GROUPS + 0u] = vec4<f32>(inner0.x, inner1.x, inner2.x, 0.0);
  }
}
