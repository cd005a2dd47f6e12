// transposeFilter
// transposed[r,s,k,c] = weight[r,s,c,k]: [K,C,R,S] = [64,16,3,3], K and C padded with zeros.
// One invocation transposes up to 4 blocks of 4 by 4.
@group(0) @binding(0) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> transposed: array<vec4<f32>>;

const C4 = 4u; // vec4s of input channels
const K4 = 16u; // vec4s of output channels
const ROWS = 16u; // input channels of a tap in weight
const BLOCKS = 4u;
const EACH = 4u; // vec4s of output channels of one invocation

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 144u) { return; }
  let c = i % C4;
  let first = i / C4 % BLOCKS * EACH;
  let tap = i / (C4 * BLOCKS);
  let end = first + EACH;
  for (var k = first; k < end; k++) {
    let row0 = weight[(tap * ROWS + c * 4u + 0u) * K4 + k];
    let row1 = weight[(tap * ROWS + c * 4u + 1u) * K4 + k];
    let row2 = weight[(tap * ROWS + c * 4u + 2u) * K4 + k];
    let row3 = weight[(tap * ROWS + c * 4u + 3u) * K4 + k];
    let to = (tap * (4u * K4) + k * 4u) * C4 + c;
    transposed[to] = vec4<f32>(row0.x, row1.x, row2.x, row3.x);
    transposed[to + C4] = vec4<f32>(row0.y, row1.y, row2.y, row3.y);
    transposed[to + 2u * C4] = vec4<f32>(row0.z, row1.z, row2.z, row3.z);
    transposed[to + 3u * C4] = vec4<f32>(row0.w, row1.w, row2.w, row3.w);
  }
}
