// sigmoidForward
// y = stableSigmoid(x)
// x: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// y: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

fn stableSigmoid(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(e, vec4<f32>(1f), x >= vec4<f32>()) / (1f + e);
}
fn formula(x: vec4<f32>) -> vec4<f32> {
  return stableSigmoid(x);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 36u) { return; }
  let v = i;
  let d1 = v % 2u * 4u;
  let inside = (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u);
  y[v] = select(vec4<f32>(), formula(x[v]), inside);
}
