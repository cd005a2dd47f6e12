// geluGradient
// dx = dy * (normalBelow(x) + timesDensity(x)), for y = x * normalBelow(x)
// dy: [64,512] in order 0,1
// x: [64,512] in order 0,1
// dx: [64,512] in order 0,1
// One invocation writes 2 consecutive vec4s.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

const RUN = 2u;

fn nearErf(z: vec4<f32>) -> vec4<f32> {
  let s = z * z;
  return z + z * (0.128379166f + s * (-0.376125336f + s * (0.112819925f + s * (-0.0267681349f
    + s * (0.00499119423f + s * -0.000596761703f)))));
}
fn farErfc(z: vec4<f32>) -> vec4<f32> {
  let t = 1f / (1f + 0.5f * z);
  return t * exp(-z * z - 1.26551223f + t * (1.00002368f + t * (0.37409196f + t * (0.09678418f
    + t * (-0.18628806f + t * (0.27886807f + t * (-1.13520398f + t * (1.48851587f
    + t * (-0.82215223f + t * 0.17087277f)))))))));
}
fn normalBelow(x: vec4<f32>) -> vec4<f32> {
  let z = clamp(x, vec4<f32>(-15f), vec4<f32>(15f)) * 0.707106781f;
  let beyond = 0.5f * farErfc(abs(z));
  let far = select(beyond, 1f - beyond, z > vec4<f32>());
  return select(far, 0.5f + 0.5f * nearErf(z), abs(z) < vec4<f32>(0.927734375f));
}
fn timesDensity(x: vec4<f32>) -> vec4<f32> {
  let c = clamp(x, vec4<f32>(-15f), vec4<f32>(15f));
  return c * exp(-0.5f * c * c) * 0.398942280f;
}
fn formula(dy: vec4<f32>, x: vec4<f32>) -> vec4<f32> {
  return dy * (normalBelow(x) + timesDensity(x));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  for (var k = 0u; k < RUN; k++) {
    let v = i * RUN + k;
    dx[v] = formula(dy[v], x[v]);
  }
}
