// conv2dWeightGradientPack
// xByImage[tile][pixel][n][v] = x[n][pixel][tile*1 + v] in vec4s of channels, and 0 beyond the last image and channel.
// x: [65,16,14,14] in order NHWC; xByImage: [4,196,68,4]
// One invocation: 4 vec4s of a pixel, in up to 64 images.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> xByImage: array<vec4<f32>>;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let v = i % 1u * 4u;
  let pixel = i / 1u % 196u;
  let first = i / 196u * 64u;
  let end = min(first + 64u, 68u);
  for (var n = first; n < end; n++) {
    if (n < 65u) { xByImage[((v) * 196u + pixel) * 68u + n] = x[(n * 196u + pixel) * 4u + v]; } else { xByImage[((v) * 196u + pixel) * 68u + n] = vec4<f32>(); }
    if (n < 65u) { xByImage[((v + 1u) * 196u + pixel) * 68u + n] = x[(n * 196u + pixel) * 4u + v + 1u]; } else { xByImage[((v + 1u) * 196u + pixel) * 68u + n] = vec4<f32>(); }
    if (n < 65u) { xByImage[((v + 2u) * 196u + pixel) * 68u + n] = x[(n * 196u + pixel) * 4u + v + 2u]; } else { xByImage[((v + 2u) * 196u + pixel) * 68u + n] = vec4<f32>(); }
    if (n < 65u) { xByImage[((v + 3u) * 196u + pixel) * 68u + n] = x[(n * 196u + pixel) * 4u + v + 3u]; } else { xByImage[((v + 3u) * 196u + pixel) * 68u + n] = vec4<f32>(); }
  }
}
