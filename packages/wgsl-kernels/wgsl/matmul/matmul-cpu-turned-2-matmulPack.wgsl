// matmulPack
// packed[panel][k][v] = B[k][panel*2 + v], in vec4s.
// B: [192,768], rows padded with zeros to multiples of 4; packed: [96,192,8]
// One invocation: 8 rows of one panel.
@group(0) @binding(0) var<storage, read> turnedB: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4<f32>>;

const K = 192u;
const B_ROW4 = 192u; // vec4s of a row of B as it is stored
const TILE_COLUMNS4 = 2u; // vec4s of columns of C in registers
const COLUMN_TILES = 96u;
const ROWS_EACH = 8u;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let panel = i % COLUMN_TILES;
  let first = i / COLUMN_TILES * ROWS_EACH;
  let end = first + ROWS_EACH;
  for (var k = first; k < end; k++) {
    packed[(panel * K + k) * TILE_COLUMNS4 + 0u] = turnedB[k * B_ROW4 + panel * TILE_COLUMNS4 + 0u];
    packed[(panel * K + k) * TILE_COLUMNS4 + 1u] = turnedB[k * B_ROW4 + panel * TILE_COLUMNS4 + 1u];
  }
}
