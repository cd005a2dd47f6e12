// winogradWeightGradient
// dWeight[k,c,r,s] = sum_{n,p,q}
//   dy[n,k,p,q] * x[n, c, p*1 + r - 0, q*1 + s - 0]
// in Winograd's form: sums over tiles of (B^T x B) * (H dy H^T), from 4x4 of x and 2x2 of dy; H = [1 0; 1 1; 1 -1; 0 1].
// x: [128,16,12,12], dy: [128,64,10,10] in order NHWC, each then the zeros that are read outside of it
// partial: the sums of 8 slices, each [4,4,16,64]
// tiles: scratch memory of each invocation, 4 elements of x's transforms [4,32 tiles,16]
// and of dy's [4,32 tiles,64]
// One invocation: one row of the 4x4 elements, 13 times 32 tiles, all channels;
// 4 input channels times 2 vec4 of output channels at a time, in acc<channel>_<vec4>.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> tiles: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;

const IN_H = 12u;
const IN_W = 12u;
const IN_C4 = 4u; // vec4s of channels
const PADDING_Y = 0u;
const PADDING_X = 0u;
const TILES_Y = 5u;
const TILES_X = 5u;
const TILES = 3200u; // of the batch
const P = 10u;
const Q = 10u;
const K4 = 16u; // vec4s of output channels
const BLOCK = 32u; // tiles of a block
const BLOCKS = 100u;
const BLOCKS_EACH = 13u; // blocks of a slice
const VECTORS = 1u; // vec4s of input channels at a time
const GROUPS = 2u; // vec4s of output channels at a time

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 32u) { return; }
  let row = i % 4u;
  let slice = i / 4u;
  // Along columns, this row of B^T d is d[first] + sign * d[second], and of H g it is upper * g[0] + lower * g[1].
  let first = select(row % 2u, 2u, row == 2u);
  let second = select(select(2u, 1u, row == 2u), 3u, row == 3u);
  let sign = select(-1.0, 1.0, row == 1u);
  let upper = select(1.0, 0.0, row == 3u);
  let lower = select(select(1.0, -1.0, row == 2u), 0.0, row == 0u);
  let inputs = i * (4u * BLOCK * (IN_C4 + K4));
  let gradients = inputs + 4u * BLOCK * IN_C4;
  let begin = slice * BLOCKS_EACH;
  let end = min(BLOCKS, slice * BLOCKS_EACH + BLOCKS_EACH);
  for (var block = begin; block < end; block++) {
    for (var t = 0u; t < BLOCK; t++) {
      let number = block * BLOCK + t;
      let tile = min(number, TILES - 1u);
      let n = tile / (TILES_Y * TILES_X);
      let tileY = tile / TILES_X % TILES_Y;
      let tileX = tile % TILES_X;
      let first0 = ((n * IN_H + 2u * tileY + first - PADDING_Y) * IN_W + 2u * tileX - PADDING_X) * IN_C4;
      let second0 = ((n * IN_H + 2u * tileY + second - PADDING_Y) * IN_W + 2u * tileX - PADDING_X) * IN_C4;
      let first1 = ((n * IN_H + 2u * tileY + first - PADDING_Y) * IN_W + 2u * tileX + 1u - PADDING_X) * IN_C4;
      let second1 = ((n * IN_H + 2u * tileY + second - PADDING_Y) * IN_W + 2u * tileX + 1u - PADDING_X) * IN_C4;
      let first2 = ((n * IN_H + 2u * tileY + first - PADDING_Y) * IN_W + 2u * tileX + 2u - PADDING_X) * IN_C4;
      let second2 = ((n * IN_H + 2u * tileY + second - PADDING_Y) * IN_W + 2u * tileX + 2u - PADDING_X) * IN_C4;
      let first3 = ((n * IN_H + 2u * tileY + first - PADDING_Y) * IN_W + 2u * tileX + 3u - PADDING_X) * IN_C4;
      let second3 = ((n * IN_H + 2u * tileY + second - PADDING_Y) * IN_W + 2u * tileX + 3u - PADDING_X) * IN_C4;
      for (var a = 0u; a < IN_C4; a++) {
        let d0 = x[first0 + a] + sign * x[second0 + a];
        let d1 = x[first1 + a] + sign * x[second1 + a];
        let d2 = x[first2 + a] + sign * x[second2 + a];
        let d3 = x[first3 + a] + sign * x[second3 + a];
        let to = inputs + t * IN_C4 + a;
        tiles[to] = d0 - d2;
        tiles[to + (BLOCK * IN_C4)] = d1 + d2;
        tiles[to + 2u * (BLOCK * IN_C4)] = d2 - d1;
        tiles[to + 3u * (BLOCK * IN_C4)] = d1 - d3;
      }
      let at00 = ((n * P + 2u * tileY + 0u) * Q + 2u * tileX + 0u) * K4;
      let at01 = ((n * P + 2u * tileY + 0u) * Q + 2u * tileX + 1u) * K4;
      let at10 = ((n * P + 2u * tileY + 1u) * Q + 2u * tileX + 0u) * K4;
      let at11 = ((n * P + 2u * tileY + 1u) * Q + 2u * tileX + 1u) * K4;
      for (var b = 0u; b < K4; b++) {
        let g0 = upper * dy[at00 + b] + lower * dy[at10 + b];
        let g1 = upper * dy[at01 + b] + lower * dy[at11 + b];
        let to = gradients + t * K4 + b;
        tiles[to] = g0;
        tiles[to + (BLOCK * K4)] = g0 + g1;
        tiles[to + 2u * (BLOCK * K4)] = g0 - g1;
        tiles[to + 3u * (BLOCK * K4)] = g1;
      }
    }
    for (var element = 0u; element < 4u; element++) {
      for (var c = 0u; c < IN_C4; c += VECTORS) {
        for (var k = 0u; k < K4; k += GROUPS) {
          let at = i * (16u * IN_C4 * K4) + (element * (4u * IN_C4) + 4u * c) * K4 + k;
          var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
          var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
          var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
          var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
          for (var t = 0u; t < BLOCK; t++) {
            let values = inputs + (element * BLOCK + t) * IN_C4 + c;
            let sums = gradients + (element * BLOCK + t) * K4 + k;
            let g0 = tiles[sums]; let g1 = tiles[sums + 1u];
            let v0 = tiles[values].x; acc0_0 += v0 * g0; acc0_1 += v0 * g1;
            let v1 = tiles[values].y; acc1_0 += v1 * g0; acc1_1 += v1 * g1;
            let v2 = tiles[values].z; acc2_0 += v2 * g0; acc2_1 += v2 * g1;
            let v3 = tiles[values].w; acc3_0 += v3 * g0; acc3_1 += v3 * g1;
          }
          // Each block is a sum of its own: one over all tiles would lose digits.
          if (block > begin) {
            acc0_0 += partial[at]; acc0_1 += partial[at + 1u];
            acc1_0 += partial[at + K4]; acc1_1 += partial[at + K4 + 1u];
            acc2_0 += partial[at + 2u * K4]; acc2_1 += partial[at + 2u * K4 + 1u];
            acc3_0 += partial[at + 3u * K4]; acc3_1 += partial[at + 3u * K4 + 1u];
          }
          partial[at] = acc0_0; partial[at + 1u] = acc0_1;
          partial[at + K4] = acc1_0; partial[at + K4 + 1u] = acc1_1;
          partial[at + 2u * K4] = acc2_0; partial[at + 2u * K4 + 1u] = acc2_1;
          partial[at + 3u * K4] = acc3_0; partial[at + 3u * K4 + 1u] = acc3_1;
        }
      }
    }
  }
}
