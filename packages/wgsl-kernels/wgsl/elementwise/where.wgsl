// where
// y = a where the condition is not 0, else b
// condition: [64,512] in order 0,1
// a: [64,512] in order 0,1
// b: [] in order
// y: [64,512] in order 0,1
// One invocation writes 2 consecutive vec4s.
@group(0) @binding(0) var<storage, read> condition: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const RUN = 2u;

fn formula(condition: vec4<f32>, a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return select(b, a, condition != vec4<f32>());
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  for (var k = 0u; k < RUN; k++) {
    let v = i * RUN + k;
    y[v] = formula(condition[v], a[v], vec4<f32>(b[0u]));
  }
}
