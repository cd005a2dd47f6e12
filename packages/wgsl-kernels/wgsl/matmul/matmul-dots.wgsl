// matmul
// c[i,j] = sum_k A[i,k] B[k,j]
// A: [64,30], B: [30,10], stored transposed, C: [64,10]; rows padded with zeros to multiples of 4.
// One invocation: 2 rows times 4 columns, in acc<row>_<column> whose lanes are partial sums.
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 96u) { return; }
  let row = i % 32u * 2u;
  let column4 = i / 32u % 3u * 1u;
  let a0 = 0u;
  let b0 = 0u;
  let c0 = 0u;
  let i0 = a0 + (row) * 8u;
  let i1 = a0 + (row + 1u) * 8u;
  let j0 = b0 + (column4 * 4u) * 8u;
  let j1 = b0 + (min(column4 * 4u + 1u, 9u)) * 8u;
  let j2 = b0 + (min(column4 * 4u + 2u, 9u)) * 8u;
  let j3 = b0 + (min(column4 * 4u + 3u, 9u)) * 8u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>(); var acc0_3 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>(); var acc1_3 = vec4<f32>();
  for (var k = 0u; k < 8u; k++) {
    let v0 = a[i0 + k]; let v1 = a[i1 + k];
    let w0 = b[j0 + k]; let w1 = b[j1 + k]; let w2 = b[j2 + k]; let w3 = b[j3 + k];
    acc0_0 += v0 * w0; acc0_1 += v0 * w1; acc0_2 += v0 * w2; acc0_3 += v0 * w3;
    acc1_0 += v1 * w0; acc1_1 += v1 * w1; acc1_2 += v1 * w2; acc1_3 += v1 * w3;
  }
  c[c0 + row * 3u + column4] = select(vec4<f32>(), vec4<f32>(acc0_0.x, acc0_1.x, acc0_2.x, acc0_3.x) + vec4<f32>(acc0_0.y, acc0_1.y, acc0_2.y, acc0_3.y) + vec4<f32>(acc0_0.z, acc0_1.z, acc0_2.z, acc0_3.z) + vec4<f32>(acc0_0.w, acc0_1.w, acc0_2.w, acc0_3.w), vec4<bool>(true, true, column4 < 2u, column4 < 2u));
  c[c0 + (row + 1u) * 3u + column4] = select(vec4<f32>(), vec4<f32>(acc1_0.x, acc1_1.x, acc1_2.x, acc1_3.x) + vec4<f32>(acc1_0.y, acc1_1.y, acc1_2.y, acc1_3.y) + vec4<f32>(acc1_0.z, acc1_1.z, acc1_2.z, acc1_3.z) + vec4<f32>(acc1_0.w, acc1_1.w, acc1_2.w, acc1_3.w), vec4<bool>(true, true, column4 < 2u, column4 < 2u));
}
