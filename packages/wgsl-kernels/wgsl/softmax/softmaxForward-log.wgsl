// logSoftmaxForward
// y = x - m - log(s),
// m = max of x, s = sum of exp(x - m), both over the last dimension
// x, y: [64,14] row-major, rows padded to 16
// One invocation computes one row.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const C = 14u;
const ROW4 = 4u; // vec4s of a row

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = i * ROW4;
  let start = vec4<f32>(x[row].x);
  var highest = start;
  for (var k = 0u; k < ROW4; k++) {
    highest = max(highest, select(start, x[row + k], (k * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(C)));
  }
  let m = max(max(highest.x, highest.y), max(highest.z, highest.w));
  var total = vec4<f32>();
  for (var k = 0u; k < ROW4; k++) {
    total += select(vec4<f32>(), exp(x[row + k] - m), (k * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(C));
  }
  let logTotal = log((total.x + total.y) + (total.z + total.w));
  for (var k = 0u; k < ROW4; k++) {
    y[row + k] = select(vec4<f32>(), x[row + k] - m - logTotal, (k * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(C));
  }
}
