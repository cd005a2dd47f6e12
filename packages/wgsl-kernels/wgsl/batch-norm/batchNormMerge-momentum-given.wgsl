// batchNormMerge
// Merges per-slice means m_s, M2_s of n_s values: mean = Σ n_s·m_s / n, variance = (Σ M2_s + Σ n_s·(m_s - mean)²) / n,
// rstd = 1/√(variance + 0.00001); running = (1.0 - share)·running + share·(mean, variance·n/(n-1)).
// partials: [256 slices of 49 values (the last 49), (center, rest, M2),
// 5 vec4 of channels]; the mean is center + rest
// statistics: [2,20], mean and rstd; runningMean, runningVariance: [20]
// One invocation merges four channels.
@group(0) @binding(0) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> statistics: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> runningMean: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> runningVariance: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> momentum: array<f32>;

const GROUPS = 5u; // vec4s of channels
const PARTS = 256u;
const COUNT = 12544.0;
const PART_COUNT = 49.0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 5u) { return; }
  var total1 = 0.0;
  var middle1_0 = vec4<f32>();
  var drift1_0 = vec4<f32>();
  var between1_0 = vec4<f32>();
  var within1_0 = vec4<f32>();
  var begin1 = 0u;

  while (begin1 < PARTS) {
    let end1 = min(begin1 + 16u, PARTS);
    var total0 = 0.0;
    var middle0_0 = vec4<f32>();
    var drift0_0 = vec4<f32>();
    var between0_0 = vec4<f32>();
    var within0_0 = vec4<f32>();
    var begin0 = begin1;

    while (begin0 < end1) {
      let end0 = min(begin0 + 1u, end1);
      let s = begin0;
      let count = PART_COUNT;
      let center0 = partials[s * (3u * GROUPS) + i];
      let rest0 = partials[s * (3u * GROUPS) + 1u * GROUPS + i];
      let inner0 = partials[s * (3u * GROUPS) + 2u * GROUPS + i];
      if (total0 == 0.0) {
        let mean0 = center0 + rest0;
        middle0_0 = select(vec4<f32>(), mean0, mean0 * mean0 * count > inner0);
      }
      total0 += count;
      let away0 = (center0 - middle0_0) + rest0;
      let share0 = count * away0;
      drift0_0 += share0;
      between0_0 += share0 * away0;
      within0_0 += inner0;
      begin0 += 1u;
    }
    let count = total0;
    let center0 = middle0_0;
    let rest0 = drift0_0 / count;
    let inner0 = within0_0 + max(between0_0 - drift0_0 * rest0, vec4<f32>());
    if (total1 == 0.0) {
      let mean0 = center0 + rest0;
      middle1_0 = select(vec4<f32>(), mean0, mean0 * mean0 * count > inner0);
    }
    total1 += count;
    let away0 = (center0 - middle1_0) + rest0;
    let share0 = count * away0;
    drift1_0 += share0;
    between1_0 += share0 * away0;
    within1_0 += inner0;
    begin1 += 16u;
  }
  let count = total1;
  let center0 = middle1_0;
  let rest0 = drift1_0 / count;
  let inner0 = within1_0 + max(between1_0 - drift1_0 * rest0, vec4<f32>());
  let mean = center0 + rest0;
  let variance = inner0 / COUNT;
  statistics[i] = mean;
  statistics[GROUPS + i] = vec4<f32>(1.0) / sqrt(variance + vec4<f32>(0.00001));
  let share = momentum[0];
  runningMean[i] = (1.0 - share) * runningMean[i] + share * mean;
  runningVariance[i] = (1.0 - share) * runningVariance[i] + share * (inner0 / (COUNT - 1.0));
}
