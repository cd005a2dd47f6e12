// clampForward
// y = min(max(x, vec4<f32>(0f)), vec4<f32>(6f))
// x: [64,512] in order 0,1
// y: [64,512] in order 0,1
// One invocation writes 2 consecutive vec4s.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const RUN = 2u;

fn formula(x: vec4<f32>) -> vec4<f32> {
  return min(max(x, vec4<f32>(0f)), vec4<f32>(6f));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  for (var k = 0u; k < RUN; k++) {
    let v = i * RUN + k;
    y[v] = formula(x[v]);
  }
}
