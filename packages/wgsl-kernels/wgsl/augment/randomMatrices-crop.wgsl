// randomMatrices
// Where each image's pixels come from: [[a, b, c], [d, e, f]] about the middles, drawn from 8 uniform numbers.
// places: 9, 9
// u: [64,8]; matrices: [64,2,3], rows padded to 4
// One invocation draws one matrix.
@group(0) @binding(0) var<storage, read> u: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> matrices: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let first = u[2u * i];
  let second = u[2u * i + 1u];
  var a = 1.0;
  var b = 0.0;
  var d = 0.0;
  var e = 1.0;
  var c = 0.0;
  var f = 0.0;
  c += min(floor(first.y * 9), 8) - 4;
  f += min(floor(first.z * 9), 8) - 4;
  matrices[2u * i] = vec4<f32>(a, b, c, 0.0);
  matrices[2u * i + 1u] = vec4<f32>(d, e, f, 0.0);
}
