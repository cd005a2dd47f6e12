// matmulPack
// packed[panel][k][v] = B[k][panel*2 + v], in vec4s.
// B: [130,257], rows padded with zeros to multiples of 4; packed: [33,130,8]
// One invocation: 8 rows of one panel.
@group(0) @binding(0) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4<f32>>;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let panel = i % 33u;
  let first = i / 33u * 8u;
  let end = min(first + 8u, 130u);
  for (var k = first; k < end; k++) {
    packed[(panel * 130u + k) * 2u + 0u] = b[k * 65u + panel * 2u + 0u];
    if (panel * 2u + 1u < 65u) { packed[(panel * 130u + k) * 2u + 1u] = b[k * 65u + panel * 2u + 1u]; } else { packed[(panel * 130u + k) * 2u + 1u] = vec4<f32>(); }
  }
}
