// winogradInputGradientFilter
// U = G g G^T, the 4x4 form of a 3x3 filter turned by half a turn, for every pair of channels; G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].
// transposed: [3,3,64,16]
// transformed: [2 panels, 4,4 elements, 64, 8]: a panel of 8 columns lies together
// One invocation transforms 4 filters, neighbours along the columns.
@group(0) @binding(0) var<storage, read> transposed: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> transformed: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = i / 4u;
  let group = i % 4u;
  let to = (group / 2u * 1024u + row) * 2u + group % 2u;
  let g00 = transposed[i + 2048u]; let g10 = transposed[i + 1280u]; let g20 = transposed[i + 512u];
  let g01 = transposed[i + 1792u]; let g11 = transposed[i + 1024u]; let g21 = transposed[i + 256u];
  let g02 = transposed[i + 1536u]; let g12 = transposed[i + 768u]; let g22 = transposed[i + 0u];
  let h00 = g00; let h10 = 0.5 * (g00 + g10 + g20); let h20 = 0.5 * (g00 - g10 + g20); let h30 = g20;
  let h01 = g01; let h11 = 0.5 * (g01 + g11 + g21); let h21 = 0.5 * (g01 - g11 + g21); let h31 = g21;
  let h02 = g02; let h12 = 0.5 * (g02 + g12 + g22); let h22 = 0.5 * (g02 - g12 + g22); let h32 = g22;
  let u00 = h00; let u01 = 0.5 * (h00 + h01 + h02); let u02 = 0.5 * (h00 - h01 + h02); let u03 = h02;
  transformed[to + 0u] = u00; transformed[to + 128u] = u01; transformed[to + 256u] = u02; transformed[to + 384u] = u03;
  let u10 = h10; let u11 = 0.5 * (h10 + h11 + h12); let u12 = 0.5 * (h10 - h11 + h12); let u13 = h12;
  transformed[to + 512u] = u10; transformed[to + 640u] = u11; transformed[to + 768u] = u12; transformed[to + 896u] = u13;
  let u20 = h20; let u21 = 0.5 * (h20 + h21 + h22); let u22 = 0.5 * (h20 - h21 + h22); let u23 = h22;
  transformed[to + 1024u] = u20; transformed[to + 1152u] = u21; transformed[to + 1280u] = u22; transformed[to + 1408u] = u23;
  let u30 = h30; let u31 = 0.5 * (h30 + h31 + h32); let u32 = 0.5 * (h30 - h31 + h32); let u33 = h32;
  transformed[to + 1536u] = u30; transformed[to + 1664u] = u31; transformed[to + 1792u] = u32; transformed[to + 1920u] = u33;
}
