// winogradForwardFilter
// U = G g G^T, the 4x4 form of a 3x3 filter, for every pair of channels; G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].
// weight: [3,3,16,64]
// transformed: [8 panels, 4,4 elements, 16, 8]: a panel of 8 columns lies together
// One invocation transforms 4 filters, neighbours along the columns.
@group(0) @binding(0) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> transformed: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = i / 16u;
  let group = i % 16u;
  let to = (group / 2u * 256u + row) * 2u + group % 2u;
  let g00 = weight[i + 0u]; let g10 = weight[i + 768u]; let g20 = weight[i + 1536u];
  let g01 = weight[i + 256u]; let g11 = weight[i + 1024u]; let g21 = weight[i + 1792u];
  let g02 = weight[i + 512u]; let g12 = weight[i + 1280u]; let g22 = weight[i + 2048u];
  let h00 = g00; let h10 = 0.5 * (g00 + g10 + g20); let h20 = 0.5 * (g00 - g10 + g20); let h30 = g20;
  let h01 = g01; let h11 = 0.5 * (g01 + g11 + g21); let h21 = 0.5 * (g01 - g11 + g21); let h31 = g21;
  let h02 = g02; let h12 = 0.5 * (g02 + g12 + g22); let h22 = 0.5 * (g02 - g12 + g22); let h32 = g22;
  let u00 = h00; let u01 = 0.5 * (h00 + h01 + h02); let u02 = 0.5 * (h00 - h01 + h02); let u03 = h02;
  transformed[to + 0u] = u00; transformed[to + 32u] = u01; transformed[to + 64u] = u02; transformed[to + 96u] = u03;
  let u10 = h10; let u11 = 0.5 * (h10 + h11 + h12); let u12 = 0.5 * (h10 - h11 + h12); let u13 = h12;
  transformed[to + 128u] = u10; transformed[to + 160u] = u11; transformed[to + 192u] = u12; transformed[to + 224u] = u13;
  let u20 = h20; let u21 = 0.5 * (h20 + h21 + h22); let u22 = 0.5 * (h20 - h21 + h22); let u23 = h22;
  transformed[to + 256u] = u20; transformed[to + 288u] = u21; transformed[to + 320u] = u22; transformed[to + 352u] = u23;
  let u30 = h30; let u31 = 0.5 * (h30 + h31 + h32); let u32 = 0.5 * (h30 - h31 + h32); let u33 = h32;
  transformed[to + 384u] = u30; transformed[to + 416u] = u31; transformed[to + 448u] = u32; transformed[to + 480u] = u33;
}
