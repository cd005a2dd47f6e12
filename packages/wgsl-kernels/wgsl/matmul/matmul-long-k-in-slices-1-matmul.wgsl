// matmul
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [4,301], B: [301,4], C: [4,4]; rows padded with zeros to multiples of 4.
// partial: 4 matrices like C, each for 76 of k
// One invocation: 4 rows times 1 vec4 of columns, in acc<row>_<vec4>.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4<f32>>;

const K = 301u;
const A_ROW4 = 76u; // vec4s of a row of A as it is stored
const C_SIZE4 = 4u; // vec4s of a slice of partial
const SLICE = 76u; // of k
const TILE_ROWS = 4u; // rows of C in registers
const TILE_COLUMNS4 = 1u; // vec4s of columns of C in registers
const ROW_TILES = 1u;
const COLUMN_TILES = 1u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 4u) { return; }
  let row = i % ROW_TILES * TILE_ROWS;
  let column4 = i / ROW_TILES % COLUMN_TILES * TILE_COLUMNS4;
  let a0 = 0u;
  let b0 = 0u;
  let slice = i / (ROW_TILES * COLUMN_TILES);
  let kBegin = slice * SLICE;
  let kEnd = min(kBegin + SLICE, K);
  let c0 = slice * C_SIZE4 + 0u;
  let j0 = column4;
  let i0 = a0 + (row) * A_ROW4;
  let i1 = a0 + (row + 1u) * A_ROW4;
  let i2 = a0 + (row + 2u) * A_ROW4;
  let i3 = a0 + (row + 3u) * A_ROW4;
  var acc0_0 = vec4<f32>();
  var acc1_0 = vec4<f32>();
  var acc2_0 = vec4<f32>();
  var acc3_0 = vec4<f32>();
  for (var k = kBegin; k < min(kEnd, K - 1u); k += 4u) {
    let v0 = a[i0 + k / 4u];
    let v1 = a[i1 + k / 4u];
    let v2 = a[i2 + k / 4u];
    let v3 = a[i3 + k / 4u];
    let w0_0 = b[b0 + k + j0];
    acc0_0 += v0.x * w0_0;
    acc1_0 += v1.x * w0_0;
    acc2_0 += v2.x * w0_0;
    acc3_0 += v3.x * w0_0;
    let w1_0 = b[b0 + (k + 1u) + j0];
    acc0_0 += v0.y * w1_0;
    acc1_0 += v1.y * w1_0;
    acc2_0 += v2.y * w1_0;
    acc3_0 += v3.y * w1_0;
    let w2_0 = b[b0 + (k + 2u) + j0];
    acc0_0 += v0.z * w2_0;
    acc1_0 += v1.z * w2_0;
    acc2_0 += v2.z * w2_0;
    acc3_0 += v3.z * w2_0;
    let w3_0 = b[b0 + (k + 3u) + j0];
    acc0_0 += v0.w * w3_0;
    acc1_0 += v1.w * w3_0;
    acc2_0 += v2.w * w3_0;
    acc3_0 += v3.w * w3_0;
  }
  if (kEnd == K) {
    let k = K - 1u;
    let v0 = a[i0 + k / 4u];
    let v1 = a[i1 + k / 4u];
    let v2 = a[i2 + k / 4u];
    let v3 = a[i3 + k / 4u];
    let w0_0 = b[b0 + k + j0];
    acc0_0 += v0.x * w0_0;
    acc1_0 += v1.x * w0_0;
    acc2_0 += v2.x * w0_0;
    acc3_0 += v3.x * w0_0;
  }
  partial[c0 + row + column4] = acc0_0;
  partial[c0 + (row + 1u) + column4] = acc1_0;
  partial[c0 + (row + 2u) + column4] = acc2_0;
  partial[c0 + (row + 3u) + column4] = acc3_0;
}
