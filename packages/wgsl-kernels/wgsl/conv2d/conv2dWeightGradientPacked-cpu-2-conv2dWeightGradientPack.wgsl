// conv2dWeightGradientPack
// dyByImage[tile][pixel][n][v] = dy[n][pixel][tile*2 + v] in vec4s of channels
// and 0 beyond the last image and channel.
// dy: [65,20,7,7] in order NHWC; dyByImage: [3,49,68,8]
// One invocation: 4 vec4s of a pixel, in up to 64 images.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dyByImage: array<vec4<f32>>;

const BATCH = 65u;
const PIXELS = 49u; // of an image
const VECTORS = 5u; // vec4s of channels
const TILES = 3u;
const UNIT = 2u; // vec4s of channels in a tile
const IMAGES = 68u; // the batch as it is stored
const BLOCKS = 2u;
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
    if (v < TILES * UNIT) { if (n < BATCH && v < VECTORS) { dyByImage[((v / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + v % UNIT] = dy[(n * PIXELS + pixel) * VECTORS + v]; } else { dyByImage[((v / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + v % UNIT] = vec4<f32>(); } }
    if ((v + 1u) < TILES * UNIT) { if (n < BATCH && (v + 1u) < VECTORS) { dyByImage[(((v + 1u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 1u) % UNIT] = dy[(n * PIXELS + pixel) * VECTORS + (v + 1u)]; } else { dyByImage[(((v + 1u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 1u) % UNIT] = vec4<f32>(); } }
    if ((v + 2u) < TILES * UNIT) { if (n < BATCH && (v + 2u) < VECTORS) { dyByImage[(((v + 2u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 2u) % UNIT] = dy[(n * PIXELS + pixel) * VECTORS + (v + 2u)]; } else { dyByImage[(((v + 2u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 2u) % UNIT] = vec4<f32>(); } }
    if ((v + 3u) < TILES * UNIT) { if (n < BATCH && (v + 3u) < VECTORS) { dyByImage[(((v + 3u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 3u) % UNIT] = dy[(n * PIXELS + pixel) * VECTORS + (v + 3u)]; } else { dyByImage[(((v + 3u) / UNIT * PIXELS + pixel) * IMAGES + n) * UNIT + (v + 3u) % UNIT] = vec4<f32>(); } }
  }
}
