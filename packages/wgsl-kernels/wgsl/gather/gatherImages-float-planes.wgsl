// gatherImages
// y[b] = (data[rows[b]] - mean)/std, mean 0, std 1.
// data: 100 images as floats in order C,H,W = 4,6,6
// rows: [4]
// y: [4,4,6,6] in order 0,2,3,1, padded [4,4,6,6]
// One invocation builds one line of one image.
@group(0) @binding(0) var<storage, read> data: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const H = 6u;
const W = 6u;
const C = 4u;
const GROUPS = 1u;

fn normalise(x: vec4<f32>, mean: vec4<f32>, scale: vec4<f32>) -> vec4<f32> {
  return (x - mean) * scale;
}

fn valueAt(at: u32) -> f32 {
  return data[at];
}

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[0], 1u) != 0u) { return; }
  atomicStore(&faults[1], row);
  atomicStore(&faults[2], value);
  atomicStore(&faults[3], limit);
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 24u) { return; }
  let row = rows[i / H];
  if (isBad(row)) {
    reportBad(i / H);
    for (var v = 0u; v < W * GROUPS; v++) { y[i * (W * GROUPS) + v] = vec4<f32>(); }
    y[i * (W * GROUPS)] = vec4<f32>(bitcast<f32>(0x7fc00000u | min(row, 1u)), 0.0, 0.0, 0.0);
    return;
  }
  let line = row * (H * W * C) + (i % H) * W;
  for (var x = 0u; x < W; x++) {
    y[(i * W + x) * GROUPS + 0u] = normalise(vec4<f32>(valueAt(line + 0u * (H * W) + x), valueAt(line + 1u * (H * W) + x), valueAt(line + 2u * (H * W) + x), valueAt(line + 3u * (H * W) + x)), vec4<f32>(0), vec4<f32>(1));
  }
}
