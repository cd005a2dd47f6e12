// countTies
// ties = number of x equal to y over dimensions [1]
// x: [7,14] in order 0,1, padded [7,16]
// ties: [7] in order 0, padded [8]
// One invocation computes four neighbours of the result.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> ties: array<vec4<f32>>;

const RAGGED = 14u; // elements along the lanes, without padding
const COUNT0 = 4u;

fn element0(x: vec4<f32>, c: vec4<f32>) -> vec4<f32> {
  return select(vec4<f32>(), vec4<f32>(1f), x == c);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 2u) { return; }
  let v = i;
  let d0 = v * 4u;
  let base0 = d0 * 4u;
  let base1 = min(d0 + 1u, 6u) * 4u;
  let base2 = min(d0 + 2u, 6u) * 4u;
  let base3 = min(d0 + 3u, 6u) * 4u;
  let c = y[v];
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0u; k0 < COUNT0; k0++) {
    let inside = (k0 * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(RAGGED);
    acc0 += select(vec4<f32>(), element0(x[base0 + k0], vec4<f32>(c[0])), inside);
    acc1 += select(vec4<f32>(), element0(x[base1 + k0], vec4<f32>(c[1])), inside);
    acc2 += select(vec4<f32>(), element0(x[base2 + k0], vec4<f32>(c[2])), inside);
    acc3 += select(vec4<f32>(), element0(x[base3 + k0], vec4<f32>(c[3])), inside);
  }
  ties[v] = select(vec4<f32>(), vec4<f32>((acc0.x + acc0.y) + (acc0.z + acc0.w), (acc1.x + acc1.y) + (acc1.z + acc1.w), (acc2.x + acc2.y) + (acc2.z + acc2.w), (acc3.x + acc3.y) + (acc3.z + acc3.w)), (d0 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(7u));
}
