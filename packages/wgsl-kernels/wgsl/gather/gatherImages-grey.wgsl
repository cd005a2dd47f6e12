// gatherImages
// y[b] = (data[rows[b]]/255 - mean)/std, mean 0.5, std 0.5.
// data: 4708 images as bytes in order H,W,C = 28,28,1, four bytes in a word
// rows: [64]
// y: [64,1,28,28] in order 0,1,2,3, padded [64,1,28,28]
// One invocation builds one line of one image.
@group(0) @binding(0) var<storage, read> data: array<u32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const H = 28u;
const W = 28u;
const C = 1u;
const LINE4 = 7u;

// b/255, correctly rounded: 1/255 = 257/65536 + 1/(255·65536), and the first product is exact.
fn normalise(b: vec4<u32>, mean: vec4<f32>, scale: vec4<f32>) -> vec4<f32> {
  let bytes = vec4<f32>(b);
  return (bytes * 0.0039215087890625 + bytes * 5.983838848039216e-8 - mean) * scale;
}

fn fourBytes(at: u32) -> vec4<u32> {
  let word = data[at >> 2u];
  return vec4<u32>(word & 255u, (word >> 8u) & 255u, (word >> 16u) & 255u, word >> 24u);
}

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[0], 1u) != 0u) { return; }
  atomicStore(&faults[1], row);
  atomicStore(&faults[2], value);
  atomicStore(&faults[3], limit);
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = rows[i / H];
  if (isBad(row)) {
    reportBad(i / H);
    for (var v = 0u; v < LINE4; v++) { y[((i / H) * (C * H) + 0u * H + i % H) * LINE4 + v] = vec4<f32>(); }
    y[((i / H) * (C * H) + 0u * H + i % H) * LINE4] = vec4<f32>(bitcast<f32>(0x7fc00000u | min(row, 1u)), 0.0, 0.0, 0.0);
    return;
  }
  let line = row * (H * W * C) + (i % H) * (W * C);
  let start0 = ((i / H) * (C * H) + 0u * H + i % H) * LINE4;
  for (var v = 0u; v < W / 4u; v++) {
    y[start0 + v] = normalise(fourBytes(line + v * (4u * C)), vec4<f32>(0.5), vec4<f32>(2));
  }
}
