// reduceMax
// y = largest x over dimensions [1]
// x: [7,14] in order 0,1, padded [7,16]
// y: [7] in order 0, padded [8]
// One invocation computes four neighbours of the result.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const RAGGED = 14u; // elements along the lanes, without padding
const COUNT0 = 4u;

fn extreme(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return select(max(a, b), b, b != b);
}
fn extremeLane(v: vec4<f32>) -> f32 {
  let pairs = extreme(v, v.zwxy);
  return extreme(pairs, pairs.yxwz).x;
}
fn withNan(v: vec4<f32>, nan: vec4<bool>) -> vec4<f32> {
  return bitcast<vec4<f32>>(select(bitcast<vec4<u32>>(v), vec4<u32>(0x7fc00000u), nan));
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
  let first0 = vec4<f32>(x[base0].x);
  let first1 = vec4<f32>(x[base1].x);
  let first2 = vec4<f32>(x[base2].x);
  let first3 = vec4<f32>(x[base3].x);
  var acc0 = first0;
  var acc1 = first1;
  var acc2 = first2;
  var acc3 = first3;
  var nan0 = first0 != first0;
  var nan1 = first1 != first1;
  var nan2 = first2 != first2;
  var nan3 = first3 != first3;
  for (var k0 = 0u; k0 < COUNT0; k0++) {
    let inside = (k0 * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(RAGGED);
    let value_acc0 = select(first0, x[base0 + k0], inside);
    acc0 = max(acc0, value_acc0);
    nan0 = nan0 | (value_acc0 != value_acc0);
    let value_acc1 = select(first1, x[base1 + k0], inside);
    acc1 = max(acc1, value_acc1);
    nan1 = nan1 | (value_acc1 != value_acc1);
    let value_acc2 = select(first2, x[base2 + k0], inside);
    acc2 = max(acc2, value_acc2);
    nan2 = nan2 | (value_acc2 != value_acc2);
    let value_acc3 = select(first3, x[base3 + k0], inside);
    acc3 = max(acc3, value_acc3);
    nan3 = nan3 | (value_acc3 != value_acc3);
  }
  acc0 = withNan(acc0, nan0);
  acc1 = withNan(acc1, nan1);
  acc2 = withNan(acc2, nan2);
  acc3 = withNan(acc3, nan3);
  y[v] = select(vec4<f32>(), vec4<f32>(extremeLane(acc0), extremeLane(acc1), extremeLane(acc2), extremeLane(acc3)), (d0 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(7u));
}
