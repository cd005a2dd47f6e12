// gatherImages
// y[b] = (data[rows[b]]/255 - mean)/std, mean 0.5, std 0.5.
// data: 100 images as bytes in order H,W,C = 6,6,3, four bytes in a word
// rows: [4]
// y: [4,3,6,6] in order 0,1,2,3, padded [4,3,6,8]
// One invocation builds one line of one image.
@group(0) @binding(0) var<storage, read> data: array<u32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

// b/255, correctly rounded: 1/255 = 257/65536 + 1/(255·65536), and the first product is exact.
fn normalise(b: vec4<u32>, mean: vec4<f32>, scale: vec4<f32>) -> vec4<f32> {
  let bytes = vec4<f32>(b);
  return (bytes * 0.0039215087890625 + bytes * 5.983838848039216e-8 - mean) * scale;
}

fn byteAt(at: u32) -> u32 {
  return (data[at >> 2u] >> ((at & 3u) * 8u)) & 255u;
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
  let row = rows[i / 6u];
  if (isBad(row)) {
    reportBad(i / 6u);
    for (var v = 0u; v < 2u; v++) { y[((i / 6u) * 18u + 0u + i % 6u) * 2u + v] = vec4<f32>(); }
    y[((i / 6u) * 18u + 0u + i % 6u) * 2u] = vec4<f32>(bitcast<f32>(0x7fc00000u | min(row, 1u)), 0.0, 0.0, 0.0);
    for (var v = 0u; v < 2u; v++) { y[((i / 6u) * 18u + 6u + i % 6u) * 2u + v] = vec4<f32>(); }
    y[((i / 6u) * 18u + 6u + i % 6u) * 2u] = vec4<f32>(bitcast<f32>(0x7fc00000u | min(row, 1u)), 0.0, 0.0, 0.0);
    for (var v = 0u; v < 2u; v++) { y[((i / 6u) * 18u + 12u + i % 6u) * 2u + v] = vec4<f32>(); }
    y[((i / 6u) * 18u + 12u + i % 6u) * 2u] = vec4<f32>(bitcast<f32>(0x7fc00000u | min(row, 1u)), 0.0, 0.0, 0.0);
    return;
  }
  let line = row * 108u + (i % 6u) * 18u;
  let start0 = ((i / 6u) * 18u + 0u + i % 6u) * 2u;
  for (var v = 0u; v < 1u; v++) {
    y[start0 + v] = normalise(vec4<u32>(byteAt(line + v * 12u + 0u), byteAt(line + v * 12u + 3u), byteAt(line + v * 12u + 6u), byteAt(line + v * 12u + 9u)), vec4<f32>(0.5), vec4<f32>(2));
  }
  y[start0 + 1u] = normalise(vec4<u32>(byteAt(line + 12u), byteAt(line + 15u), 0u, 0u), vec4<f32>(0.5), vec4<f32>(2)) * vec4<f32>(1.0, 1.0, 0.0, 0.0);
  let start1 = ((i / 6u) * 18u + 6u + i % 6u) * 2u;
  for (var v = 0u; v < 1u; v++) {
    y[start1 + v] = normalise(vec4<u32>(byteAt(line + v * 12u + 1u + 0u), byteAt(line + v * 12u + 1u + 3u), byteAt(line + v * 12u + 1u + 6u), byteAt(line + v * 12u + 1u + 9u)), vec4<f32>(0.5), vec4<f32>(2));
  }
  y[start1 + 1u] = normalise(vec4<u32>(byteAt(line + 13u), byteAt(line + 16u), 0u, 0u), vec4<f32>(0.5), vec4<f32>(2)) * vec4<f32>(1.0, 1.0, 0.0, 0.0);
  let start2 = ((i / 6u) * 18u + 12u + i % 6u) * 2u;
  for (var v = 0u; v < 1u; v++) {
    y[start2 + v] = normalise(vec4<u32>(byteAt(line + v * 12u + 2u + 0u), byteAt(line + v * 12u + 2u + 3u), byteAt(line + v * 12u + 2u + 6u), byteAt(line + v * 12u + 2u + 9u)), vec4<f32>(0.5), vec4<f32>(2));
  }
  y[start2 + 1u] = normalise(vec4<u32>(byteAt(line + 14u), byteAt(line + 17u), 0u, 0u), vec4<f32>(0.5), vec4<f32>(2)) * vec4<f32>(1.0, 1.0, 0.0, 0.0);
}
