// sgd
// g = gradient + weightDecay·p; state = momentum·state + g; p -= lr·(nesterov ? g + momentum·state : state).
// parameters, gradients, state: arenas of 98624 floats
// hyper: per group (lr, momentum, nesterov, weightDecay), (4 unused)
// groups: the parameter group of each of 1541 blocks of 64 floats, 0xffffffff for frozen ones.
// One invocation handles one block.
@group(0) @binding(0) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> state: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> groups: array<u32>;
@group(0) @binding(4) var<storage, read> hyper: array<vec4<f32>>;

const BLOCK4 = 16u;
const FROZEN = 4294967295u;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let group = groups[i];
  if (group == FROZEN) { return; }
  let rates = hyper[group * 2u];
  let lr = rates.x;
  let momentum = rates.y;
  let nesterov = rates.z != 0.0;
  let weightDecay = rates.w;
  for (var at = i * BLOCK4; at < i * BLOCK4 + BLOCK4; at++) {
    let p = parameters[at];
    // Without decay an infinite parameter has no part in it: 0 · infinity would be NaN.
    let g = select(gradients[at], gradients[at] + weightDecay * p, weightDecay != 0.0);
    let velocity = momentum * state[at] + g;
    state[at] = velocity;
    parameters[at] = p - lr * select(velocity, g + momentum * velocity, nesterov);
  }
}
