// extremumGradient
// dx = dy / ties where x = y, else 0; NaN where y is NaN, which no x equals
// x: [7,14] in order 0,1, padded [7,16]
// y: [7,1] in order 1,0, padded [8,1]
// dy: [7,1] in order 1,0, padded [8,1]
// ties: [7,1] in order 1,0, padded [8,1]
// dx: [7,14] in order 0,1, padded [7,16]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> ties: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4<f32>>;

fn formula(x: vec4<f32>, y: vec4<f32>, dy: vec4<f32>, ties: vec4<f32>) -> vec4<f32> {
  return select(vec4<f32>(), dy, x == y) / ties;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 28u) { return; }
  let v = i;
  let d0 = v / 4u;
  let d1 = v % 4u * 4u;
  let inside = (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(14u);
  dx[v] = select(vec4<f32>(), formula(x[v], vec4<f32>(y[d0]), vec4<f32>(dy[d0]), vec4<f32>(ties[d0])), inside);
}
