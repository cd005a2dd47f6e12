// reduceMean
// mean = mean of x over dimensions [0]
// x: [8,5] in order 0,1, padded [8,8]
// mean: [5] in order 0, padded [8]
// One invocation computes four neighbours of the result.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> mean: array<vec4<f32>>;

const COUNT0 = 8u;
const STRIDE0 = 2u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 2u) { return; }
  let v = i;
  let d1 = v * 4u;
  let base0 = d1 / 4u;
  var acc0 = vec4<f32>();
  for (var k0 = 0u; k0 < COUNT0; k0++) {
    acc0 += x[base0 + k0 * STRIDE0];
  }
  mean[v] = select(vec4<f32>(), (acc0) / 8f, (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u));
}
