// takeGradient
// dx[…, p, …] = sum of dy[…, j, …] over j with index[j] = p, in order, p in dimension 0; none for p = 0
// x: [32,14], y: [2,3,14], index: [2,3] u32; all row-major
// One invocation adds up all of dx along the dimension, four elements wide.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

const SIZE = 32u; // positions of x
const FROM = 32u; // the same with padding
const COUNT = 6u; // positions of y
const TO = 6u; // the same with padding
const STEP = 4u; // from a position to the next

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 4u) { return; }
  let first = i / STEP * (FROM * STEP) + i % STEP;
  let start = i / STEP * (TO * STEP) + i % STEP;
  for (var p = 0u; p < FROM; p++) {
    dx[first + p * STEP] = vec4<f32>();
  }
  for (var j = 0u; j < COUNT; j++) {
    let position = index[j / 3u * 4u + j % 3u];
    if (position < SIZE && position != 0u) {
      dx[first + position * STEP] += dy[start + j * STEP];
    }
  }
}
