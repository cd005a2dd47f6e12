// clipGradients
// gradient *= min(1, 1/(norm + 1e-6)).
// gradients: arena of 98624 floats; norm: (norm, 0, 0, 0)
// groups: the parameter group of each of 1541 blocks of 64 floats, 0xffffffff for frozen ones.
// One invocation handles four floats.
@group(0) @binding(0) var<storage, read_write> gradients: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> groups: array<u32>;
@group(0) @binding(2) var<storage, read> norm: array<vec4<f32>>;

const BLOCK4 = 16u;
const FROZEN = 4294967295u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 24656u) { return; }
  let group = groups[i / BLOCK4];
  if (group == FROZEN) { return; }
  let at = i;
  let factor = 1f / (norm[0].x + 1e-6);
  let scale = select(factor, 1.0, factor > 1.0);
  let g = gradients[at];
  gradients[at] = select(g * scale, g, g == vec4<f32>());
}
