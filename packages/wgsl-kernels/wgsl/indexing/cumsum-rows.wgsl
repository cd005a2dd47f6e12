// cumsum
// y[…, j, …] = sum of x[…, 0 to j, …], j in dimension 1
// x, y: [7,14] row-major
// One invocation goes along the dimension, one element wide; blocks of 64 are added up
// by themselves.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

const COUNT = 14u;
const ROW = 16u; // the same with padding
const STEP = 1u; // from a position to the next

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 7u) { return; }
  let first = i / STEP * (ROW * STEP) + i % STEP;
  var before = f32();
  var sum = f32();
  for (var j = 0u; j < COUNT; j++) {
    let at = first + j * STEP;
    sum += x[at];
    y[at] = before + sum;
    if (j % 64u == 63u) {
      before += sum;
      sum = f32();
    }
  }
  for (var j = COUNT; j < ROW; j++) {
    y[first + j * STEP] = f32();
  }
}
