// adjustImages
// y = (q - mean)/std, q = m + (p - m)·amount, m the mean brightness of the image,
// cut off at 0 and 1, where p = x·std + mean, mean 0.4,0.5,0.6, std 0.25.
// x, y: [8,3,5,6] in order 0,1,2,3, padded [8,3,5,8]
// amounts: [8]; means: [8,3] of x, rows padded to 4
// One invocation computes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> amounts: array<f32>;
@group(0) @binding(2) var<storage, read> means: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 240u) { return; }
  let v = i;
  let d0 = v / 30u;
  let d1 = v / 10u % 3u;
  let d3 = v % 2u * 4u;
  let mean = select(select(vec4<f32>(0.4, 0.4, 0.4, 0.4), vec4<f32>(0.5, 0.5, 0.5, 0.5), d1 == 1u), vec4<f32>(0.6, 0.6, 0.6, 0.6), d1 == 2u);
  let deviation = vec4<f32>(0.25);
  let amount = amounts[d0];
  let p = x[v] * deviation + mean;
  let centre = (means[d0].x * 0.25 + 0.4) * 0.2989 + (means[d0].y * 0.25 + 0.5) * 0.587 + (means[d0].z * 0.25 + 0.6) * 0.114;
  let changed = centre + (p - centre) * amount;
  let q = clamp(changed, vec4<f32>(0.0), vec4<f32>(1.0));
  let value = (q - mean) / deviation;
  y[v] = select(vec4<f32>(0.0), value, (d3 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(6u));
}
