// divGradient
// db = -dy * (a / b) / b, for y = a / b; in y's shape
// dy: [64,512] in order 0,1
// a: [64,512] in order 0,1
// b: [64,512] in order 0,1
// db: [64,512] in order 0,1
// One invocation writes 2 consecutive vec4s.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> db: array<vec4<f32>>;

const RUN = 2u;

fn formula(dy: vec4<f32>, a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return -dy * (a / b) / b;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  for (var k = 0u; k < RUN; k++) {
    let v = i * RUN + k;
    db[v] = formula(dy[v], a[v], b[v]);
  }
}
