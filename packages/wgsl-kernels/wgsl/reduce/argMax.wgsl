// argMax
// y = index of the largest x along dimension 1, the first of several
// x: [6,14] in order 0,1, padded [6,16]
// y: [6] in order 0, padded [8]
// One invocation computes four neighbours of y.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

const COUNT = 14u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 2u) { return; }
  let v = i;
  let d0 = v * 4u;
  let base0 = d0 * 16u;
  let base1 = min(d0 + 1u, 5u) * 16u;
  let base2 = min(d0 + 2u, 5u) * 16u;
  let base3 = min(d0 + 3u, 5u) * 16u;
  var best = vec4<f32>(x[base0], x[base1], x[base2], x[base3]);
  var index = vec4<u32>();
  for (var k = 1u; k < COUNT; k++) {
    let value = vec4<f32>(x[base0 + k], x[base1 + k], x[base2 + k], x[base3 + k]);
    let better = (value > best) | ((value != value) & (best == best));
    index = select(index, vec4<u32>(k), better);
    best = select(best, value, better);
  }
  y[v] = select(vec4<u32>(), index, (d0 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(6u));
}
