// bceWithLogitsTotal
// loss = mean from 16 partial sums
// One invocation adds them in order.
@group(0) @binding(0) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> loss: array<vec4<f32>>;

const PARTS = 16u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 1u) { return; }
  var sum = vec4<f32>();
  for (var k = 0u; k < PARTS; k++) {
    sum += partials[k];
  }
  loss[i] = vec4<f32>(((sum.x + sum.y) + (sum.z + sum.w)) / 896f, 0f, 0f, 0f);
}
