// mseForward
// loss = mean of (x - t) * (x - t)
// x: [64,512] in order 0,1
// t: [64,512] in order 0,1
// One invocation adds up 91 consecutive vec4s.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> t: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4<f32>>;

const RUN = 91u;
const VECTORS = 8192u;

fn formula(x: vec4<f32>, t: vec4<f32>) -> vec4<f32> {
  return (x - t) * (x - t);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 91u) { return; }
  var sum = vec4<f32>();
  {
    var vBy13 = i * RUN;
    while (vBy13 + 13u <= min((i + 1u) * RUN, VECTORS)) {
      var sum_1 = vec4<f32>();
      for (var vStep = 0u; vStep < 13u; vStep++) {
        let v = vBy13 + vStep;
        sum_1 += formula(x[v], t[v]);
      }
      sum += sum_1;
      vBy13 += 13u;
    }
    if (vBy13 < min((i + 1u) * RUN, VECTORS)) {
      var sum_1 = vec4<f32>();
      for (var v = vBy13; v < min((i + 1u) * RUN, VECTORS); v++) {
        sum_1 += formula(x[v], t[v]);
      }
      sum += sum_1;
    }
  }
  partials[i] = sum;
}
