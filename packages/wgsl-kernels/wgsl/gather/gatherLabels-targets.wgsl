// gatherLabels
// y[b] = labels[rows[b]].
// labels: [100,14] f32
// rows: [5]
// y: [5,14] f32, padded [5,16]
// One invocation writes four labels.
@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const L = 14u;
const GROUPS = 4u;

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[4], 1u) != 0u) { return; }
  atomicStore(&faults[5], row);
  atomicStore(&faults[6], value);
  atomicStore(&faults[7], limit);
}
fn isBad(value: u32) -> bool {
  return value >= 100u;
}
fn reportBad(row: u32) {
  for (var before = 0u; before < row; before++) {
    if (isBad(rows[before])) { return; }
  }
  fault(row, rows[row], 100u);
}
fn label(b: u32, column: u32) -> u32 {
  let row = rows[b];
  if (isBad(row)) {
    reportBad(b);
    return 4294967295u;
  }
  let at = row * L + column;
  return labels[at];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 20u) { return; }
  let at = i / GROUPS;
  let column = (i % GROUPS) * 4u;
  let value = vec4<u32>(select(0u, label(at, select(0u, column + 0u, column + 0u < L)), column + 0u < L), select(0u, label(at, select(0u, column + 1u, column + 1u < L)), column + 1u < L), select(0u, label(at, select(0u, column + 2u, column + 2u < L)), column + 2u < L), select(0u, label(at, select(0u, column + 3u, column + 3u < L)), column + 3u < L));
  y[i] = bitcast<vec4<f32>>(value);
}
