// winogradWeightGradient
// dWeight[k,c,r,s] = sum_{n,p,q}
//   dy[n,k,p,q] * x[n, c, p*1 + r - 0, q*1 + s - 0]
// in Winograd's form: sums over tiles of (B^T x B) * (H dy H^T), from 4x4 of x and 2x2 of dy; H = [1 0; 1 1; 1 -1; 0 1].
// x: [128,16,12,12], dy: [128,64,10,10] in order NHWC, each then the zeros that are read outside of it
// partial: the sums of 8 slices, each [4,4,16,64], with 16 words after each element
// tiles: scratch memory of each invocation, 4 elements of the transforms of x
// [4,1,32 tiles,16] and of dy [4,8,32 tiles,8], a place between panels
// One invocation: one row of the 4x4 elements, 13 times 32 tiles, all channels;
// 6, 6, 4 input channels at a time for 2 vec4 of output channels,
// in acc<channel>_<vec4>.
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
const ELEMENT = 260u; // vec4s from one element of partial to the next
const BLOCK = 32u; // tiles of a block
const BLOCKS = 100u;
const BLOCKS_EACH = 13u; // blocks of a slice
const APART = 33u; // tiles from one panel to the next: the block, and a place between
const VECTORS = 4u; // vec4s of input channels at a time
const GROUPS = 2u; // vec4s of output channels at a time
const X_PANEL = 4u; // vec4s of input channels that lie together
const DY_PANEL = 2u; // vec4s of output channels that lie together

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
  let inputs = i * (4u * APART * (IN_C4 + K4));
  let gradients = inputs + 4u * APART * IN_C4;
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
      for (var a = 0u; a < IN_C4; a += X_PANEL) {
        for (var v = 0u; v < X_PANEL; v++) {
          let to = inputs + a * APART + t * X_PANEL + v;
          let d0 = x[first0 + a + v] + sign * x[second0 + a + v];
          let d1 = x[first1 + a + v] + sign * x[second1 + a + v];
          let d2 = x[first2 + a + v] + sign * x[second2 + a + v];
          let d3 = x[first3 + a + v] + sign * x[second3 + a + v];
          tiles[to] = d0 - d2;
          tiles[to + (APART * IN_C4)] = d1 + d2;
          tiles[to + 2u * (APART * IN_C4)] = d2 - d1;
          tiles[to + 3u * (APART * IN_C4)] = d1 - d3;
        }
      }
      let at00 = ((n * P + 2u * tileY + 0u) * Q + 2u * tileX + 0u) * K4;
      let at01 = ((n * P + 2u * tileY + 0u) * Q + 2u * tileX + 1u) * K4;
      let at10 = ((n * P + 2u * tileY + 1u) * Q + 2u * tileX + 0u) * K4;
      let at11 = ((n * P + 2u * tileY + 1u) * Q + 2u * tileX + 1u) * K4;
      for (var a = 0u; a < K4; a += DY_PANEL) {
        for (var v = 0u; v < DY_PANEL; v++) {
          let to = gradients + a * APART + t * DY_PANEL + v;
          let g0 = upper * dy[at00 + a + v] + lower * dy[at10 + a + v];
          let g1 = upper * dy[at01 + a + v] + lower * dy[at11 + a + v];
          tiles[to] = g0;
          tiles[to + (APART * K4)] = g0 + g1;
          tiles[to + 2u * (APART * K4)] = g0 - g1;
          tiles[to + 3u * (APART * K4)] = g1;
        }
      }
    }
    for (var element = 0u; element < 4u; element++) {
      for (var c = 0u; c < IN_C4; c += VECTORS) {
        for (var k = 0u; k < K4; k += GROUPS) {
          let values = inputs + (element * IN_C4 + c / X_PANEL * X_PANEL) * APART + c % X_PANEL;
          let sums = gradients + (element * K4 + k / DY_PANEL * DY_PANEL) * APART + k % DY_PANEL;
          let at = (4u * i + element) * ELEMENT + 4u * c * K4 + k;
          {
            var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
            var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
            var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
            var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
            var acc4_0 = vec4<f32>(); var acc4_1 = vec4<f32>();
            var acc5_0 = vec4<f32>(); var acc5_1 = vec4<f32>();
            for (var t = 0u; t < BLOCK; t++) {
              let xAt = values + t * X_PANEL;
              let dyAt = sums + t * DY_PANEL;
              let g0 = tiles[dyAt]; let g1 = tiles[dyAt + 1u];
              let v0 = tiles[xAt].x; acc0_0 += v0 * g0; acc0_1 += v0 * g1;
              let v1 = tiles[xAt].y; acc1_0 += v1 * g0; acc1_1 += v1 * g1;
              let v2 = tiles[xAt].z; acc2_0 += v2 * g0; acc2_1 += v2 * g1;
              let v3 = tiles[xAt].w; acc3_0 += v3 * g0; acc3_1 += v3 * g1;
              let v4 = tiles[xAt + 1u].x; acc4_0 += v4 * g0; acc4_1 += v4 * g1;
              let v5 = tiles[xAt + 1u].y; acc5_0 += v5 * g0; acc5_1 += v5 * g1;
            }
            // Each block is a sum of its own: one over all tiles would lose digits.
            if (block > begin) {
              acc0_0 += partial[at]; acc0_1 += partial[at + 1u];
              acc1_0 += partial[at + K4]; acc1_1 += partial[at + K4 + 1u];
              acc2_0 += partial[at + 2u * K4]; acc2_1 += partial[at + 2u * K4 + 1u];
              acc3_0 += partial[at + 3u * K4]; acc3_1 += partial[at + 3u * K4 + 1u];
              acc4_0 += partial[at + 4u * K4]; acc4_1 += partial[at + 4u * K4 + 1u];
              acc5_0 += partial[at + 5u * K4]; acc5_1 += partial[at + 5u * K4 + 1u];
            }
            partial[at] = acc0_0; partial[at + 1u] = acc0_1;
            partial[at + K4] = acc1_0; partial[at + K4 + 1u] = acc1_1;
            partial[at + 2u * K4] = acc2_0; partial[at + 2u * K4 + 1u] = acc2_1;
            partial[at + 3u * K4] = acc3_0; partial[at + 3u * K4 + 1u] = acc3_1;
            partial[at + 4u * K4] = acc4_0; partial[at + 4u * K4 + 1u] = acc4_1;
            partial[at + 5u * K4] = acc5_0; partial[at + 5u * K4 + 1u] = acc5_1;
          }
          {
            var acc6_0 = vec4<f32>(); var acc6_1 = vec4<f32>();
            var acc7_0 = vec4<f32>(); var acc7_1 = vec4<f32>();
            var acc8_0 = vec4<f32>(); var acc8_1 = vec4<f32>();
            var acc9_0 = vec4<f32>(); var acc9_1 = vec4<f32>();
            var acc10_0 = vec4<f32>(); var acc10_1 = vec4<f32>();
            var acc11_0 = vec4<f32>(); var acc11_1 = vec4<f32>();
            for (var t = 0u; t < BLOCK; t++) {
              let xAt = values + t * X_PANEL;
              let dyAt = sums + t * DY_PANEL;
              let g0 = tiles[dyAt]; let g1 = tiles[dyAt + 1u];
              let v6 = tiles[xAt + 1u].z; acc6_0 += v6 * g0; acc6_1 += v6 * g1;
              let v7 = tiles[xAt + 1u].w; acc7_0 += v7 * g0; acc7_1 += v7 * g1;
              let v8 = tiles[xAt + 2u].x; acc8_0 += v8 * g0; acc8_1 += v8 * g1;
              let v9 = tiles[xAt + 2u].y; acc9_0 += v9 * g0; acc9_1 += v9 * g1;
              let v10 = tiles[xAt + 2u].z; acc10_0 += v10 * g0; acc10_1 += v10 * g1;
              let v11 = tiles[xAt + 2u].w; acc11_0 += v11 * g0; acc11_1 += v11 * g1;
            }
            // Each block is a sum of its own: one over all tiles would lose digits.
            if (block > begin) {
              acc6_0 += partial[at + 6u * K4]; acc6_1 += partial[at + 6u * K4 + 1u];
              acc7_0 += partial[at + 7u * K4]; acc7_1 += partial[at + 7u * K4 + 1u];
              acc8_0 += partial[at + 8u * K4]; acc8_1 += partial[at + 8u * K4 + 1u];
              acc9_0 += partial[at + 9u * K4]; acc9_1 += partial[at + 9u * K4 + 1u];
              acc10_0 += partial[at + 10u * K4]; acc10_1 += partial[at + 10u * K4 + 1u];
              acc11_0 += partial[at + 11u * K4]; acc11_1 += partial[at + 11u * K4 + 1u];
            }
            partial[at + 6u * K4] = acc6_0; partial[at + 6u * K4 + 1u] = acc6_1;
            partial[at + 7u * K4] = acc7_0; partial[at + 7u * K4 + 1u] = acc7_1;
            partial[at + 8u * K4] = acc8_0; partial[at + 8u * K4 + 1u] = acc8_1;
            partial[at + 9u * K4] = acc9_0; partial[at + 9u * K4 + 1u] = acc9_1;
            partial[at + 10u * K4] = acc10_0; partial[at + 10u * K4 + 1u] = acc10_1;
            partial[at + 11u * K4] = acc11_0; partial[at + 11u * K4 + 1u] = acc11_1;
          }
          {
            var acc12_0 = vec4<f32>(); var acc12_1 = vec4<f32>();
            var acc13_0 = vec4<f32>(); var acc13_1 = vec4<f32>();
            var acc14_0 = vec4<f32>(); var acc14_1 = vec4<f32>();
            var acc15_0 = vec4<f32>(); var acc15_1 = vec4<f32>();
            for (var t = 0u; t < BLOCK; t++) {
              let xAt = values + t * X_PANEL;
              let dyAt = sums + t * DY_PANEL;
              let g0 = tiles[dyAt]; let g1 = tiles[dyAt + 1u];
              let v12 = tiles[xAt + 3u].x; acc12_0 += v12 * g0; acc12_1 += v12 * g1;
              let v13 = tiles[xAt + 3u].y; acc13_0 += v13 * g0; acc13_1 += v13 * g1;
              let v14 = tiles[xAt + 3u].z; acc14_0 += v14 * g0; acc14_1 += v14 * g1;
              let v15 = tiles[xAt + 3u].w; acc15_0 += v15 * g0; acc15_1 += v15 * g1;
            }
            // Each block is a sum of its own: one over all tiles would lose digits.
            if (block > begin) {
              acc12_0 += partial[at + 12u * K4]; acc12_1 += partial[at + 12u * K4 + 1u];
              acc13_0 += partial[at + 13u * K4]; acc13_1 += partial[at + 13u * K4 + 1u];
              acc14_0 += partial[at + 14u * K4]; acc14_1 += partial[at + 14u * K4 + 1u];
              acc15_0 += partial[at + 15u * K4]; acc15_1 += partial[at + 15u * K4 + 1u];
            }
            partial[at + 12u * K4] = acc12_0; partial[at + 12u * K4 + 1u] = acc12_1;
            partial[at + 13u * K4] = acc13_0; partial[at + 13u * K4 + 1u] = acc13_1;
            partial[at + 14u * K4] = acc14_0; partial[at + 14u * K4 + 1u] = acc14_1;
            partial[at + 15u * K4] = acc15_0; partial[at + 15u * K4 + 1u] = acc15_1;
          }
        }
      }
    }
  }
}
