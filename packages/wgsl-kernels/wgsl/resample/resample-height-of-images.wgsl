// resample
// y[…, j, …] = sum of weights[t] x[…, indices[t], …] over t from starts[j] to before starts[j + 1], j in dimension 2
// x: [8,16,14,14] in order 0,2,3,1, y: [8,16,28,14]
// One invocation writes 2 consecutive vec4s.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

const FROM = 14u;
const TO = 28u;
const INNER4 = 56u;
const RUN = 2u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  for (var k = 0u; k < RUN; k++) {
    let v = i * RUN + k;
    let k = v % INNER4;
    let j = v / INNER4 % TO;
    let row = v / INNER4 / TO * FROM;
    var sum = vec4<f32>();
    for (var t = starts[j]; t < starts[j + 1u]; t++) {
      sum += weights[t] * x[(row + indices[t]) * INNER4 + k];
    }
    y[v] = sum;
  }
}
