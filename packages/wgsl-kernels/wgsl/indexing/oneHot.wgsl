// oneHot
// y[…, c] = 1 where labels[…] = c, else 0; NaN for a label of 14 or more
// labels: [7] u32, y: [7,14]; both row-major
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

const ROW4 = 4u; // vec4s of a row

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[28], 1u) != 0u) { return; }
  atomicStore(&faults[29], row);
  atomicStore(&faults[30], value);
  atomicStore(&faults[31], limit);
}
fn isBad(value: u32) -> bool {
  return value >= 14u;
}
fn reportBad(row: u32) {
  for (var before = 0u; before < row; before++) {
    if (isBad(labels[before])) { return; }
  }
  fault(row, labels[row], 14u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 28u) { return; }
  let v = i;
  let row = v / ROW4;
  let place = row;
  let label = labels[place];
  if (isBad(label)) {
    reportBad(place);
    y[v] = select(vec4<f32>(), vec4<f32>(bitcast<f32>(0x7fc00000u | min(label, 1u))), (v % ROW4 * 4u + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(14u));
  } else {
    y[v] = select(vec4<f32>(), vec4<f32>(1f), (v % ROW4 * 4u + vec4<u32>(0u, 1u, 2u, 3u)) == vec4<u32>(label));
  }
}
