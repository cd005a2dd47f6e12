// winogradInputGradient
// dx[n,c,h,w] = sum_{k,r,s}
//   dy[n, k, h + 0 - r, w + 0 - s] * weight[k,c,r,s]
// in Winograd's form: 2x2 outputs Y = A^T [sum over channels of U * (B^T d B)] A from 4x4 inputs d.
// dy: [128,64,10,10] in order NHWC, then the zeros that taps in the padding read
// transformed: U, as winogradInputGradientFilter writes it
// dx: [128,16,12,12] in order NHWC
// tiles: scratch memory of each invocation, B^T d B as [4,4,6 tiles,64],
// then its products with U as [4,4,6 tiles,8]
// One invocation: 12 times 6 neighbouring tiles, all channels; products in acc<tile>_<vec4>.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> transformed: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> tiles: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;

const IN_H = 10u;
const IN_W = 10u;
const IN_C4 = 16u; // vec4s of channels
const IN_ZEROS = 204800u; // where the zeros after the image begin
const PADDING_Y = 2u;
const PADDING_X = 2u;
const TILES_Y = 6u;
const TILES_X = 6u;
const TILES = 4608u; // of the batch
const OUT_H = 12u;
const OUT_W = 12u;
const OUT_C4 = 4u; // vec4s of channels
const ROWS = 6u; // tiles that are multiplied together
const PANEL = 2u; // vec4s of output channels at a time
const BLOCKS_EACH = 12u; // of them, one after the other, in one invocation
const SCRATCH = 1728u; // vec4s of scratch memory of an invocation

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let inputs = i * SCRATCH;
  let products = inputs + 16u * ROWS * IN_C4;
  let end = i * BLOCKS_EACH + BLOCKS_EACH;
  for (var block = i * BLOCKS_EACH; block < end; block++) {
    for (var t = 0u; t < ROWS; t++) {
      let tile = min(block * ROWS + t, TILES - 1u);
      let n = tile / (TILES_Y * TILES_X);
      let tileY = tile / TILES_X % TILES_Y;
      let tileX = tile % TILES_X;
      let at00 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 0u - PADDING_Y) * IN_W + 2u * tileX - PADDING_X) * IN_C4, (2u * tileY + 0u - PADDING_Y < IN_H) & (2u * tileX - PADDING_X < IN_W));
      let at01 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 0u - PADDING_Y) * IN_W + 2u * tileX + 1u - PADDING_X) * IN_C4, (2u * tileY + 0u - PADDING_Y < IN_H) & (2u * tileX + 1u - PADDING_X < IN_W));
      let at02 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 0u - PADDING_Y) * IN_W + 2u * tileX + 2u - PADDING_X) * IN_C4, (2u * tileY + 0u - PADDING_Y < IN_H) & (2u * tileX + 2u - PADDING_X < IN_W));
      let at03 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 0u - PADDING_Y) * IN_W + 2u * tileX + 3u - PADDING_X) * IN_C4, (2u * tileY + 0u - PADDING_Y < IN_H) & (2u * tileX + 3u - PADDING_X < IN_W));
      let at10 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 1u - PADDING_Y) * IN_W + 2u * tileX - PADDING_X) * IN_C4, (2u * tileY + 1u - PADDING_Y < IN_H) & (2u * tileX - PADDING_X < IN_W));
      let at11 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 1u - PADDING_Y) * IN_W + 2u * tileX + 1u - PADDING_X) * IN_C4, (2u * tileY + 1u - PADDING_Y < IN_H) & (2u * tileX + 1u - PADDING_X < IN_W));
      let at12 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 1u - PADDING_Y) * IN_W + 2u * tileX + 2u - PADDING_X) * IN_C4, (2u * tileY + 1u - PADDING_Y < IN_H) & (2u * tileX + 2u - PADDING_X < IN_W));
      let at13 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 1u - PADDING_Y) * IN_W + 2u * tileX + 3u - PADDING_X) * IN_C4, (2u * tileY + 1u - PADDING_Y < IN_H) & (2u * tileX + 3u - PADDING_X < IN_W));
      let at20 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 2u - PADDING_Y) * IN_W + 2u * tileX - PADDING_X) * IN_C4, (2u * tileY + 2u - PADDING_Y < IN_H) & (2u * tileX - PADDING_X < IN_W));
      let at21 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 2u - PADDING_Y) * IN_W + 2u * tileX + 1u - PADDING_X) * IN_C4, (2u * tileY + 2u - PADDING_Y < IN_H) & (2u * tileX + 1u - PADDING_X < IN_W));
      let at22 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 2u - PADDING_Y) * IN_W + 2u * tileX + 2u - PADDING_X) * IN_C4, (2u * tileY + 2u - PADDING_Y < IN_H) & (2u * tileX + 2u - PADDING_X < IN_W));
      let at23 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 2u - PADDING_Y) * IN_W + 2u * tileX + 3u - PADDING_X) * IN_C4, (2u * tileY + 2u - PADDING_Y < IN_H) & (2u * tileX + 3u - PADDING_X < IN_W));
      let at30 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 3u - PADDING_Y) * IN_W + 2u * tileX - PADDING_X) * IN_C4, (2u * tileY + 3u - PADDING_Y < IN_H) & (2u * tileX - PADDING_X < IN_W));
      let at31 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 3u - PADDING_Y) * IN_W + 2u * tileX + 1u - PADDING_X) * IN_C4, (2u * tileY + 3u - PADDING_Y < IN_H) & (2u * tileX + 1u - PADDING_X < IN_W));
      let at32 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 3u - PADDING_Y) * IN_W + 2u * tileX + 2u - PADDING_X) * IN_C4, (2u * tileY + 3u - PADDING_Y < IN_H) & (2u * tileX + 2u - PADDING_X < IN_W));
      let at33 = select(IN_ZEROS, ((n * IN_H + 2u * tileY + 3u - PADDING_Y) * IN_W + 2u * tileX + 3u - PADDING_X) * IN_C4, (2u * tileY + 3u - PADDING_Y < IN_H) & (2u * tileX + 3u - PADDING_X < IN_W));
      for (var a = 0u; a < IN_C4; a++) {
        let to = inputs + t * IN_C4 + a;
        let d00 = dy[at00 + a]; let d01 = dy[at01 + a]; let d02 = dy[at02 + a]; let d03 = dy[at03 + a];
        let d10 = dy[at10 + a]; let d11 = dy[at11 + a]; let d12 = dy[at12 + a]; let d13 = dy[at13 + a];
        let d20 = dy[at20 + a]; let d21 = dy[at21 + a]; let d22 = dy[at22 + a]; let d23 = dy[at23 + a];
        let t00 = d00 - d20; let t01 = d01 - d21; let t02 = d02 - d22; let t03 = d03 - d23;
        tiles[to] = t00 - t02;
        tiles[to + (ROWS * IN_C4)] = t01 + t02;
        tiles[to + 2u * (ROWS * IN_C4)] = t02 - t01;
        tiles[to + 3u * (ROWS * IN_C4)] = t01 - t03;
        let t10 = d10 + d20; let t11 = d11 + d21; let t12 = d12 + d22; let t13 = d13 + d23;
        tiles[to + 4u * (ROWS * IN_C4)] = t10 - t12;
        tiles[to + 5u * (ROWS * IN_C4)] = t11 + t12;
        tiles[to + 6u * (ROWS * IN_C4)] = t12 - t11;
        tiles[to + 7u * (ROWS * IN_C4)] = t11 - t13;
        let t20 = d20 - d10; let t21 = d21 - d11; let t22 = d22 - d12; let t23 = d23 - d13;
        tiles[to + 8u * (ROWS * IN_C4)] = t20 - t22;
        tiles[to + 9u * (ROWS * IN_C4)] = t21 + t22;
        tiles[to + 10u * (ROWS * IN_C4)] = t22 - t21;
        tiles[to + 11u * (ROWS * IN_C4)] = t21 - t23;
        let d30 = dy[at30 + a]; let d31 = dy[at31 + a]; let d32 = dy[at32 + a]; let d33 = dy[at33 + a];
        let t30 = d10 - d30; let t31 = d11 - d31; let t32 = d12 - d32; let t33 = d13 - d33;
        tiles[to + 12u * (ROWS * IN_C4)] = t30 - t32;
        tiles[to + 13u * (ROWS * IN_C4)] = t31 + t32;
        tiles[to + 14u * (ROWS * IN_C4)] = t32 - t31;
        tiles[to + 15u * (ROWS * IN_C4)] = t31 - t33;
      }
    }
    for (var b = 0u; b < OUT_C4; b += PANEL) {
      for (var element = 0u; element < 16u; element++) {
        var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
        var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
        var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
        var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
        var acc4_0 = vec4<f32>(); var acc4_1 = vec4<f32>();
        var acc5_0 = vec4<f32>(); var acc5_1 = vec4<f32>();
        for (var a = 0u; a < IN_C4; a++) {
          let filters = (b * (16u / PANEL) + element) * (4u * IN_C4 * PANEL) + a * (4u * PANEL);
          let values = inputs + element * (ROWS * IN_C4) + a;
          let u0_0 = transformed[filters]; let u0_1 = transformed[filters + 1u];
          let v0_0 = tiles[values].x; acc0_0 += v0_0 * u0_0; acc0_1 += v0_0 * u0_1;
          let v0_1 = tiles[values + IN_C4].x; acc1_0 += v0_1 * u0_0; acc1_1 += v0_1 * u0_1;
          let v0_2 = tiles[values + 2u * IN_C4].x; acc2_0 += v0_2 * u0_0; acc2_1 += v0_2 * u0_1;
          let v0_3 = tiles[values + 3u * IN_C4].x; acc3_0 += v0_3 * u0_0; acc3_1 += v0_3 * u0_1;
          let v0_4 = tiles[values + 4u * IN_C4].x; acc4_0 += v0_4 * u0_0; acc4_1 += v0_4 * u0_1;
          let v0_5 = tiles[values + 5u * IN_C4].x; acc5_0 += v0_5 * u0_0; acc5_1 += v0_5 * u0_1;
          let u1_0 = transformed[filters + PANEL]; let u1_1 = transformed[filters + PANEL + 1u];
          let v1_0 = tiles[values].y; acc0_0 += v1_0 * u1_0; acc0_1 += v1_0 * u1_1;
          let v1_1 = tiles[values + IN_C4].y; acc1_0 += v1_1 * u1_0; acc1_1 += v1_1 * u1_1;
          let v1_2 = tiles[values + 2u * IN_C4].y; acc2_0 += v1_2 * u1_0; acc2_1 += v1_2 * u1_1;
          let v1_3 = tiles[values + 3u * IN_C4].y; acc3_0 += v1_3 * u1_0; acc3_1 += v1_3 * u1_1;
          let v1_4 = tiles[values + 4u * IN_C4].y; acc4_0 += v1_4 * u1_0; acc4_1 += v1_4 * u1_1;
          let v1_5 = tiles[values + 5u * IN_C4].y; acc5_0 += v1_5 * u1_0; acc5_1 += v1_5 * u1_1;
          let u2_0 = transformed[filters + 2u * PANEL]; let u2_1 = transformed[filters + 2u * PANEL + 1u];
          let v2_0 = tiles[values].z; acc0_0 += v2_0 * u2_0; acc0_1 += v2_0 * u2_1;
          let v2_1 = tiles[values + IN_C4].z; acc1_0 += v2_1 * u2_0; acc1_1 += v2_1 * u2_1;
          let v2_2 = tiles[values + 2u * IN_C4].z; acc2_0 += v2_2 * u2_0; acc2_1 += v2_2 * u2_1;
          let v2_3 = tiles[values + 3u * IN_C4].z; acc3_0 += v2_3 * u2_0; acc3_1 += v2_3 * u2_1;
          let v2_4 = tiles[values + 4u * IN_C4].z; acc4_0 += v2_4 * u2_0; acc4_1 += v2_4 * u2_1;
          let v2_5 = tiles[values + 5u * IN_C4].z; acc5_0 += v2_5 * u2_0; acc5_1 += v2_5 * u2_1;
          let u3_0 = transformed[filters + 3u * PANEL]; let u3_1 = transformed[filters + 3u * PANEL + 1u];
          let v3_0 = tiles[values].w; acc0_0 += v3_0 * u3_0; acc0_1 += v3_0 * u3_1;
          let v3_1 = tiles[values + IN_C4].w; acc1_0 += v3_1 * u3_0; acc1_1 += v3_1 * u3_1;
          let v3_2 = tiles[values + 2u * IN_C4].w; acc2_0 += v3_2 * u3_0; acc2_1 += v3_2 * u3_1;
          let v3_3 = tiles[values + 3u * IN_C4].w; acc3_0 += v3_3 * u3_0; acc3_1 += v3_3 * u3_1;
          let v3_4 = tiles[values + 4u * IN_C4].w; acc4_0 += v3_4 * u3_0; acc4_1 += v3_4 * u3_1;
          let v3_5 = tiles[values + 5u * IN_C4].w; acc5_0 += v3_5 * u3_0; acc5_1 += v3_5 * u3_1;
        }
        let to = products + element * (ROWS * PANEL);
        tiles[to] = acc0_0; tiles[to + 1u] = acc0_1;
        tiles[to + PANEL] = acc1_0; tiles[to + PANEL + 1u] = acc1_1;
        tiles[to + 2u * PANEL] = acc2_0; tiles[to + 2u * PANEL + 1u] = acc2_1;
        tiles[to + 3u * PANEL] = acc3_0; tiles[to + 3u * PANEL + 1u] = acc3_1;
        tiles[to + 4u * PANEL] = acc4_0; tiles[to + 4u * PANEL + 1u] = acc4_1;
        tiles[to + 5u * PANEL] = acc5_0; tiles[to + 5u * PANEL + 1u] = acc5_1;
      }
      for (var t = 0u; t < ROWS; t++) {
        let tile = min(block * ROWS + t, TILES - 1u);
        let n = tile / (TILES_Y * TILES_X);
        let tileY = tile / TILES_X % TILES_Y;
        let tileX = tile % TILES_X;
        for (var j = 0u; j < PANEL; j++) {
          let product = products + t * PANEL + j;
          let to = ((n * OUT_H + 2u * tileY) * OUT_W + 2u * tileX) * OUT_C4 + b + j;
          let m00 = tiles[product]; let m10 = tiles[product + 4u * (ROWS * PANEL)]; let m20 = tiles[product + 8u * (ROWS * PANEL)]; let m30 = tiles[product + 12u * (ROWS * PANEL)];
          let s00 = m00 + m10 + m20; let s10 = m10 - m20 - m30;
          let m01 = tiles[product + (ROWS * PANEL)]; let m11 = tiles[product + 5u * (ROWS * PANEL)]; let m21 = tiles[product + 9u * (ROWS * PANEL)]; let m31 = tiles[product + 13u * (ROWS * PANEL)];
          let s01 = m01 + m11 + m21; let s11 = m11 - m21 - m31;
          let m02 = tiles[product + 2u * (ROWS * PANEL)]; let m12 = tiles[product + 6u * (ROWS * PANEL)]; let m22 = tiles[product + 10u * (ROWS * PANEL)]; let m32 = tiles[product + 14u * (ROWS * PANEL)];
          let s02 = m02 + m12 + m22; let s12 = m12 - m22 - m32;
          let m03 = tiles[product + 3u * (ROWS * PANEL)]; let m13 = tiles[product + 7u * (ROWS * PANEL)]; let m23 = tiles[product + 11u * (ROWS * PANEL)]; let m33 = tiles[product + 15u * (ROWS * PANEL)];
          let s03 = m03 + m13 + m23; let s13 = m13 - m23 - m33;
          dx[to] = s00 + s01 + s02;
          dx[to + OUT_C4] = s01 - s02 - s03;
          dx[to + (OUT_W * OUT_C4)] = s10 + s11 + s12;
          dx[to + (OUT_W * OUT_C4) + OUT_C4] = s11 - s12 - s13;
        }
      }
    }
  }
}
