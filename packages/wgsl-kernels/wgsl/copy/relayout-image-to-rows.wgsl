// relayout
// y[…] = x[…]: the same tensor in another memory layout, padding filled with 0.
// x: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// y: [2,5,3,3] in order 0,1,2,3, padded [2,5,3,4]
// One invocation writes four neighbours of y's innermost dimension.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 30u) { return; }
  var rest = i;
  let d3 = (rest % 1u) * 4u;
  rest = rest / 1u;
  let d2 = (rest % 3u);
  rest = rest / 3u;
  let d1 = (rest % 5u);
  rest = rest / 5u;
  let d0 = (rest % 2u);
  rest = rest / 2u;
  let source = d3 * 8u + d2 * 24u + d1 * 1u + d0 * 72u;
  let inside0 = d3 + 0u < 3u;
  let x0 = select(0u, x[select(0u, source + 0u, inside0)], inside0);
  let inside1 = d3 + 1u < 3u;
  let x1 = select(0u, x[select(0u, source + 8u, inside1)], inside1);
  let inside2 = d3 + 2u < 3u;
  let x2 = select(0u, x[select(0u, source + 16u, inside2)], inside2);
  let inside3 = d3 + 3u < 3u;
  let x3 = select(0u, x[select(0u, source + 24u, inside3)], inside3);
  y[i] = vec4<u32>(x0, x1, x2, x3);
}
