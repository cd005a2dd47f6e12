// matmul
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [7,5], stored transposed, B: [5,9], C: [7,9]; rows padded with zeros to multiples of 4.
// One invocation: 4 rows times 2 vec4 of columns, in acc<row>_<vec4>.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

const M = 7u;
const K = 5u;
const A_ROW4 = 2u; // vec4s of a row of A as it is stored
const B_ROW4 = 3u; // vec4s of a row of B as it is stored
const C_ROW4 = 3u; // vec4s of a row of C
const TILE_ROWS = 4u; // rows of C in registers
const TILE_COLUMNS4 = 2u; // vec4s of columns of C in registers
const ROW_TILES = 2u;
const COLUMN_TILES = 2u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 4u) { return; }
  let row = i % ROW_TILES * TILE_ROWS;
  let column4 = i / ROW_TILES % COLUMN_TILES * TILE_COLUMNS4;
  let a0 = 0u;
  let b0 = 0u;
  let c0 = 0u;
  let j0 = column4;
  let j1 = min(column4 + 1u, B_ROW4 - 1u);
  let i0 = a0 + row / 4u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
  for (var k = 0u; k < K - 1u; k += 4u) {
    let v0_0 = a[k * A_ROW4 + i0];
    let w0_0 = b[b0 + k * B_ROW4 + j0]; let w0_1 = b[b0 + k * B_ROW4 + j1];
    acc0_0 += v0_0.x * w0_0; acc0_1 += v0_0.x * w0_1;
    acc1_0 += v0_0.y * w0_0; acc1_1 += v0_0.y * w0_1;
    acc2_0 += v0_0.z * w0_0; acc2_1 += v0_0.z * w0_1;
    acc3_0 += v0_0.w * w0_0; acc3_1 += v0_0.w * w0_1;
    let v1_0 = a[(k + 1u) * A_ROW4 + i0];
    let w1_0 = b[b0 + (k + 1u) * B_ROW4 + j0]; let w1_1 = b[b0 + (k + 1u) * B_ROW4 + j1];
    acc0_0 += v1_0.x * w1_0; acc0_1 += v1_0.x * w1_1;
    acc1_0 += v1_0.y * w1_0; acc1_1 += v1_0.y * w1_1;
    acc2_0 += v1_0.z * w1_0; acc2_1 += v1_0.z * w1_1;
    acc3_0 += v1_0.w * w1_0; acc3_1 += v1_0.w * w1_1;
    let v2_0 = a[(k + 2u) * A_ROW4 + i0];
    let w2_0 = b[b0 + (k + 2u) * B_ROW4 + j0]; let w2_1 = b[b0 + (k + 2u) * B_ROW4 + j1];
    acc0_0 += v2_0.x * w2_0; acc0_1 += v2_0.x * w2_1;
    acc1_0 += v2_0.y * w2_0; acc1_1 += v2_0.y * w2_1;
    acc2_0 += v2_0.z * w2_0; acc2_1 += v2_0.z * w2_1;
    acc3_0 += v2_0.w * w2_0; acc3_1 += v2_0.w * w2_1;
    let v3_0 = a[(k + 3u) * A_ROW4 + i0];
    let w3_0 = b[b0 + (k + 3u) * B_ROW4 + j0]; let w3_1 = b[b0 + (k + 3u) * B_ROW4 + j1];
    acc0_0 += v3_0.x * w3_0; acc0_1 += v3_0.x * w3_1;
    acc1_0 += v3_0.y * w3_0; acc1_1 += v3_0.y * w3_1;
    acc2_0 += v3_0.z * w3_0; acc2_1 += v3_0.z * w3_1;
    acc3_0 += v3_0.w * w3_0; acc3_1 += v3_0.w * w3_1;
  }
  {
    let k = K - 1u;
    let v0_0 = a[k * A_ROW4 + i0];
    let w0_0 = b[b0 + k * B_ROW4 + j0]; let w0_1 = b[b0 + k * B_ROW4 + j1];
    acc0_0 += v0_0.x * w0_0; acc0_1 += v0_0.x * w0_1;
    acc1_0 += v0_0.y * w0_0; acc1_1 += v0_0.y * w0_1;
    acc2_0 += v0_0.z * w0_0; acc2_1 += v0_0.z * w0_1;
    acc3_0 += v0_0.w * w0_0; acc3_1 += v0_0.w * w0_1;
  }
  c[c0 + row * C_ROW4 + column4] = acc0_0;
  if (column4 + 1u < C_ROW4) { c[c0 + row * C_ROW4 + column4 + 1u] = acc0_1; }
  if (row + 1u < M) { c[c0 + (row + 1u) * C_ROW4 + column4] = acc1_0; }
  if (row + 1u < M && column4 + 1u < C_ROW4) { c[c0 + (row + 1u) * C_ROW4 + column4 + 1u] = acc1_1; }
  if (row + 2u < M) { c[c0 + (row + 2u) * C_ROW4 + column4] = acc2_0; }
  if (row + 2u < M && column4 + 1u < C_ROW4) { c[c0 + (row + 2u) * C_ROW4 + column4 + 1u] = acc2_1; }
  if (row + 3u < M) { c[c0 + (row + 3u) * C_ROW4 + column4] = acc3_0; }
  if (row + 3u < M && column4 + 1u < C_ROW4) { c[c0 + (row + 3u) * C_ROW4 + column4 + 1u] = acc3_1; }
}
