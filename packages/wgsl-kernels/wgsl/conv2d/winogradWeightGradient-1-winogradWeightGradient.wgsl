// winogradWeightGradient
// dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p + r - 0, q + s - 0]
// in Winograd's form: sums over tiles of (B^T x B) * (H dy H^T), from 4x4 of x and 2x2 of dy; H = [1 0; 1 1; 1 -1; 0 1].
// x: [128,16,12,12], dy: [128,64,10,10] in order NHWC, each then the zeros that are read outside of it
// partial: the sums of 8 slices, each [4,4,16,64]
// tiles: scratch memory of each invocation, 4 elements of x's transforms [4,32 tiles,16] and of dy's [4,32 tiles,64]
// One invocation: one row of the 4x4 elements, 13 times 32 tiles, all channels;
// 4 input channels times 2 vec4 of output channels at a time, in acc<channel>_<vec4>.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> tiles: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;

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
  let inputs = i * 2560u;
  let gradients = inputs + 512u;
  let begin = slice * 13u;
  let end = min(100u, slice * 13u + 13u);
  for (var block = begin; block < end; block++) {
    for (var t = 0u; t < 32u; t++) {
      let number = block * 32u + t;
      let tile = min(number, 3199u);
      let n = tile / 25u;
      let tileY = tile / 5u % 5u;
      let tileX = tile % 5u;
      let first0 = ((n * 12u + 2u * tileY + first) * 12u + 2u * tileX) * 4u;
      let second0 = ((n * 12u + 2u * tileY + second) * 12u + 2u * tileX) * 4u;
      let first1 = ((n * 12u + 2u * tileY + first) * 12u + 2u * tileX + 1u) * 4u;
      let second1 = ((n * 12u + 2u * tileY + second) * 12u + 2u * tileX + 1u) * 4u;
      let first2 = ((n * 12u + 2u * tileY + first) * 12u + 2u * tileX + 2u) * 4u;
      let second2 = ((n * 12u + 2u * tileY + second) * 12u + 2u * tileX + 2u) * 4u;
      let first3 = ((n * 12u + 2u * tileY + first) * 12u + 2u * tileX + 3u) * 4u;
      let second3 = ((n * 12u + 2u * tileY + second) * 12u + 2u * tileX + 3u) * 4u;
      for (var a = 0u; a < 4u; a++) {
        let d0 = x[first0 + a] + sign * x[second0 + a];
        let d1 = x[first1 + a] + sign * x[second1 + a];
        let d2 = x[first2 + a] + sign * x[second2 + a];
        let d3 = x[first3 + a] + sign * x[second3 + a];
        let to = inputs + t * 4u + a;
        tiles[to + 0u] = d0 - d2;
        tiles[to + 128u] = d1 + d2;
        tiles[to + 256u] = d2 - d1;
        tiles[to + 384u] = d1 - d3;
      }
      let at00 = ((n * 10u + 2u * tileY + 0u) * 10u + 2u * tileX + 0u) * 16u;
      let at01 = ((n * 10u + 2u * tileY + 0u) * 10u + 2u * tileX + 1u) * 16u;
      let at10 = ((n * 10u + 2u * tileY + 1u) * 10u + 2u * tileX + 0u) * 16u;
      let at11 = ((n * 10u + 2u * tileY + 1u) * 10u + 2u * tileX + 1u) * 16u;
      for (var b = 0u; b < 16u; b++) {
        let g0 = upper * dy[at00 + b] + lower * dy[at10 + b];
        let g1 = upper * dy[at01 + b] + lower * dy[at11 + b];
        let to = gradients + t * 16u + b;
        tiles[to + 0u] = g0;
        tiles[to + 512u] = g0 + g1;
        tiles[to + 1024u] = g0 - g1;
        tiles[to + 1536u] = g1;
      }
    }
    for (var element = 0u; element < 4u; element++) {
      for (var c = 0u; c < 4u; c += 1u) {
        for (var k = 0u; k < 16u; k += 2u) {
          let at = i * 1024u + (element * 16u + 4u * c) * 16u + k;
          var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
          var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
          var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
          var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
          for (var t = 0u; t < 32u; t++) {
            let values = inputs + (element * 32u + t) * 4u + c;
            let sums = gradients + (element * 32u + t) * 16u + k;
            let g0 = tiles[sums]; let g1 = tiles[sums + 1u];
            let v0 = tiles[values].x; acc0_0 += v0 * g0; acc0_1 += v0 * g1;
            let v1 = tiles[values].y; acc1_0 += v1 * g0; acc1_1 += v1 * g1;
            let v2 = tiles[values].z; acc2_0 += v2 * g0; acc2_1 += v2 * g1;
            let v3 = tiles[values].w; acc3_0 += v3 * g0; acc3_1 += v3 * g1;
          }
          // Each block is a sum of its own: one over all tiles would lose digits.
          if (block > begin) {
            acc0_0 += partial[at + 0u]; acc0_1 += partial[at + 1u];
            acc1_0 += partial[at + 16u]; acc1_1 += partial[at + 17u];
            acc2_0 += partial[at + 32u]; acc2_1 += partial[at + 33u];
            acc3_0 += partial[at + 48u]; acc3_1 += partial[at + 49u];
          }
          partial[at + 0u] = acc0_0; partial[at + 1u] = acc0_1;
          partial[at + 16u] = acc1_0; partial[at + 17u] = acc1_1;
          partial[at + 32u] = acc2_0; partial[at + 33u] = acc2_1;
          partial[at + 48u] = acc3_0; partial[at + 49u] = acc3_1;
        }
      }
    }
  }
}
