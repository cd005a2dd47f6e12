// copyRegion
// y[[0,3] + p] = x[[0,0] + p] for p within [3,4];
// other elements of y keep their values
// x: [3,4] in order 0,1
// y: [3,7] in order 0,1, padded [3,8]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 6u) { return; }
  let v = i;
  let d1 = (v % 2u) * 4u;
  let d0 = v / 2u;
  let place = (d1 + d0 * 8u) / 4u;
  let inside = (((d1 + vec4<u32>(0u, 1u, 2u, 3u)) - 3u) < vec4<u32>(4u));
  y[place] = select(select(vec4<u32>(), y[place], (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(7u)), vec4<u32>(x[select(0u, d0 * 4u + (d1 - 3u), inside[0])], x[select(0u, d0 * 4u + ((d1 + 1u) - 3u), inside[1])], x[select(0u, d0 * 4u + ((d1 + 2u) - 3u), inside[2])], x[select(0u, d0 * 4u + ((d1 + 3u) - 3u), inside[3])]), inside);
}
