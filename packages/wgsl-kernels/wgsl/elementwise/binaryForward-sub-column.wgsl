// subForward
// y = a - b
// a: [7,9] in order 0,1, padded [7,12]
// b: [7,1] in order 0,1, padded [7,4]
// y: [7,9] in order 0,1, padded [7,12]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

fn formula(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return a - b;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 21u) { return; }
  let v = i;
  let d0 = v / 3u;
  let d1 = v % 3u * 4u;
  let inside = (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(9u);
  y[v] = select(vec4<f32>(), formula(a[v], vec4<f32>(b[d0 * 4u])), inside);
}
