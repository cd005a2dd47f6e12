// conv2dBiasGradient
// dBias[k] = sum_{n,p,q} dy[n,k,p,q], dy: [32,16,14,14] in order NHWC
// partial: 64 sums over 98 pixels
// One invocation: 4 vec4 of channels, 98 pixels.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec4<f32>>;

const K4 = 4u; // vec4s of channels
const BLOCKS = 1u; // invocations along the channels
const GROUPS = 4u; // vec4s of channels of an invocation

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let k = i % BLOCKS * GROUPS;
  let slice = i / BLOCKS;
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  {
    var pixelBy14 = slice * 98u;
    while (pixelBy14 < (slice + 1u) * 98u) {
      var sum0_1 = vec4<f32>();
      var sum1_1 = vec4<f32>();
      var sum2_1 = vec4<f32>();
      var sum3_1 = vec4<f32>();
      for (var pixelStep = 0u; pixelStep < 14u; pixelStep++) {
        let pixel = pixelBy14 + pixelStep;
        sum0_1 += dy[pixel * K4 + k];
        sum1_1 += dy[pixel * K4 + k + 1u];
        sum2_1 += dy[pixel * K4 + k + 2u];
        sum3_1 += dy[pixel * K4 + k + 3u];
      }
      sum0 += sum0_1;
      sum1 += sum1_1;
      sum2 += sum2_1;
      sum3 += sum3_1;
      pixelBy14 += 14u;
    }
  }
  partial[slice * K4 + k] = sum0;
  partial[slice * K4 + k + 1u] = sum1;
  partial[slice * K4 + k + 2u] = sum2;
  partial[slice * K4 + k + 3u] = sum3;
}
