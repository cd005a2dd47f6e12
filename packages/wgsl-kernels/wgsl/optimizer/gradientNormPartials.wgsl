// gradientNormPartials
// partials[part] = Σ gradient² over 7 blocks of 64 floats, frozen ones (group 0xffffffff) left out.
// gradients: arena of 98624 floats; groups: u32 per block; partials: 221 vec4 of partial sums
// One invocation sums one part.
@group(0) @binding(0) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> groups: array<u32>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4<f32>>;

const BLOCK4 = 16u;
const FROZEN = 4294967295u;
const PART = 7u;
const BLOCKS = 1541u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 221u) { return; }
  var sum = vec4<f32>(0.0);
  for (var block = i * PART; block < min((i + 1u) * PART, BLOCKS); block++) {
    if (groups[block] != FROZEN) {
      var own = vec4<f32>();
      for (var at = 0u; at < BLOCK4; at++) {
        let g = gradients[block * BLOCK4 + at];
        own += g * g;
      }
      sum += own;
    }
  }
  partials[i] = sum;
}
