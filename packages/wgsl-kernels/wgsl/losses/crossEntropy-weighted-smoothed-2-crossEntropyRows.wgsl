// crossEntropyRows
// losses[n] = - sum of t[c] log softmax(x)[c]; dlogits = softmax(x) (sum of t) - t; x a row of logits,
// t[c] = scale (0.9 weight[label] [c = label] + 0.1/8 weight[c]), scale = 1 / divisor
// logits, dlogits: [5,8] row-major, rows padded to 8; labels: [5] u32; losses: [5]
// One invocation computes one row, or a 0 in the padding of losses.
@group(0) @binding(0) var<storage, read> logits: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> divisor: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;
@group(0) @binding(5) var<storage, read_write> faults: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> dlogits: array<vec4<f32>>;

const N = 5u;
const C = 8u;
const ROW4 = 2u; // vec4s of a row

fn fault(row: u32, value: u32, limit: u32) {
  if (atomicAdd(&faults[8], 1u) != 0u) { return; }
  atomicStore(&faults[9], row);
  atomicStore(&faults[10], value);
  atomicStore(&faults[11], limit);
}
fn isBad(value: u32) -> bool {
  return value >= 8u;
}
fn reportBad(row: u32) {
  for (var before = 0u; before < row; before++) {
    if (isBad(labels[before])) { return; }
  }
  fault(row, labels[row], 8u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 8u) { return; }
  if (i >= N) {
    losses[i] = 0f;
    return;
  }
  let row = i * ROW4;
  let label = labels[i];
  let bad = isBad(label);
  if (bad) { reportBad(i); }
  let scale = select(0f, select(1f / max(divisor[0], 1e-30f), 0f, divisor[0] == 0f), label < C);
  let start = vec4<f32>(logits[row].x);
  var highest = start;
  for (var k = 0u; k < ROW4; k++) {
    highest = max(highest, logits[row + k]);
  }
  let m = max(max(highest.x, highest.y), max(highest.z, highest.w));
  var total = vec4<f32>();
  for (var k = 0u; k < ROW4; k++) {
    total += exp(logits[row + k] - m);
  }
  let s = (total.x + total.y) + (total.z + total.w);
  let logTotal = log(s);
  let ofLabel = 0.899999976f * scale * weight[min(label, C - 1u)];
  var weights = vec4<f32>();
  for (var k = 0u; k < ROW4; k++) {
    weights += vec4<f32>(weight[4u * k], weight[4u * k + 1u], weight[4u * k + 2u], weight[4u * k + 3u]);
  }
  let sumT = ofLabel + 0.0125000002f * scale * ((weights.x + weights.y) + (weights.z + weights.w));
  let factor = sumT / s;
  var loss = vec4<f32>();
  for (var k = 0u; k < ROW4; k++) {
    let z = logits[row + k] - m;
    let hit = select(vec4<f32>(), vec4<f32>(ofLabel), (4u * k + vec4<u32>(0u, 1u, 2u, 3u)) == vec4<u32>(label));
    let t = 0.0125000002f * scale * vec4<f32>(weight[4u * k], weight[4u * k + 1u], weight[4u * k + 2u], weight[4u * k + 3u]) + hit;
    loss += t * z;
    dlogits[row + k] = exp(z) * factor - t;
  }
  losses[i] = select(select(0f, sumT * logTotal - ((loss.x + loss.y) + (loss.z + loss.w)), label < C), bitcast<f32>(0x7fc00000u | min(label, 1u)), bad);
}
