// softplusForward
// y = select(softplus(1f * x) / 1f, x, 1f * x > vec4<f32>(20f))
// x: [64,512] in order 0,1
// y: [64,512] in order 0,1
// One invocation writes 2 consecutive vec4s.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const RUN = 2u;

fn stableSigmoid(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(e, vec4<f32>(1f), x >= vec4<f32>()) / (1f + e);
}
fn log1p(e: vec4<f32>) -> vec4<f32> {
  let s = e / (2f + e);
  let q = s * s;
  return 2f * s * (1f + q * (0.333333333f + q * (0.2f + q * (0.142857143f + q * (0.111111111f
    + q * (0.0909090909f + q * (0.0769230769f + q * 0.0666666667f)))))));
}
fn softplus(x: vec4<f32>) -> vec4<f32> {
  return max(x, vec4<f32>()) + log1p(exp(-abs(x)));
}
fn formula(x: vec4<f32>) -> vec4<f32> {
  return select(softplus(1f * x) / 1f, x, 1f * x > vec4<f32>(20f));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  for (var k = 0u; k < RUN; k++) {
    let v = i * RUN + k;
    y[v] = formula(x[v]);
  }
}
