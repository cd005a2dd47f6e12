// varianceGradient
// dx = dy (x - mean) 0.2857142857142857
// dy: [1,5] in order 0,1, padded [1,8]
// x: [8,5] in order 0,1, padded [8,8]
// mean: [1,5] in order 0,1, padded [1,8]
// dx: [8,5] in order 0,1, padded [8,8]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> mean: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;

fn formula(dy: vec4<f32>, x: vec4<f32>, mean: vec4<f32>) -> vec4<f32> {
  return dy * (x - mean) * 0.285714298f;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 16u) { return; }
  let v = i;
  let d1 = v % 2u * 4u;
  dx[v] = formula(dy[d1 / 4u], x[v], mean[d1 / 4u]);
}
