// crossEntropyTotal
// loss = sum of the rows of losses
// losses: [5] in order 0, padded [8]
// loss: [] in order
// One invocation computes four neighbours of the result.
@group(0) @binding(0) var<storage, read> losses: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> loss: array<vec4<f32>>;

const COUNT0 = 2u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 1u) { return; }
  let v = i;
  let base0 = 0u;
  var acc0 = vec4<f32>();
  for (var k0 = 0u; k0 < COUNT0; k0++) {
    acc0 += losses[base0 + k0];
  }
  loss[v] = select(vec4<f32>(), vec4<f32>((acc0.x + acc0.y) + (acc0.z + acc0.w), 0f, 0f, 0f), vec4<bool>(true, false, false, false));
}
