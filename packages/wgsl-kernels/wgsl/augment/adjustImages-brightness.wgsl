// adjustImages
// y = (q - mean)/std, q = p·amount,
// cut off at 0 and 1, where p = x·std + mean, mean 0.5, std 0.5.
// x, y: [64,1,28,28] in order 0,1,2,3, padded [64,1,28,28]
// amounts: [64]
// One invocation computes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> amounts: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let v = i;
  let d0 = v / 196u;
  let d3 = v % 7u * 4u;
  let mean = vec4<f32>(0.5);
  let deviation = vec4<f32>(0.5);
  let amount = amounts[d0];
  let p = x[v] * deviation + mean;
  let changed = p * amount;
  let q = clamp(changed, vec4<f32>(0.0), vec4<f32>(1.0));
  let value = (q - mean) / deviation;
  y[v] = value;
}
