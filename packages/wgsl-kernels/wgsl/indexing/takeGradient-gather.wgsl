// takeGradient
// dx[…, p, …] = sum of dy[…, j, …] over j with index[…, j, …] = p, in order, p in dimension 1
// x: [7,14], y: [7,5], index: [7,5] u32; all row-major
// One invocation adds up all of dx along the dimension, one element wide.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

const SIZE = 14u; // positions of x
const FROM = 16u; // the same with padding
const COUNT = 5u; // positions of y
const TO = 8u; // the same with padding
const STEP = 1u; // from a position to the next

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 7u) { return; }
  let first = i / STEP * (FROM * STEP) + i % STEP;
  let start = i / STEP * (TO * STEP) + i % STEP;
  for (var p = 0u; p < FROM; p++) {
    dx[first + p * STEP] = f32();
  }
  for (var j = 0u; j < COUNT; j++) {
    let position = index[start + j * STEP];
    if (position < SIZE) {
      dx[first + position * STEP] += dy[start + j * STEP];
    }
  }
}
