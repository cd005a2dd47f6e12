// gradientNorm
// norm = √Σ partials: the Euclidean norm of all gradients that are not frozen.
// partials: 221 vec4; norm: (norm, 0, 0, 0)
// One invocation does it all.
@group(0) @binding(0) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> norm: array<vec4<f32>>;

const PARTS = 221u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 1u) { return; }
  var sum = vec4<f32>(0.0);
  {
    var partBy208 = 0u;
    while (partBy208 < PARTS) {
      let partEnd208 = min(partBy208 + 208u, PARTS);
      var sum_1 = vec4<f32>();
      {
        var partBy13 = partBy208;
        while (partBy13 < partEnd208) {
          var sum_2 = vec4<f32>();
          for (var partStep = 0u; partStep < 13u; partStep++) {
            let part = partBy13 + partStep;
            sum_2 += partials[part];
          }
          sum_1 += sum_2;
          partBy13 += 13u;
        }
      }
      sum += sum_1;
      partBy208 += 208u;
    }
  }
  norm[0] = vec4<f32>(sqrt(dot(sum, vec4<f32>(1.0))), 0.0, 0.0, 0.0);
}
