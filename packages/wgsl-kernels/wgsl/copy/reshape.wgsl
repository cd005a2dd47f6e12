// reshape
// y = x in another shape; element n of one (row-major) is element n of the other, padding filled with 0.
// x: [3,10] in order 0,1, padded [3,12]
// y: [5,6] in order 0,1, padded [5,8]
// One invocation writes four neighbours of y's innermost dimension.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

// Offset in x of element n.
fn offset(n: u32) -> u32 {
  return (n / 10u) * 12u + (n % 10u) * 1u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 10u) { return; }
  var rest = i;
  let d1 = (rest % 2u) * 4u;
  rest = rest / 2u;
  let d0 = (rest % 5u);
  rest = rest / 5u;
  let n = d0 * 6u + d1 * 1u;
  let inside0 = d1 + 0u < 6u;
  let x0 = select(0u, x[offset(select(0u, n + 0u, inside0))], inside0);
  let inside1 = d1 + 1u < 6u;
  let x1 = select(0u, x[offset(select(0u, n + 1u, inside1))], inside1);
  let inside2 = d1 + 2u < 6u;
  let x2 = select(0u, x[offset(select(0u, n + 2u, inside2))], inside2);
  let inside3 = d1 + 3u < 6u;
  let x3 = select(0u, x[offset(select(0u, n + 3u, inside3))], inside3);
  y[i] = vec4<u32>(x0, x1, x2, x3);
}
