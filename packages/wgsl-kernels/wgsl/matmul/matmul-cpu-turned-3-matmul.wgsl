// matmul
// c[i,j] = sum_k A[i,k] B[k,j] + bias[j]
// A: [1600,192], B: [192,768], C: [1600,768]; rows padded with zeros to multiples of 4.
// packed: B in panels of 8 columns, [96,192,8]
// One invocation: 6 rows times 2 vec4 of columns, in acc<row>_<vec4>.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> packed: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;

const M = 1600u;
const K = 192u;
const A_ROW4 = 48u; // vec4s of a row of A as it is stored
const C_ROW4 = 192u; // vec4s of a row of C
const TILE_ROWS = 6u; // rows of C in registers
const TILE_COLUMNS4 = 2u; // vec4s of columns of C in registers
const ROW_TILES = 267u;
const COLUMN_TILES = 96u;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = i % ROW_TILES * TILE_ROWS;
  let column4 = i / ROW_TILES % COLUMN_TILES * TILE_COLUMNS4;
  let a0 = 0u;
  let b0 = 0u;
  let c0 = 0u;
  let panel = column4 * K;
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
    let w0_0 = packed[panel + k * TILE_COLUMNS4]; let w0_1 = packed[panel + k * TILE_COLUMNS4 + 1u];
    acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1;
    acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1;
    acc2_0 += v2.x * w0_0; acc2_1 += v2.x * w0_1;
    acc3_0 += v3.x * w0_0; acc3_1 += v3.x * w0_1;
    acc4_0 += v4.x * w0_0; acc4_1 += v4.x * w0_1;
    acc5_0 += v5.x * w0_0; acc5_1 += v5.x * w0_1;
    let w1_0 = packed[panel + k * TILE_COLUMNS4 + 2u]; let w1_1 = packed[panel + k * TILE_COLUMNS4 + 3u];
    acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1;
    acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1;
    acc2_0 += v2.y * w1_0; acc2_1 += v2.y * w1_1;
    acc3_0 += v3.y * w1_0; acc3_1 += v3.y * w1_1;
    acc4_0 += v4.y * w1_0; acc4_1 += v4.y * w1_1;
    acc5_0 += v5.y * w1_0; acc5_1 += v5.y * w1_1;
    let w2_0 = packed[panel + k * TILE_COLUMNS4 + 4u]; let w2_1 = packed[panel + k * TILE_COLUMNS4 + 5u];
    acc0_0 += v0.z * w2_0; acc0_1 += v0.z * w2_1;
    acc1_0 += v1.z * w2_0; acc1_1 += v1.z * w2_1;
    acc2_0 += v2.z * w2_0; acc2_1 += v2.z * w2_1;
    acc3_0 += v3.z * w2_0; acc3_1 += v3.z * w2_1;
    acc4_0 += v4.z * w2_0; acc4_1 += v4.z * w2_1;
    acc5_0 += v5.z * w2_0; acc5_1 += v5.z * w2_1;
    let w3_0 = packed[panel + k * TILE_COLUMNS4 + 6u]; let w3_1 = packed[panel + k * TILE_COLUMNS4 + 7u];
    acc0_0 += v0.w * w3_0; acc0_1 += v0.w * w3_1;
    acc1_0 += v1.w * w3_0; acc1_1 += v1.w * w3_1;
    acc2_0 += v2.w * w3_0; acc2_1 += v2.w * w3_1;
    acc3_0 += v3.w * w3_0; acc3_1 += v3.w * w3_1;
    acc4_0 += v4.w * w3_0; acc4_1 += v4.w * w3_1;
    acc5_0 += v5.w * w3_0; acc5_1 += v5.w * w3_1;
  }
  c[c0 + row * C_ROW4 + column4] = acc0_0 + bias[column4];
  c[c0 + row * C_ROW4 + column4 + 1u] = acc0_1 + bias[column4 + 1u];
  if (row + 1u < M) { c[c0 + (row + 1u) * C_ROW4 + column4] = acc1_0 + bias[column4]; }
  if (row + 1u < M) { c[c0 + (row + 1u) * C_ROW4 + column4 + 1u] = acc1_1 + bias[column4 + 1u]; }
  if (row + 2u < M) { c[c0 + (row + 2u) * C_ROW4 + column4] = acc2_0 + bias[column4]; }
  if (row + 2u < M) { c[c0 + (row + 2u) * C_ROW4 + column4 + 1u] = acc2_1 + bias[column4 + 1u]; }
  if (row + 3u < M) { c[c0 + (row + 3u) * C_ROW4 + column4] = acc3_0 + bias[column4]; }
  if (row + 3u < M) { c[c0 + (row + 3u) * C_ROW4 + column4 + 1u] = acc3_1 + bias[column4 + 1u]; }
  if (row + 4u < M) { c[c0 + (row + 4u) * C_ROW4 + column4] = acc4_0 + bias[column4]; }
  if (row + 4u < M) { c[c0 + (row + 4u) * C_ROW4 + column4 + 1u] = acc4_1 + bias[column4 + 1u]; }
  if (row + 5u < M) { c[c0 + (row + 5u) * C_ROW4 + column4] = acc5_0 + bias[column4]; }
  if (row + 5u < M) { c[c0 + (row + 5u) * C_ROW4 + column4 + 1u] = acc5_1 + bias[column4 + 1u]; }
}
