// crossEntropyRows
// losses[n] = - sum of t[c] log softmax(x)[c]; dlogits = softmax(x) (sum of t) - t; x a row of logits,
// t[c] = scale (1 [c = label]), scale = 1/64
// logits, dlogits: [64,2] row-major, rows padded to 4; labels: [64] u32; losses: [64]
// One invocation computes one row, or a 0 in the padding of losses.
@group(0) @binding(0) var<storage, read> logits: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> dlogits: array<vec4<f32>>;

const C = 2u;
const ROW4 = 1u; // vec4s of a row

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[8], 1u) != 0u) { return; }
  atomicStore(&faults[9], row);
  atomicStore(&faults[10], value);
  atomicStore(&faults[11], limit);
}
fn isBad(value: u32) -> bool {
  return value >= 2u;
}
fn reportBad(row: u32) {
  for (var before = 0u; before < row; before++) {
    if (isBad(labels[before])) { return; }
  }
  fault(row, labels[row], 2u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let row = i * ROW4;
  let label = labels[i];
  let bad = isBad(label);
  if (bad) { reportBad(i); }
  let scale = select(0f, 0.015625f, label < C);
  let start = vec4<f32>(logits[row].x);
  var highest = start;
  for (var k = 0u; k < ROW4; k++) {
    highest = max(highest, select(start, logits[row + k], vec4<bool>(true, true, false, false)));
  }
  let m = max(max(highest.x, highest.y), max(highest.z, highest.w));
  var total = vec4<f32>();
  for (var k = 0u; k < ROW4; k++) {
    total += select(vec4<f32>(), exp(logits[row + k] - m), vec4<bool>(true, true, false, false));
  }
  let s = (total.x + total.y) + (total.z + total.w);
  let logTotal = log(s);
  let ofLabel = 1f * scale;
  let sumT = ofLabel;
  let factor = sumT / s;

  for (var k = 0u; k < ROW4; k++) {
    let z = logits[row + k] - m;
    let hit = select(vec4<f32>(), vec4<f32>(ofLabel), (4u * k + vec4<u32>(0u, 1u, 2u, 3u)) == vec4<u32>(label));
    let t = hit;
    dlogits[row + k] = select(vec4<f32>(), exp(z) * factor - t, vec4<bool>(true, true, false, false));
  }
  losses[i] = select(select(0f, ofLabel * (logTotal - (logits[row + min(label, C - 1u) / 4u][min(label, C - 1u) % 4u] - m)), label < C), bitcast<f32>(0x7fc00000u | min(label, 1u)), bad);
}
