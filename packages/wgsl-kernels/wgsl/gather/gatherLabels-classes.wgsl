// gatherLabels
// y[b] = labels[rows[b]].
// labels: [4708] bytes, four in a word
// rows: [64]
// y: [64] u32, padded [64]
// One invocation writes four labels.
@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<u32>>;

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[4], 1u) != 0u) { return; }
  atomicStore(&faults[5], row);
  atomicStore(&faults[6], value);
  atomicStore(&faults[7], limit);
}
fn isBad(value: u32) -> bool {
  return value >= 4708u;
}
fn reportBad(row: u32) {
  for (var before = 0u; before < row; before++) {
    if (isBad(rows[before])) { return; }
  }
  fault(row, rows[row], 4708u);
}
fn label(b: u32, column: u32) -> u32 {
  let row = rows[b];
  if (isBad(row)) {
    reportBad(b);
    return 4294967295u;
  }
  let at = row;
  return (labels[at >> 2u] >> ((at & 3u) * 8u)) & 255u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 16u) { return; }
  let value = vec4<u32>(label(i * 4u + 0u, 0u), label(i * 4u + 1u, 0u), label(i * 4u + 2u, 0u), label(i * 4u + 3u, 0u));
  y[i] = value;
}
