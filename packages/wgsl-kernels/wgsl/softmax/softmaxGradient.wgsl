// softmaxGradient
// dx = y (dy - sum of dy y), sums over the last dimension
// dy, y, dx: [64,14] row-major, rows padded to 16
// One invocation computes one row.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

const C = 14u;
const ROW4 = 4u; // vec4s of a row

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = i * ROW4;
  var sums = vec4<f32>();
  for (var k = 0u; k < ROW4; k++) {
    sums += dy[row + k] * y[row + k];
  }
  let sum = (sums.x + sums.y) + (sums.z + sums.w);
  for (var k = 0u; k < ROW4; k++) {
    dx[row + k] = select(vec4<f32>(), y[row + k] * (dy[row + k] - sum), (k * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(C));
  }
}
