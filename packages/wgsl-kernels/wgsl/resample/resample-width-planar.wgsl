// resample
// y[…, j, …] = sum of weights[t] x[…, indices[t], …] over t from starts[j] to before starts[j + 1], j in dimension 3
// x: [8,1,14,14] in order 0,1,2,3, y: [8,1,14,28]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

const FROM = 16u;
const TO = 28u;
const TO4 = 7u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 784u) { return; }
  let v = i;
  let row = v / TO4 * FROM;
  var sum = vec4<f32>();
  for (var lane = 0u; lane < 4u; lane++) {
    let j = v % TO4 * 4u + lane;
    if (j < TO) {
      for (var t = starts[j]; t < starts[j + 1u]; t++) {
        sum[lane] += weights[t] * x[row + indices[t]];
      }
    }
  }
  y[v] = sum;
}
