// transposeFilter
// transposed[r,s,k,c] = weight[r,s,c,k]: [K,C,R,S] = [64,16,3,3], K and C padded with zeros.
// One invocation transposes up to 4 blocks of 4 by 4.
@group(0) @binding(0) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> transposed: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 144u) { return; }
  let c = i % 4u;
  let first = i / 4u % 4u * 4u;
  let tap = i / 16u;
  let end = first + 4u;
  for (var k = first; k < end; k++) {
    let row0 = weight[(tap * 16u + c * 4u + 0u) * 16u + k];
    let row1 = weight[(tap * 16u + c * 4u + 1u) * 16u + k];
    let row2 = weight[(tap * 16u + c * 4u + 2u) * 16u + k];
    let row3 = weight[(tap * 16u + c * 4u + 3u) * 16u + k];
    let to = (tap * 64u + k * 4u) * 4u + c;
    transposed[to + 0u] = vec4<f32>(row0.x, row1.x, row2.x, row3.x);
    transposed[to + 4u] = vec4<f32>(row0.y, row1.y, row2.y, row3.y);
    transposed[to + 8u] = vec4<f32>(row0.z, row1.z, row2.z, row3.z);
    transposed[to + 12u] = vec4<f32>(row0.w, row1.w, row2.w, row3.w);
  }
}
