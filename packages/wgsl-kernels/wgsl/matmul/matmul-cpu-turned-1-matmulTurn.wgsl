// matmulTurn
// turnedB[j,i] = b[i,j]; b: [768,192], rows padded with zeros to multiples of 4
// One invocation: 8 blocks of 4 x 4.
@group(0) @binding(0) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> turnedB: array<vec4<f32>>;

const FROM4 = 48u; // vec4s of a row of b
const TO4 = 192u; // vec4s of a row of turnedB
const BLOCKS_EACH = 8u;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let column = i % FROM4;
  let first = i / FROM4 * BLOCKS_EACH;
  let end = first + BLOCKS_EACH;
  for (var block = first; block < end; block++) {
    let v0 = b[(block * 4u + 0u) * FROM4 + column];
    let v1 = b[(block * 4u + 1u) * FROM4 + column];
    let v2 = b[(block * 4u + 2u) * FROM4 + column];
    let v3 = b[(block * 4u + 3u) * FROM4 + column];
    turnedB[(column * 4u + 0u) * TO4 + block] = vec4<f32>(v0.x, v1.x, v2.x, v3.x);
    turnedB[(column * 4u + 1u) * TO4 + block] = vec4<f32>(v0.y, v1.y, v2.y, v3.y);
    turnedB[(column * 4u + 2u) * TO4 + block] = vec4<f32>(v0.z, v1.z, v2.z, v3.z);
    turnedB[(column * 4u + 3u) * TO4 + block] = vec4<f32>(v0.w, v1.w, v2.w, v3.w);
  }
}
