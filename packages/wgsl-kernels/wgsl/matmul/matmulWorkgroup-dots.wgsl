// matmulWorkgroup
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [64,30], B: [30,40], stored transposed, C: [64,40]; rows padded with zeros to multiples of 4.
// One workgroup: 8 x 8 invocations, 32 rows times 32 columns; it holds 16 of k at a time, in
// left[row][vec4 of k] and right[column][vec4 of k].
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

const M = 64u;
const K = 30u;
const N = 40u;
const A_ROW4 = 8u; // vec4s of a row of A as it is stored
const B_ROW4 = 8u; // vec4s of a row of B as it is stored
const C_ROW4 = 10u; // vec4s of a row of C
const TILE_ROWS = 4u; // rows of C in registers
const TILE_COLUMNS4 = 1u; // vec4s of columns of C in registers
const ACROSS = 8u; // invocations along the columns
const BLOCK_ROWS = 32u; // rows of a workgroup
const BLOCK_COLUMNS4 = 8u; // vec4s of columns of a workgroup
const ROW_BLOCKS = 2u;
const COLUMN_BLOCKS = 2u;
const DEPTH4 = 4u; // vec4s of k in workgroup memory at a time

var<workgroup> left: array<vec4<f32>, BLOCK_ROWS * DEPTH4>;
var<workgroup> right: array<vec4<f32>, 4u * BLOCK_COLUMNS4 * DEPTH4>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let block = group.x;
  let row0 = block % ROW_BLOCKS * BLOCK_ROWS;
  let column0 = block / ROW_BLOCKS % COLUMN_BLOCKS * BLOCK_COLUMNS4;
  let localRow = local / ACROSS * TILE_ROWS;
  let localColumn4 = local % ACROSS * TILE_COLUMNS4;
  let row = row0 + localRow;
  let column4 = column0 + localColumn4;
  let a0 = 0u;
  let b0 = 0u;
  let c0 = 0u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>(); var acc0_3 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>(); var acc1_3 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>(); var acc2_2 = vec4<f32>(); var acc2_3 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>(); var acc3_2 = vec4<f32>(); var acc3_3 = vec4<f32>();
  for (var k0 = 0u; k0 < K; k0 += 4u * DEPTH4) {
    left[local] = a[a0 + min(row0 + local / DEPTH4, M - 1u) * A_ROW4 + min(k0 / 4u + local % DEPTH4, A_ROW4 - 1u)];
    left[local + 64u] = a[a0 + min(row0 + (local + 64u) / DEPTH4, M - 1u) * A_ROW4 + min(k0 / 4u + (local + 64u) % DEPTH4, A_ROW4 - 1u)];
    right[local] = b[b0 + min(column0 * 4u + local / DEPTH4, N - 1u) * B_ROW4 + min(k0 / 4u + local % DEPTH4, B_ROW4 - 1u)];
    right[local + 64u] = b[b0 + min(column0 * 4u + (local + 64u) / DEPTH4, N - 1u) * B_ROW4 + min(k0 / 4u + (local + 64u) % DEPTH4, B_ROW4 - 1u)];
    workgroupBarrier();
    for (var d = 0u; d < (min(k0 + 4u * DEPTH4, K) - k0 + 3u) / 4u; d++) {
      let v0 = left[(localRow) * DEPTH4 + d];
      let v1 = left[(localRow + 1u) * DEPTH4 + d];
      let v2 = left[(localRow + 2u) * DEPTH4 + d];
      let v3 = left[(localRow + 3u) * DEPTH4 + d];
      let w0 = right[(localColumn4 * 4u) * DEPTH4 + d];
      let w1 = right[(localColumn4 * 4u + 1u) * DEPTH4 + d];
      let w2 = right[(localColumn4 * 4u + 2u) * DEPTH4 + d];
      let w3 = right[(localColumn4 * 4u + 3u) * DEPTH4 + d];
      acc0_0 += v0 * w0; acc0_1 += v0 * w1; acc0_2 += v0 * w2; acc0_3 += v0 * w3;
      acc1_0 += v1 * w0; acc1_1 += v1 * w1; acc1_2 += v1 * w2; acc1_3 += v1 * w3;
      acc2_0 += v2 * w0; acc2_1 += v2 * w1; acc2_2 += v2 * w2; acc2_3 += v2 * w3;
      acc3_0 += v3 * w0; acc3_1 += v3 * w1; acc3_2 += v3 * w2; acc3_3 += v3 * w3;
    }
    workgroupBarrier();
  }
  if ((row < M) & (column4 < C_ROW4)) {
    c[c0 + row * C_ROW4 + column4] = vec4<f32>(acc0_0.x, acc0_1.x, acc0_2.x, acc0_3.x) + vec4<f32>(acc0_0.y, acc0_1.y, acc0_2.y, acc0_3.y) + vec4<f32>(acc0_0.z, acc0_1.z, acc0_2.z, acc0_3.z) + vec4<f32>(acc0_0.w, acc0_1.w, acc0_2.w, acc0_3.w);
    c[c0 + (row + 1u) * C_ROW4 + column4] = vec4<f32>(acc1_0.x, acc1_1.x, acc1_2.x, acc1_3.x) + vec4<f32>(acc1_0.y, acc1_1.y, acc1_2.y, acc1_3.y) + vec4<f32>(acc1_0.z, acc1_1.z, acc1_2.z, acc1_3.z) + vec4<f32>(acc1_0.w, acc1_1.w, acc1_2.w, acc1_3.w);
    c[c0 + (row + 2u) * C_ROW4 + column4] = vec4<f32>(acc2_0.x, acc2_1.x, acc2_2.x, acc2_3.x) + vec4<f32>(acc2_0.y, acc2_1.y, acc2_2.y, acc2_3.y) + vec4<f32>(acc2_0.z, acc2_1.z, acc2_2.z, acc2_3.z) + vec4<f32>(acc2_0.w, acc2_1.w, acc2_2.w, acc2_3.w);
    c[c0 + (row + 3u) * C_ROW4 + column4] = vec4<f32>(acc3_0.x, acc3_1.x, acc3_2.x, acc3_3.x) + vec4<f32>(acc3_0.y, acc3_1.y, acc3_2.y, acc3_3.y) + vec4<f32>(acc3_0.z, acc3_1.z, acc3_2.z, acc3_3.z) + vec4<f32>(acc3_0.w, acc3_1.w, acc3_2.w, acc3_3.w);
  }
}
