// gatherImages
// y[b] = (data[rows[b]]/65535 - mean)/std, mean 0.5, std 0.5.
// data: 100 images as 16-bit numbers in order H,W,C = 6,6,1, two in a word
// rows: [4]
// y: [4,1,6,6] in order 0,1,2,3, padded [4,1,6,8]
// One invocation builds one line of one image.
@group(0) @binding(0) var<storage, read> data: array<u32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

const H = 6u;
const W = 6u;
const C = 1u;
const LINE4 = 2u;

// x/65535, correctly rounded: 1/65535 = 2^-16 + 2^-32 + 2^-48 + …, and the first product is exact.
fn normalise(x: vec4<u32>, mean: vec4<f32>, scale: vec4<f32>) -> vec4<f32> {
  let numbers = vec4<f32>(x);
  return (numbers * 0.0000152587890625 + numbers * 2.3283419636754843e-10 - mean) * scale;
}

fn valueAt(at: u32) -> u32 {
  return (data[at >> 1u] >> ((at & 1u) * 16u)) & 65535u;
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
    for (var v = 0u; v < LINE4; v++) { y[((i / H) * (C * H) + 0u * H + i % H) * LINE4 + v] = vec4<f32>(); }
    y[((i / H) * (C * H) + 0u * H + i % H) * LINE4] = vec4<f32>(bitcast<f32>(0x7fc00000u | min(row, 1u)), 0.0, 0.0, 0.0);
    return;
  }
  let line = row * (H * W * C) + (i % H) * (W * C);
  let start0 = ((i / H) * (C * H) + 0u * H + i % H) * LINE4;
  for (var v = 0u; v < W / 4u; v++) {
    y[start0 + v] = normalise(vec4<u32>(valueAt(line + (v * 4u + 0u) * C + 0u), valueAt(line + (v * 4u + 1u) * C + 0u), valueAt(line + (v * 4u + 2u) * C + 0u), valueAt(line + (v * 4u + 3u) * C + 0u)), vec4<f32>(0.5), vec4<f32>(2));
  }
  y[start0 + W / 4u] = normalise(vec4<u32>(valueAt(line + (W / 4u * 4u + 0u) * C + 0u), valueAt(line + (W / 4u * 4u + 1u) * C + 0u), u32(), u32()), vec4<f32>(0.5), vec4<f32>(2)) * vec4<f32>(1.0, 1.0, 0.0, 0.0);
}
