// matmul
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [8,6], stored transposed, B: [6,10], stored transposed, C: [8,10]; rows padded with zeros to multiples of 4.
// One invocation: 4 columns times 2 vec4 of rows, in acc<column>_<vec4>.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

const K = 6u;
const N = 10u;
const A_ROW4 = 2u; // vec4s of a row of A as it is stored
const B_ROW4 = 2u; // vec4s of a row of B as it is stored
const C_ROW4 = 3u; // vec4s of a row of C
const TILE_ROWS = 8u; // rows of C in registers
const TILE_COLUMNS4 = 1u; // vec4s of columns of C in registers
const ROW_TILES = 1u;
const COLUMN_TILES = 3u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 3u) { return; }
  let row = i % ROW_TILES * TILE_ROWS;
  let column4 = i / ROW_TILES % COLUMN_TILES * TILE_COLUMNS4;
  let a0 = 0u;
  let b0 = 0u;
  let c0 = 0u;
  let i0 = a0 + row / 4u;
  let i1 = a0 + row / 4u + 1u;
  let j0 = b0 + (column4 * 4u) * B_ROW4;
  let j1 = b0 + (min(column4 * 4u + 1u, N - 1u)) * B_ROW4;
  let j2 = b0 + (min(column4 * 4u + 2u, N - 1u)) * B_ROW4;
  let j3 = b0 + (min(column4 * 4u + 3u, N - 1u)) * B_ROW4;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
  for (var k = 0u; k < K - 2u; k += 4u) {
    let v0 = b[j0 + k / 4u];
    let v1 = b[j1 + k / 4u];
    let v2 = b[j2 + k / 4u];
    let v3 = b[j3 + k / 4u];
    let w0_0 = a[k * A_ROW4 + i0]; let w0_1 = a[k * A_ROW4 + i1];
    acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1;
    acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1;
    acc2_0 += v2.x * w0_0; acc2_1 += v2.x * w0_1;
    acc3_0 += v3.x * w0_0; acc3_1 += v3.x * w0_1;
    let w1_0 = a[(k + 1u) * A_ROW4 + i0]; let w1_1 = a[(k + 1u) * A_ROW4 + i1];
    acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1;
    acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1;
    acc2_0 += v2.y * w1_0; acc2_1 += v2.y * w1_1;
    acc3_0 += v3.y * w1_0; acc3_1 += v3.y * w1_1;
    let w2_0 = a[(k + 2u) * A_ROW4 + i0]; let w2_1 = a[(k + 2u) * A_ROW4 + i1];
    acc0_0 += v0.z * w2_0; acc0_1 += v0.z * w2_1;
    acc1_0 += v1.z * w2_0; acc1_1 += v1.z * w2_1;
    acc2_0 += v2.z * w2_0; acc2_1 += v2.z * w2_1;
    acc3_0 += v3.z * w2_0; acc3_1 += v3.z * w2_1;
    let w3_0 = a[(k + 3u) * A_ROW4 + i0]; let w3_1 = a[(k + 3u) * A_ROW4 + i1];
    acc0_0 += v0.w * w3_0; acc0_1 += v0.w * w3_1;
    acc1_0 += v1.w * w3_0; acc1_1 += v1.w * w3_1;
    acc2_0 += v2.w * w3_0; acc2_1 += v2.w * w3_1;
    acc3_0 += v3.w * w3_0; acc3_1 += v3.w * w3_1;
  }
  {
    let k = K - 2u;
    let v0 = b[j0 + k / 4u];
    let v1 = b[j1 + k / 4u];
    let v2 = b[j2 + k / 4u];
    let v3 = b[j3 + k / 4u];
    let w0_0 = a[k * A_ROW4 + i0]; let w0_1 = a[k * A_ROW4 + i1];
    acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1;
    acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1;
    acc2_0 += v2.x * w0_0; acc2_1 += v2.x * w0_1;
    acc3_0 += v3.x * w0_0; acc3_1 += v3.x * w0_1;
    let w1_0 = a[(k + 1u) * A_ROW4 + i0]; let w1_1 = a[(k + 1u) * A_ROW4 + i1];
    acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1;
    acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1;
    acc2_0 += v2.y * w1_0; acc2_1 += v2.y * w1_1;
    acc3_0 += v3.y * w1_0; acc3_1 += v3.y * w1_1;
  }
  c[c0 + row * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_0.x, acc1_0.x, acc2_0.x, acc3_0.x), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
  c[c0 + (row + 1u) * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_0.y, acc1_0.y, acc2_0.y, acc3_0.y), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
  c[c0 + (row + 2u) * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_0.z, acc1_0.z, acc2_0.z, acc3_0.z), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
  c[c0 + (row + 3u) * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_0.w, acc1_0.w, acc2_0.w, acc3_0.w), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
  c[c0 + (row + 4u) * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_1.x, acc1_1.x, acc2_1.x, acc3_1.x), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
  c[c0 + (row + 5u) * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_1.y, acc1_1.y, acc2_1.y, acc3_1.y), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
  c[c0 + (row + 6u) * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_1.z, acc1_1.z, acc2_1.z, acc3_1.z), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
  c[c0 + (row + 7u) * C_ROW4 + column4] = select(vec4<f32>(), vec4<f32>(acc0_1.w, acc1_1.w, acc2_1.w, acc3_1.w), vec4<bool>(true, true, column4 < C_ROW4 - 1u, column4 < C_ROW4 - 1u));
}
