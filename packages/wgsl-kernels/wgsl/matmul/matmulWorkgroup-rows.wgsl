// matmulWorkgroup
// c[i,j] = sum_k A[i,k] B[k,j] + bias[j]
// A: [64,30], B: [30,40], C: [64,40]; rows padded with zeros to multiples of 4.
// One workgroup: 8 x 8 invocations, 32 rows times 32 columns; it holds 16 of k at a time, in
// left[row][vec4 of k] and right[k][vec4 of columns].
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;

var<workgroup> left: array<vec4<f32>, 128>;
var<workgroup> right: array<vec4<f32>, 128>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let block = group.x;
  let row0 = block % 2u * 32u;
  let column0 = block / 2u % 2u * 8u;
  let localRow = local / 8u * 4u;
  let localColumn4 = local % 8u * 1u;
  let row = row0 + localRow;
  let column4 = column0 + localColumn4;
  let a0 = 0u;
  let b0 = 0u;
  let c0 = 0u;
  var acc0_0 = vec4<f32>();
  var acc1_0 = vec4<f32>();
  var acc2_0 = vec4<f32>();
  var acc3_0 = vec4<f32>();
  for (var k0 = 0u; k0 < 30u; k0 += 16u) {
    left[local] = a[a0 + min(row0 + local / 4u, 63u) * 8u + min(k0 / 4u + local % 4u, 7u)];
    left[local + 64u] = a[a0 + min(row0 + (local + 64u) / 4u, 63u) * 8u + min(k0 / 4u + (local + 64u) % 4u, 7u)];
    right[local] = b[b0 + min(k0 + local / 8u, 29u) * 10u + min(column0 + local % 8u, 9u)];
    right[local + 64u] = b[b0 + min(k0 + (local + 64u) / 8u, 29u) * 10u + min(column0 + (local + 64u) % 8u, 9u)];
    workgroupBarrier();
    let whole = (min(min(k0 + 16u, 30u), 28u) - k0) / 4u;
    for (var d = 0u; d < whole; d++) {
      let v0 = left[(localRow) * 4u + d];
      let v1 = left[(localRow + 1u) * 4u + d];
      let v2 = left[(localRow + 2u) * 4u + d];
      let v3 = left[(localRow + 3u) * 4u + d];
      let w0_0 = right[(d * 4u + 0u) * 8u + localColumn4];
      acc0_0 += v0.x * w0_0;
      acc1_0 += v1.x * w0_0;
      acc2_0 += v2.x * w0_0;
      acc3_0 += v3.x * w0_0;
      let w1_0 = right[(d * 4u + 1u) * 8u + localColumn4];
      acc0_0 += v0.y * w1_0;
      acc1_0 += v1.y * w1_0;
      acc2_0 += v2.y * w1_0;
      acc3_0 += v3.y * w1_0;
      let w2_0 = right[(d * 4u + 2u) * 8u + localColumn4];
      acc0_0 += v0.z * w2_0;
      acc1_0 += v1.z * w2_0;
      acc2_0 += v2.z * w2_0;
      acc3_0 += v3.z * w2_0;
      let w3_0 = right[(d * 4u + 3u) * 8u + localColumn4];
      acc0_0 += v0.w * w3_0;
      acc1_0 += v1.w * w3_0;
      acc2_0 += v2.w * w3_0;
      acc3_0 += v3.w * w3_0;
    }
    if (min(k0 + 16u, 30u) == 30u) {
      let d = whole;
      let v0 = left[(localRow) * 4u + d];
      let v1 = left[(localRow + 1u) * 4u + d];
      let v2 = left[(localRow + 2u) * 4u + d];
      let v3 = left[(localRow + 3u) * 4u + d];
      let w0_0 = right[(d * 4u + 0u) * 8u + localColumn4];
      acc0_0 += v0.x * w0_0;
      acc1_0 += v1.x * w0_0;
      acc2_0 += v2.x * w0_0;
      acc3_0 += v3.x * w0_0;
      let w1_0 = right[(d * 4u + 1u) * 8u + localColumn4];
      acc0_0 += v0.y * w1_0;
      acc1_0 += v1.y * w1_0;
      acc2_0 += v2.y * w1_0;
      acc3_0 += v3.y * w1_0;
    }
    workgroupBarrier();
  }
  if ((row < 64u) & (column4 < 10u)) {
    c[c0 + row * 10u + column4] = acc0_0 + bias[column4];
    c[c0 + (row + 1u) * 10u + column4] = acc1_0 + bias[column4];
    c[c0 + (row + 2u) * 10u + column4] = acc2_0 + bias[column4];
    c[c0 + (row + 3u) * 10u + column4] = acc3_0 + bias[column4];
  }
}
