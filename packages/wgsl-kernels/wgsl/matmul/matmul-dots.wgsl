// matmul
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [64,30], B: [30,10], stored transposed, C: [64,10]; rows padded with zeros to multiples of 4.
// One invocation: 2 rows times 4 columns, in acc<row>_<column> whose lanes are partial sums.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

const N = 10u;
const A_ROW4 = 8u; // vec4s of a row of A as it is stored
const C_ROW4 = 3u; // vec4s of a row of C
const TILE_ROWS = 2u; // rows of C in registers
const TILE_COLUMNS4 = 1u; // vec4s of columns of C in registers
const ROW_TILES = 32u;
const COLUMN_TILES = 3u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 96u) { return; }
  let row = i % ROW_TILES * TILE_ROWS;
  let column4 = i / ROW_TILES % COLUMN_TILES * TILE_COLUMNS4;
  let a0 = 0u;
  let b0 = 0u;
  let c0 = 0u;
  let i0 = a0 + (row) * A_ROW4;
  let i1 = a0 + (row + 1u) * A_ROW4;
  let j0 = b0 + (column4 * 4u) * A_ROW4;
  let j1 = b0 + (min(column4 * 4u + 1u, N - 1u)) * A_ROW4;
  let j2 = b0 + (min(column4 * 4u + 2u, N - 1u)) * A_ROW4;
  let j3 = b0 + (min(column4 * 4u + 3u, N - 1u)) * A_ROW4;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>(); var acc0_3 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>(); var acc1_3 = vec4<f32>();
  for (var k = 0u; k < A_ROW4; k++) {
    let v0 = a[i0 + k]; let v1 = a[i1 + k];
    let w0 = b[j0 + k]; let w1 = b[j1 + k]; let w2 = b[j2 + k]; let w3 = b[j3 + k];
    acc0_0 += v0 * w0; acc0_1 += v0 * w1; acc0_2 += v0 * w2; acc0_3 += v0 * w3;
    acc1_0 += v1 * w0; acc1_1 += v1 * w1; acc1_2 += v1 * w2; acc1_3 += v1 * w3;
  }
  c[c0 + row * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_0.x, acc0_1.x, acc0_2.x, acc0_3.x) + vec4<f32>(acc0_0.y, acc0_1.y, acc0_2.y, acc0_3.y) + vec4<f32>(acc0_0.z, acc0_1.z, acc0_2.z, acc0_3.z) + vec4<f32>(acc0_0.w, acc0_1.w, acc0_2.w, acc0_3.w), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
  c[c0 + (row + 1u) * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc1_0.x, acc1_1.x, acc1_2.x, acc1_3.x) + vec4<f32>(acc1_0.y, acc1_1.y, acc1_2.y, acc1_3.y) + vec4<f32>(acc1_0.z, acc1_1.z, acc1_2.z, acc1_3.z) + vec4<f32>(acc1_0.w, acc1_1.w, acc1_2.w, acc1_3.w), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
}
