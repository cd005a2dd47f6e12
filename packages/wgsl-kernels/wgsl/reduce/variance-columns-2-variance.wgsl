// variance
// y = (sum of d^2 - (sum of d)^2 / 8) / 7, d = x - mean, over dimensions [0]
// x: [8,5] in order 0,1, padded [8,8]
// y: [5] in order 0, padded [8]
// One invocation computes four neighbours of the result.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> mean: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

const COUNT0 = 8u;
const STRIDE0 = 2u;

fn element0(x: vec4<f32>, c: vec4<f32>) -> vec4<f32> {
  return x - c;
}
fn element1(x: vec4<f32>, c: vec4<f32>) -> vec4<f32> {
  return (x - c) * (x - c);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 2u) { return; }
  let v = i;
  let d1 = v * 4u;
  let base0 = d1 / 4u;
  let c = mean[v];
  var acc0 = vec4<f32>();
  var acc0x = vec4<f32>();
  for (var k0 = 0u; k0 < COUNT0; k0++) {
    acc0 += element0(x[base0 + k0 * STRIDE0], c);
    acc0x += element1(x[base0 + k0 * STRIDE0], c);
  }
  y[v] = select(vec4<f32>(), max((acc0x) - (acc0) * ((acc0) / 8f), vec4<f32>()) / 7f, (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u));
}
