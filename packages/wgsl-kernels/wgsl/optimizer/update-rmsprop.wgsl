// rmspropUpdate
// g = gradient + weightDecay·p; v = alpha·v + (1 - alpha)·g²; b = momentum·b + g / (√v + eps); p -= lr·b
// parameters, gradients, square_avg, momentum_buffer: arenas of 98624 floats
// hyper: per group lr, weightDecay, alpha, 1 - alpha, eps, momentum, 2 unused
// groups: the parameter group of each of 1541 blocks of 64 floats, 0xffffffff for frozen ones.
// One invocation handles four floats.
@group(0) @binding(0) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> square_avgs: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> momentum_buffers: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> groups: array<u32>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;

const BLOCK4 = 16u;
const FROZEN = 4294967295u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 24656u) { return; }
  let group = groups[i / BLOCK4];
  if (group == FROZEN) { return; }
  let at = i;
  let h0 = hyper[group * 8u + 0u];
  let h1 = hyper[group * 8u + 1u];
  let h2 = hyper[group * 8u + 2u];
  let h3 = hyper[group * 8u + 3u];
  let h4 = hyper[group * 8u + 4u];
  let h5 = hyper[group * 8u + 5u];
  let p = parameters[at];
  var g = gradients[at];
  var square_avg = square_avgs[at];
  var momentum_buffer = momentum_buffers[at];
  g += h1 * p;
  square_avg = h2 * square_avg + h3 * g * g;

  let root = sqrt(square_avg) + h4;
  momentum_buffer = h5 * momentum_buffer + g / max(root, vec4<f32>(1e-30));
  let next = p - h0 * momentum_buffer;
  square_avgs[at] = square_avg;
  momentum_buffers[at] = momentum_buffer;
  parameters[at] = next;
}
