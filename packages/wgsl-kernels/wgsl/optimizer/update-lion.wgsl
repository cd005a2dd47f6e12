// lionUpdate
// u = sign(beta1·m + (1 - beta1)·g); p -= lr·(u + weightDecay·p); m = beta2·m + (1 - beta2)·g
// parameters, gradients, exp_avg: arenas of 98624 floats
// hyper: per group lr, 1 - beta1, beta2, 1 - beta2, weightDecay, 3 unused
// groups: the parameter group of each of 1541 blocks of 64 floats, 0xffffffff for frozen ones.
// One invocation handles four floats.
@group(0) @binding(0) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> exp_avgs: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> groups: array<u32>;
@group(0) @binding(4) var<storage, read> hyper: array<f32>;

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
  let p = parameters[at];
  var g = gradients[at];
  var exp_avg = exp_avgs[at];
  let direction = sign((1f - h1) * exp_avg + h1 * g);
  exp_avg = h2 * exp_avg + h3 * g;
  let next = p * (1f - h0 * h4) - h0 * direction;
  exp_avgs[at] = exp_avg;
  parameters[at] = next;
}
