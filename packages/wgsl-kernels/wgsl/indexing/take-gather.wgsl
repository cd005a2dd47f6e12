// take
// y[…, j, …] = x[…, index[…, j, …], …], j in dimension 1; NaN for an index of 14 or more
// x: [7,14], y: [7,5], index: [7,5] u32; all row-major
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const FROM = 16u; // the same with padding
const TO = 8u; // the same with padding

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[16], 1u) != 0u) { return; }
  atomicStore(&faults[17], row);
  atomicStore(&faults[18], value);
  atomicStore(&faults[19], limit);
}
fn isBad(value: u32) -> bool {
  return value >= 14u;
}
fn reportBad(row: u32) {
  for (var before = 0u; before < row; before++) {
    if (isBad(index[before])) { return; }
  }
  fault(row / 8u * 5u + row % 8u, index[row], 14u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 14u) { return; }
  let v = i;
  var value = vec4<f32>();
  for (var lane = 0u; lane < 4u; lane++) {
    let e = 4u * v + lane;
    if (e % 8u < 5u) {
      let place = e;
      let position = index[place];
      if (isBad(position)) {
        reportBad(place);
        value[lane] = bitcast<f32>(0x7fc00000u | min(position, 1u));
      } else {
        value[lane] = x[e / TO * FROM + position];
      }
    }
  }
  y[v] = value;
}
