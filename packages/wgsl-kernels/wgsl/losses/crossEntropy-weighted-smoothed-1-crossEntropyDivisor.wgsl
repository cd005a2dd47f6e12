// crossEntropyDivisor
// divisor = sum over the rows that count of weight[label]
// labels: [5] u32
// One invocation does it all, in order.
@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> divisor: array<f32>;

const N = 5u;
const C = 8u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 1u) { return; }
  var sum = 0f;
  for (var n = 0u; n < N; n++) {
    let label = labels[n];
    sum += select(0f, weight[min(label, C - 1u)], label < C);
  }
  divisor[i] = sum;
}
