// matmulWorkgroup
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [64,30], B: [30,40], stored transposed, C: [64,40]; rows padded with zeros to multiples of 4.
// One workgroup: 8 x 8 invocations, 32 rows times 32 columns; it holds 16 of k at a time, in
// left[row][vec4 of k] and right[column][vec4 of k].
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

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
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>(); var acc0_3 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>(); var acc1_3 = vec4<f32>();
  var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>(); var acc2_2 = vec4<f32>(); var acc2_3 = vec4<f32>();
  var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>(); var acc3_2 = vec4<f32>(); var acc3_3 = vec4<f32>();
  for (var k0 = 0u; k0 < 30u; k0 += 16u) {
    left[local] = a[a0 + min(row0 + local / 4u, 63u) * 8u + min(k0 / 4u + local % 4u, 7u)];
    left[local + 64u] = a[a0 + min(row0 + (local + 64u) / 4u, 63u) * 8u + min(k0 / 4u + (local + 64u) % 4u, 7u)];
    right[local] = b[b0 + min(column0 * 4u + local / 4u, 39u) * 8u + min(k0 / 4u + local % 4u, 7u)];
    right[local + 64u] = b[b0 + min(column0 * 4u + (local + 64u) / 4u, 39u) * 8u + min(k0 / 4u + (local + 64u) % 4u, 7u)];
    workgroupBarrier();
    for (var d = 0u; d < (min(k0 + 16u, 30u) - k0 + 3u) / 4u; d++) {
      let v0 = left[(localRow) * 4u + d];
      let v1 = left[(localRow + 1u) * 4u + d];
      let v2 = left[(localRow + 2u) * 4u + d];
      let v3 = left[(localRow + 3u) * 4u + d];
      let w0 = right[(localColumn4 * 4u) * 4u + d];
      let w1 = right[(localColumn4 * 4u + 1u) * 4u + d];
      let w2 = right[(localColumn4 * 4u + 2u) * 4u + d];
      let w3 = right[(localColumn4 * 4u + 3u) * 4u + d];
      acc0_0 += v0 * w0; acc0_1 += v0 * w1; acc0_2 += v0 * w2; acc0_3 += v0 * w3;
      acc1_0 += v1 * w0; acc1_1 += v1 * w1; acc1_2 += v1 * w2; acc1_3 += v1 * w3;
      acc2_0 += v2 * w0; acc2_1 += v2 * w1; acc2_2 += v2 * w2; acc2_3 += v2 * w3;
      acc3_0 += v3 * w0; acc3_1 += v3 * w1; acc3_2 += v3 * w2; acc3_3 += v3 * w3;
    }
    workgroupBarrier();
  }
  if ((row < 64u) & (column4 < 10u)) {
    c[c0 + row * 10u + column4] = vec4<f32>(acc0_0.x, acc0_1.x, acc0_2.x, acc0_3.x) + vec4<f32>(acc0_0.y, acc0_1.y, acc0_2.y, acc0_3.y) + vec4<f32>(acc0_0.z, acc0_1.z, acc0_2.z, acc0_3.z) + vec4<f32>(acc0_0.w, acc0_1.w, acc0_2.w, acc0_3.w);
    c[c0 + (row + 1u) * 10u + column4] = vec4<f32>(acc1_0.x, acc1_1.x, acc1_2.x, acc1_3.x) + vec4<f32>(acc1_0.y, acc1_1.y, acc1_2.y, acc1_3.y) + vec4<f32>(acc1_0.z, acc1_1.z, acc1_2.z, acc1_3.z) + vec4<f32>(acc1_0.w, acc1_1.w, acc1_2.w, acc1_3.w);
    c[c0 + (row + 2u) * 10u + column4] = vec4<f32>(acc2_0.x, acc2_1.x, acc2_2.x, acc2_3.x) + vec4<f32>(acc2_0.y, acc2_1.y, acc2_2.y, acc2_3.y) + vec4<f32>(acc2_0.z, acc2_1.z, acc2_2.z, acc2_3.z) + vec4<f32>(acc2_0.w, acc2_1.w, acc2_2.w, acc2_3.w);
    c[c0 + (row + 3u) * 10u + column4] = vec4<f32>(acc3_0.x, acc3_1.x, acc3_2.x, acc3_3.x) + vec4<f32>(acc3_0.y, acc3_1.y, acc3_2.y, acc3_3.y) + vec4<f32>(acc3_0.z, acc3_1.z, acc3_2.z, acc3_3.z) + vec4<f32>(acc3_0.w, acc3_1.w, acc3_2.w, acc3_3.w);
  }
}
