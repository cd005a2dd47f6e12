// winogradInputGradientFilter
// U = G g G^T, the 4x4 form of a 3x3 filter rotated by 180 degrees, for every pair of channels;
// G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].
// transposed: [3,3,64,16]
// transformed: [2 panels, 4,4 elements, 64, 8]: the columns of a panel lie together
// One invocation transforms 8 filters, those of a panel: elements may lie so far apart that they push each
// other out of a first-level cache, and so whole cache lines are written at once.
@group(0) @binding(0) var<storage, read> transposed: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> transformed: array<vec4<f32>>;

const ROWS = 64u; // channels that are summed over
const GROUPS = 4u; // vec4s of channels that are computed
const PANEL = 2u; // vec4s of them that lie together
const TAP = 256u; // vec4s of a tap of the 3x3
const ELEMENT = 128u; // vec4s of an element of the 4x4, in a panel

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = i % ROWS;
  let panel = i / ROWS;
  for (var j = 0u; j < PANEL; j++) {
    let at = row * GROUPS + panel * PANEL + j;
    let to = (panel * (16u * ROWS) + row) * PANEL + j;
    let g00 = transposed[at + 8u * TAP]; let g10 = transposed[at + 5u * TAP]; let g20 = transposed[at + 2u * TAP];
    let g01 = transposed[at + 7u * TAP]; let g11 = transposed[at + 4u * TAP]; let g21 = transposed[at + TAP];
    let g02 = transposed[at + 6u * TAP]; let g12 = transposed[at + 3u * TAP]; let g22 = transposed[at];
    let h00 = g00; let h10 = 0.5 * (g00 + g10 + g20); let h20 = 0.5 * (g00 - g10 + g20); let h30 = g20;
    let h01 = g01; let h11 = 0.5 * (g01 + g11 + g21); let h21 = 0.5 * (g01 - g11 + g21); let h31 = g21;
    let h02 = g02; let h12 = 0.5 * (g02 + g12 + g22); let h22 = 0.5 * (g02 - g12 + g22); let h32 = g22;
    let u00 = h00; let u01 = 0.5 * (h00 + h01 + h02); let u02 = 0.5 * (h00 - h01 + h02); let u03 = h02;
    transformed[to] = u00; transformed[to + ELEMENT] = u01; transformed[to + 2u * ELEMENT] = u02; transformed[to + 3u * ELEMENT] = u03;
    let u10 = h10; let u11 = 0.5 * (h10 + h11 + h12); let u12 = 0.5 * (h10 - h11 + h12); let u13 = h12;
    transformed[to + 4u * ELEMENT] = u10; transformed[to + 5u * ELEMENT] = u11; transformed[to + 6u * ELEMENT] = u12; transformed[to + 7u * ELEMENT] = u13;
    let u20 = h20; let u21 = 0.5 * (h20 + h21 + h22); let u22 = 0.5 * (h20 - h21 + h22); let u23 = h22;
    transformed[to + 8u * ELEMENT] = u20; transformed[to + 9u * ELEMENT] = u21; transformed[to + 10u * ELEMENT] = u22; transformed[to + 11u * ELEMENT] = u23;
    let u30 = h30; let u31 = 0.5 * (h30 + h31 + h32); let u32 = 0.5 * (h30 - h31 + h32); let u33 = h32;
    transformed[to + 12u * ELEMENT] = u30; transformed[to + 13u * ELEMENT] = u31; transformed[to + 14u * ELEMENT] = u32; transformed[to + 15u * ELEMENT] = u33;
  }
}
