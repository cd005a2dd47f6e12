// matmul
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [4,301], B: [301,4], C: [4,4]; rows padded with zeros to multiples of 4.
// partial: 4 matrices like C, each for 76 of k
// One invocation: 4 rows times 1 vec4 of columns, in acc<row>_<vec4>.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 4u) { return; }
  let row = i % 1u * 4u;
  let column4 = i / 1u % 1u * 1u;
  let a0 = 0u;
  let b0 = 0u;
  let slice = i / 1u;
  let kBegin = slice * 76u;
  let kEnd = min(kBegin + 76u, 301u);
  let c0 = slice * 4u + 0u;
  let j0 = column4;
  let i0 = a0 + (row) * 76u;
  let i1 = a0 + (row + 1u) * 76u;
  let i2 = a0 + (row + 2u) * 76u;
  let i3 = a0 + (row + 3u) * 76u;
  var acc0_0 = vec4<f32>();
  var acc1_0 = vec4<f32>();
  var acc2_0 = vec4<f32>();
  var acc3_0 = vec4<f32>();
  for (var k = kBegin; k < min(kEnd, 300u); k += 4u) {
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
  if (kEnd == 301u) {
    let k = 300u;
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
