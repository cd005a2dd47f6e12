// mseTotal
// loss = mean from 91 partial sums
// One invocation adds them in order.
@group(0) @binding(0) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> loss: array<vec4<f32>>;

const PARTS = 91u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 1u) { return; }
  var sum = vec4<f32>();
  {
    var kBy13 = 0u;
    while (kBy13 < PARTS) {
      var sum_1 = vec4<f32>();
      for (var kStep = 0u; kStep < 13u; kStep++) {
        let k = kBy13 + kStep;
        sum_1 += partials[k];
      }
      sum += sum_1;
      kBy13 += 13u;
    }
  }
  loss[i] = vec4<f32>(((sum.x + sum.y) + (sum.z + sum.w)) / 32768f, 0f, 0f, 0f);
}
