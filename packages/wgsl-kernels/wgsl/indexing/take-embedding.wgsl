// take
// y[…, j, …] = x[…, index[j], …], j in dimension 0; NaN for an index of 32 or more
// x: [32,14], y: [2,3,14], index: [2,3] u32; all row-major
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const FROM = 32u; // the same with padding
const TO = 6u; // the same with padding
const STEP = 4u; // from a position to the next

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[24], 1u) != 0u) { return; }
  atomicStore(&faults[25], row);
  atomicStore(&faults[26], value);
  atomicStore(&faults[27], limit);
}
fn isBad(value: u32) -> bool {
  return value >= 32u;
}
fn reportBad(row: u32) {
  for (var before = 0u; before < row; before++) {
    if (isBad(index[before])) { return; }
  }
  fault(row / 4u * 3u + row % 4u, index[row], 32u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 24u) { return; }
  let v = i;
  let j = v / STEP % TO;
  let place = j / 3u * 4u + j % 3u;
  let position = index[place];
  if (isBad(position)) {
    reportBad(place);
    y[v] = select(vec4<f32>(), vec4<f32>(bitcast<f32>(0x7fc00000u | min(position, 1u))), (v % 4u * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(14u));
  } else {
    y[v] = x[(v / STEP / TO * FROM + position) * STEP + v % STEP];
  }
}
