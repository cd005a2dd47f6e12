// cumsum
// y[…, j, …] = sum of x[…, j to the last, …], j in dimension 0
// x, y: [7,14] row-major
// One invocation goes along the dimension, four elements wide; blocks of 64 are added up
// by themselves.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const COUNT = 7u;
const ROW = 7u; // the same with padding
const STEP = 4u; // from a position to the next

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 4u) { return; }
  let first = i / STEP * (ROW * STEP) + i % STEP;
  var before = vec4<f32>();
  var sum = vec4<f32>();
  for (var j = 0u; j < COUNT; j++) {
    let at = first + (COUNT - 1u - j) * STEP;
    sum += x[at];
    y[at] = before + sum;
    if (j % 64u == 63u) {
      before += sum;
      sum = vec4<f32>();
    }
  }
  for (var j = COUNT; j < ROW; j++) {
    y[first + j * STEP] = vec4<f32>();
  }
}
