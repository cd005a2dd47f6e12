// bceWithLogitsForward
// loss = mean of ((1f - t) * x + (1f + (posWeight - 1f) * t) * softplusNegative(x))
// x: [64,14] in order 0,1, padded [64,16]
// t: [64,14] in order 0,1, padded [64,16]
// posWeight: [14] in order 0, padded [16]
// One invocation adds up 16 consecutive vec4s.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> t: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> posWeight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4<f32>>;

const RUN = 16u;

fn softplusNegative(x: vec4<f32>) -> vec4<f32> {
  return max(-x, vec4<f32>()) + log(1f + exp(-abs(x)));
}
fn sigmoidNegative(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(vec4<f32>(1f), e, x >= vec4<f32>()) / (1f + e);
}
fn formula(x: vec4<f32>, t: vec4<f32>, posWeight: vec4<f32>) -> vec4<f32> {
  return ((1f - t) * x + (1f + (posWeight - 1f) * t) * softplusNegative(x));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 16u) { return; }
  var sum = vec4<f32>();
  for (var v = i * RUN; v < (i + 1u) * RUN; v++) {
    let d1 = v % 4u * 4u;
    sum += select(vec4<f32>(), formula(x[v], t[v], posWeight[d1 / 4u]), (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(14u));
  }
  partials[i] = sum;
}
