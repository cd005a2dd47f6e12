// conv2dWeightGradientPack
// dyByImage[tile][pixel][n][v] = dy[n][pixel][tile*2 + v] in vec4s of channels, and 0 beyond the last image and channel.
// dy: [65,20,7,7] in order NHWC; dyByImage: [3,49,68,8]
// One invocation: 4 vec4s of a pixel, in up to 64 images.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dyByImage: array<vec4<f32>>;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let v = i % 2u * 4u;
  let pixel = i / 2u % 49u;
  let first = i / 98u * 64u;
  let end = min(first + 64u, 68u);
  for (var n = first; n < end; n++) {
    if (v < 6u) { if (n < 65u && v < 5u) { dyByImage[(((v) / 2u * 49u + pixel) * 68u + n) * 2u + (v) % 2u] = dy[(n * 49u + pixel) * 5u + v]; } else { dyByImage[(((v) / 2u * 49u + pixel) * 68u + n) * 2u + (v) % 2u] = vec4<f32>(); } }
    if (v + 1u < 6u) { if (n < 65u && v + 1u < 5u) { dyByImage[(((v + 1u) / 2u * 49u + pixel) * 68u + n) * 2u + (v + 1u) % 2u] = dy[(n * 49u + pixel) * 5u + v + 1u]; } else { dyByImage[(((v + 1u) / 2u * 49u + pixel) * 68u + n) * 2u + (v + 1u) % 2u] = vec4<f32>(); } }
    if (v + 2u < 6u) { if (n < 65u && v + 2u < 5u) { dyByImage[(((v + 2u) / 2u * 49u + pixel) * 68u + n) * 2u + (v + 2u) % 2u] = dy[(n * 49u + pixel) * 5u + v + 2u]; } else { dyByImage[(((v + 2u) / 2u * 49u + pixel) * 68u + n) * 2u + (v + 2u) % 2u] = vec4<f32>(); } }
    if (v + 3u < 6u) { if (n < 65u && v + 3u < 5u) { dyByImage[(((v + 3u) / 2u * 49u + pixel) * 68u + n) * 2u + (v + 3u) % 2u] = dy[(n * 49u + pixel) * 5u + v + 3u]; } else { dyByImage[(((v + 3u) / 2u * 49u + pixel) * 68u + n) * 2u + (v + 3u) % 2u] = vec4<f32>(); } }
  }
}
