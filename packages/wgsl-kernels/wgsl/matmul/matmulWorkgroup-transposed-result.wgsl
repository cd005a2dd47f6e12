// matmulWorkgroup
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [64,30], stored transposed, B: [30,40], stored transposed, C: [64,40]; rows padded with zeros to multiples of 4.
// One workgroup: 8 x 8 invocations, 32 rows times 32 columns; it holds 16 of k at a time, in
// left[k][vec4 of rows] and right[column][vec4 of k].
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

const M = 64u;
const K = 30u;
const N = 40u;
const A_ROW4 = 16u; // vec4s of a row of A as it is stored
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
  var acc0_0 = vec4<f32>();
  var acc1_0 = vec4<f32>();
  var acc2_0 = vec4<f32>();
  var acc3_0 = vec4<f32>();
  for (var k0 = 0u; k0 < K; k0 += 4u * DEPTH4) {
    left[local] = a[a0 + min(k0 + local / (BLOCK_ROWS / 4u), K - 1u) * A_ROW4 + min(row0 / 4u + local % (BLOCK_ROWS / 4u), A_ROW4 - 1u)];
    left[local + 64u] = a[a0 + min(k0 + (local + 64u) / (BLOCK_ROWS / 4u), K - 1u) * A_ROW4 + min(row0 / 4u + (local + 64u) % (BLOCK_ROWS / 4u), A_ROW4 - 1u)];
    right[local] = b[b0 + min(column0 * 4u + local / DEPTH4, N - 1u) * B_ROW4 + min(k0 / 4u + local % DEPTH4, B_ROW4 - 1u)];
    right[local + 64u] = b[b0 + min(column0 * 4u + (local + 64u) / DEPTH4, N - 1u) * B_ROW4 + min(k0 / 4u + (local + 64u) % DEPTH4, B_ROW4 - 1u)];
    workgroupBarrier();
    let whole = (min(min(k0 + 4u * DEPTH4, K), K - 2u) - k0) / 4u;
    for (var d = 0u; d < whole; d++) {
      let v0 = right[(localColumn4 * 4u) * DEPTH4 + d];
      let v1 = right[(localColumn4 * 4u + 1u) * DEPTH4 + d];
      let v2 = right[(localColumn4 * 4u + 2u) * DEPTH4 + d];
      let v3 = right[(localColumn4 * 4u + 3u) * DEPTH4 + d];
      let w0_0 = left[(d * 4u + 0u) * (BLOCK_ROWS / 4u) + localRow / 4u];
      acc0_0 += v0.x * w0_0;
      acc1_0 += v1.x * w0_0;
      acc2_0 += v2.x * w0_0;
      acc3_0 += v3.x * w0_0;
      let w1_0 = left[(d * 4u + 1u) * (BLOCK_ROWS / 4u) + localRow / 4u];
      acc0_0 += v0.y * w1_0;
      acc1_0 += v1.y * w1_0;
      acc2_0 += v2.y * w1_0;
      acc3_0 += v3.y * w1_0;
      let w2_0 = left[(d * 4u + 2u) * (BLOCK_ROWS / 4u) + localRow / 4u];
      acc0_0 += v0.z * w2_0;
      acc1_0 += v1.z * w2_0;
      acc2_0 += v2.z * w2_0;
      acc3_0 += v3.z * w2_0;
      let w3_0 = left[(d * 4u + 3u) * (BLOCK_ROWS / 4u) + localRow / 4u];
      acc0_0 += v0.w * w3_0;
      acc1_0 += v1.w * w3_0;
      acc2_0 += v2.w * w3_0;
      acc3_0 += v3.w * w3_0;
    }
    if (min(k0 + 4u * DEPTH4, K) == K) {
      let d = whole;
      let v0 = right[(localColumn4 * 4u) * DEPTH4 + d];
      let v1 = right[(localColumn4 * 4u + 1u) * DEPTH4 + d];
      let v2 = right[(localColumn4 * 4u + 2u) * DEPTH4 + d];
      let v3 = right[(localColumn4 * 4u + 3u) * DEPTH4 + d];
      let w0_0 = left[(d * 4u + 0u) * (BLOCK_ROWS / 4u) + localRow / 4u];
      acc0_0 += v0.x * w0_0;
      acc1_0 += v1.x * w0_0;
      acc2_0 += v2.x * w0_0;
      acc3_0 += v3.x * w0_0;
      let w1_0 = left[(d * 4u + 1u) * (BLOCK_ROWS / 4u) + localRow / 4u];
      acc0_0 += v0.y * w1_0;
      acc1_0 += v1.y * w1_0;
      acc2_0 += v2.y * w1_0;
      acc3_0 += v3.y * w1_0;
    }
    workgroupBarrier();
  }
  if ((row < M) & (column4 < C_ROW4)) {
    c[c0 + row * C_ROW4 + column4] = vec4<f32>(acc0_0.x, acc1_0.x, acc2_0.x, acc3_0.x);
    c[c0 + (row + 1u) * C_ROW4 + column4] = vec4<f32>(acc0_0.y, acc1_0.y, acc2_0.y, acc3_0.y);
    c[c0 + (row + 2u) * C_ROW4 + column4] = vec4<f32>(acc0_0.z, acc1_0.z, acc2_0.z, acc3_0.z);
    c[c0 + (row + 3u) * C_ROW4 + column4] = vec4<f32>(acc0_0.w, acc1_0.w, acc2_0.w, acc3_0.w);
  }
}
