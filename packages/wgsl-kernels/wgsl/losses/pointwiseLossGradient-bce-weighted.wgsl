// bceWithLogitsGradient
// dx = dy 0.0011160714285714285 ((1f - t) - (1f + (posWeight - 1f) * t) * sigmoidNegative(x))
// dy: [] in order
// x: [64,14] in order 0,1, padded [64,16]
// t: [64,14] in order 0,1, padded [64,16]
// posWeight: [14] in order 0, padded [16]
// dx: [64,14] in order 0,1, padded [64,16]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> t: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> posWeight: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4<f32>>;

fn softplusNegative(x: vec4<f32>) -> vec4<f32> {
  return max(-x, vec4<f32>()) + log(1f + exp(-abs(x)));
}
fn sigmoidNegative(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(vec4<f32>(1f), e, x >= vec4<f32>()) / (1f + e);
}
fn formula(dy: vec4<f32>, x: vec4<f32>, t: vec4<f32>, posWeight: vec4<f32>) -> vec4<f32> {
  return dy * 0.00111607148f * (((1f - t) - (1f + (posWeight - 1f) * t) * sigmoidNegative(x)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let v = i;
  let d1 = v % 4u * 4u;
  let inside = (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(14u);
  dx[v] = select(vec4<f32>(), formula(vec4<f32>(dy[0u]), x[v], t[v], posWeight[d1 / 4u]), inside);
}
