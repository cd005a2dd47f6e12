// conv2dWeightGradientPack
// xByImage[tile][pixel][n][v] = x[n][pixel][tile*1 + v] in vec4s of channels
// and 0 beyond the last image and channel.
// x: [65,16,14,14] in order NHWC; xByImage: [4,196,68,4]
// One invocation: 4 vec4s of a pixel, in up to 64 images.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> xByImage: array<vec4<f32>>;

const BATCH = 65u;
const PIXELS = 196u; // of an image
const VECTORS = 4u; // vec4s of channels
const UNIT = 1u; // vec4s of channels in a tile
const IMAGES = 68u; // the batch as it is stored
const BLOCKS = 1u;
const EACH = 4u; // vec4s of one invocation
const EACH_IMAGES = 64u; // images of one invocation

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let v = i % BLOCKS * EACH;
  let pixel = i / BLOCKS % PIXELS;
  let first = i / (BLOCKS * PIXELS) * EACH_IMAGES;
  let end = min(first + EACH_IMAGES, IMAGES);
  for (var n = first; n < end; n++) {
    if (n < BATCH) { xByImage[((v / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + v % UNIT] = x[(n * PIXELS + pixel) * VECTORS + v]; } else { xByImage[((v / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + v % UNIT] = vec4<f32>(); }
    if (n < BATCH) { xByImage[(((v + 1u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 1u) % UNIT] = x[(n * PIXELS + pixel) * VECTORS + (v + 1u)]; } else { xByImage[(((v + 1u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 1u) % UNIT] = vec4<f32>(); }
    if (n < BATCH) { xByImage[(((v + 2u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 2u) % UNIT] = x[(n * PIXELS + pixel) * VECTORS + (v + 2u)]; } else { xByImage[(((v + 2u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 2u) % UNIT] = vec4<f32>(); }
    if (n < BATCH) { xByImage[(((v + 3u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 3u) % UNIT] = x[(n * PIXELS + pixel) * VECTORS + (v + 3u)]; } else { xByImage[(((v + 3u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 3u) % UNIT] = vec4<f32>(); }
  }
}
