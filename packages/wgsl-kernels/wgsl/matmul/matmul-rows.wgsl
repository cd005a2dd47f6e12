// matmul
// c[i,j] = sum_k A[i,k] B[k,j] + bias[j]; negative values become 0
// A: [64,128], B: [128,64], C: [64,64]; rows padded with zeros to multiples of 4.
// One invocation: 6 rows times 2 vec4 of columns, in acc<row>_<vec4>.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;

const M = 64u;
const K = 128u;
const A_ROW4 = 32u; // vec4s of a row of A as it is stored
const B_ROW4 = 16u; // vec4s of a row of B as it is stored
const C_ROW4 = 16u; // vec4s of a row of C
const TILE_ROWS = 6u; // rows of C in registers
const TILE_COLUMNS4 = 2u; // vec4s of columns of C in registers
const ROW_TILES = 11u;
const COLUMN_TILES = 8u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 88u) { return; }
  let row = i % ROW_TILES * TILE_ROWS;
  let column4 = i / ROW_TILES % COLUMN_TILES * TILE_COLUMNS4;
  let a0 = 0u;
  let b0 = 0u;
  let c0 = 0u;
  let j0 = column4;
  let j1 = column4 + 1u;
  let i0 = a0 + (row) * A_ROW4;
  let i1 = a0 + (min(row + 1u, M - 1u)) * A_ROW4;
  let i2 = a0 + (min(row + 2u, M - 1u)) * A_ROW4;
  let i3 = a0 + (min(row + 3u, M - 1u)) * A_ROW4;
  let i4 = a0 + (min(row + 4u, M - 1u)) * A_ROW4;
  let i5 = a0 + (min(row + 5u, M - 1u)) * A_ROW4;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
  var acc4_0 = vec4<f32>(); var acc4_1 = vec4<f32>();
  var acc5_0 = vec4<f32>(); var acc5_1 = vec4<f32>();
  for (var k = 0u; k < K; k += 4u) {
    let v0 = a[i0 + k / 4u];
    let v1 = a[i1 + k / 4u];
    let v2 = a[i2 + k / 4u];
    let v3 = a[i3 + k / 4u];
    let v4 = a[i4 + k / 4u];
    let v5 = a[i5 + k / 4u];
    let w0_0 = b[b0 + k * B_ROW4 + j0]; let w0_1 = b[b0 + k * B_ROW4 + j1];
    acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1;
    acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1;
    acc2_0 += v2.x * w0_0; acc2_1 += v2.x * w0_1;
    acc3_0 += v3.x * w0_0; acc3_1 += v3.x * w0_1;
    acc4_0 += v4.x * w0_0; acc4_1 += v4.x * w0_1;
    acc5_0 += v5.x * w0_0; acc5_1 += v5.x * w0_1;
    let w1_0 = b[b0 + (k + 1u) * B_ROW4 + j0]; let w1_1 = b[b0 + (k + 1u) * B_ROW4 + j1];
    acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1;
    acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1;
    acc2_0 += v2.y * w1_0; acc2_1 += v2.y * w1_1;
    acc3_0 += v3.y * w1_0; acc3_1 += v3.y * w1_1;
    acc4_0 += v4.y * w1_0; acc4_1 += v4.y * w1_1;
    acc5_0 += v5.y * w1_0; acc5_1 += v5.y * w1_1;
    let w2_0 = b[b0 + (k + 2u) * B_ROW4 + j0]; let w2_1 = b[b0 + (k + 2u) * B_ROW4 + j1];
    acc0_0 += v0.z * w2_0; acc0_1 += v0.z * w2_1;
    acc1_0 += v1.z * w2_0; acc1_1 += v1.z * w2_1;
    acc2_0 += v2.z * w2_0; acc2_1 += v2.z * w2_1;
    acc3_0 += v3.z * w2_0; acc3_1 += v3.z * w2_1;
    acc4_0 += v4.z * w2_0; acc4_1 += v4.z * w2_1;
    acc5_0 += v5.z * w2_0; acc5_1 += v5.z * w2_1;
    let w3_0 = b[b0 + (k + 3u) * B_ROW4 + j0]; let w3_1 = b[b0 + (k + 3u) * B_ROW4 + j1];
    acc0_0 += v0.w * w3_0; acc0_1 += v0.w * w3_1;
    acc1_0 += v1.w * w3_0; acc1_1 += v1.w * w3_1;
    acc2_0 += v2.w * w3_0; acc2_1 += v2.w * w3_1;
    acc3_0 += v3.w * w3_0; acc3_1 += v3.w * w3_1;
    acc4_0 += v4.w * w3_0; acc4_1 += v4.w * w3_1;
    acc5_0 += v5.w * w3_0; acc5_1 += v5.w * w3_1;
  }
  c[c0 + row * C_ROW4 + column4] = max(acc0_0 + bias[column4], vec4<f32>());
  c[c0 + row * C_ROW4 + column4 + 1u] = max(acc0_1 + bias[column4 + 1u], vec4<f32>());
  if (row + 1u < M) { c[c0 + (row + 1u) * C_ROW4 + column4] = max(acc1_0 + bias[column4], vec4<f32>()); }
  if (row + 1u < M) { c[c0 + (row + 1u) * C_ROW4 + column4 + 1u] = max(acc1_1 + bias[column4 + 1u], vec4<f32>()); }
  if (row + 2u < M) { c[c0 + (row + 2u) * C_ROW4 + column4] = max(acc2_0 + bias[column4], vec4<f32>()); }
  if (row + 2u < M) { c[c0 + (row + 2u) * C_ROW4 + column4 + 1u] = max(acc2_1 + bias[column4 + 1u], vec4<f32>()); }
  if (row + 3u < M) { c[c0 + (row + 3u) * C_ROW4 + column4] = max(acc3_0 + bias[column4], vec4<f32>()); }
  if (row + 3u < M) { c[c0 + (row + 3u) * C_ROW4 + column4 + 1u] = max(acc3_1 + bias[column4 + 1u], vec4<f32>()); }
  if (row + 4u < M) { c[c0 + (row + 4u) * C_ROW4 + column4] = max(acc4_0 + bias[column4], vec4<f32>()); }
  if (row + 4u < M) { c[c0 + (row + 4u) * C_ROW4 + column4 + 1u] = max(acc4_1 + bias[column4 + 1u], vec4<f32>()); }
  if (row + 5u < M) { c[c0 + (row + 5u) * C_ROW4 + column4] = max(acc5_0 + bias[column4], vec4<f32>()); }
  if (row + 5u < M) { c[c0 + (row + 5u) * C_ROW4 + column4 + 1u] = max(acc5_1 + bias[column4 + 1u], vec4<f32>()); }
}
