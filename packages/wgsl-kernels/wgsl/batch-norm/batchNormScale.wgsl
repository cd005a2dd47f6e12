// batchNormScale
// scale = weight·1/√(runningVariance + 0.00001).
// weight, runningVariance, scale: [20]
// One invocation handles four channels.
@group(0) @binding(0) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> runningVariance: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> scale: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 5u) { return; }
  scale[i] = weight[i] * (vec4<f32>(1.0) / sqrt(runningVariance[i] + vec4<f32>(0.00001)));
}
