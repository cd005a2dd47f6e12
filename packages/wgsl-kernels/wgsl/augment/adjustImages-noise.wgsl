// adjustImages
// y = (q - mean)/std, q = p + z·amount, z a random number for each value,
// cut off at 0 and 1, where p = x·std + mean, mean 0.5, std 0.5.
// x, y, noise: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// amounts: [2]
// One invocation computes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> amounts: array<f32>;
@group(0) @binding(2) var<storage, read> noise: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 36u) { return; }
  let v = i;
  let d0 = v / 18u;
  let d1 = v % 2u * 4u;
  let d3 = v / 2u % 3u;
  let mean = vec4<f32>(0.5);
  let deviation = vec4<f32>(0.5);
  let amount = amounts[d0];
  let p = x[v] * deviation + mean;
  let changed = p + noise[v] * amount;
  let q = clamp(changed, vec4<f32>(0.0), vec4<f32>(1.0));
  let value = (q - mean) / deviation;
  y[v] = select(vec4<f32>(0.0), value, (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u));
}
