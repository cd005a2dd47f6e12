// adam
// g = gradient + weightDecay·p; m = beta1·m + (1 - beta1)·g;
// v = beta2·v + (1 - beta2)·g²; p -= lr/bc1 · m / (√v/√bc2 + eps).
// parameters, gradients, m, v: arenas of 98624 floats
// hyper: per group (lr, 1 - beta1, beta2, weightDecay), (eps, bc1, √bc2, 1 - beta2)
// groups: the parameter group of each of 1541 blocks of 64 floats, 0xffffffff for frozen ones.
// One invocation handles four floats.
@group(0) @binding(0) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> groups: array<u32>;
@group(0) @binding(5) var<storage, read> hyper: array<vec4<f32>>;

const BLOCK4 = 16u;
const FROZEN = 4294967295u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 24656u) { return; }
  let group = groups[i / BLOCK4];
  if (group == FROZEN) { return; }
  let at = i;
  let rates = hyper[group * 2u];
  let lr = rates.x;
  let rest1 = rates.y;
  let beta1 = 1.0 - rest1;
  let beta2 = rates.z;
  let weightDecay = rates.w;
  let corrections = hyper[group * 2u + 1u];
  let eps = corrections.x;
  let stepSize = lr / corrections.y;
  let rootCorrection2 = corrections.z;
  let rest2 = corrections.w;
  let p = parameters[at];
  let g = select(gradients[at], gradients[at] + weightDecay * p, weightDecay != 0.0);
  let mean = beta1 * m[at] + rest1 * g;
  // In this order the square of a large gradient does not overflow, and the bits are PyTorch's.
  let square = beta2 * v[at] + rest2 * g * g;
  m[at] = mean;
  v[at] = square;
  // Bounded below, so that eps = 0 cannot divide 0 by 0 where a gradient has always been 0.
  let root = max(sqrt(square) / rootCorrection2 + eps, vec4<f32>(1e-30));
  parameters[at] = p - stepSize * (mean / root);
}
