// winogradForward
// y[n,k,p,q] = bias[k] + sum_{c,r,s} x[n, c, p + r - 0, q + s - 0] * weight[k,c,r,s]
// in Winograd's form: 2x2 outputs Y = A^T [sum over channels of U * (B^T d B)] A from 4x4 inputs d.
// x: [128,16,12,12] in order NHWC, then the zeros that taps in the padding read
// transformed: U, as winogradForwardFilter writes it; bias: one per channel; y: [128,64,10,10] in order NHWC; negative values become 0
// tiles: scratch memory of each invocation, B^T d B as [4,4,6 tiles,16], then its products with U as [4,4,6 tiles,8]
// One invocation: 9 times 6 neighbouring tiles, all channels; products in acc<tile>_<vec4>.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> transformed: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> tiles: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 60u) { return; }
  let inputs = i * 576u;
  let products = inputs + 384u;
  let end = min(534u, i * 9u + 9u);
  for (var block = i * 9u; block < end; block++) {
    for (var t = 0u; t < 6u; t++) {
      let tile = min(block * 6u + t, 3199u);
      let n = tile / 25u;
      let tileY = tile / 5u % 5u;
      let tileX = tile % 5u;
      let at00 = ((n * 12u + 2u * tileY + 0u) * 12u + 2u * tileX) * 4u;
      let at01 = ((n * 12u + 2u * tileY + 0u) * 12u + 2u * tileX + 1u) * 4u;
      let at02 = ((n * 12u + 2u * tileY + 0u) * 12u + 2u * tileX + 2u) * 4u;
      let at03 = ((n * 12u + 2u * tileY + 0u) * 12u + 2u * tileX + 3u) * 4u;
      let at10 = ((n * 12u + 2u * tileY + 1u) * 12u + 2u * tileX) * 4u;
      let at11 = ((n * 12u + 2u * tileY + 1u) * 12u + 2u * tileX + 1u) * 4u;
      let at12 = ((n * 12u + 2u * tileY + 1u) * 12u + 2u * tileX + 2u) * 4u;
      let at13 = ((n * 12u + 2u * tileY + 1u) * 12u + 2u * tileX + 3u) * 4u;
      let at20 = ((n * 12u + 2u * tileY + 2u) * 12u + 2u * tileX) * 4u;
      let at21 = ((n * 12u + 2u * tileY + 2u) * 12u + 2u * tileX + 1u) * 4u;
      let at22 = ((n * 12u + 2u * tileY + 2u) * 12u + 2u * tileX + 2u) * 4u;
      let at23 = ((n * 12u + 2u * tileY + 2u) * 12u + 2u * tileX + 3u) * 4u;
      let at30 = ((n * 12u + 2u * tileY + 3u) * 12u + 2u * tileX) * 4u;
      let at31 = ((n * 12u + 2u * tileY + 3u) * 12u + 2u * tileX + 1u) * 4u;
      let at32 = ((n * 12u + 2u * tileY + 3u) * 12u + 2u * tileX + 2u) * 4u;
      let at33 = ((n * 12u + 2u * tileY + 3u) * 12u + 2u * tileX + 3u) * 4u;
      for (var a = 0u; a < 4u; a++) {
        let to = inputs + t * 4u + a;
        let d00 = x[at00 + a]; let d01 = x[at01 + a]; let d02 = x[at02 + a]; let d03 = x[at03 + a];
        let d10 = x[at10 + a]; let d11 = x[at11 + a]; let d12 = x[at12 + a]; let d13 = x[at13 + a];
        let d20 = x[at20 + a]; let d21 = x[at21 + a]; let d22 = x[at22 + a]; let d23 = x[at23 + a];
        let t00 = d00 - d20; let t01 = d01 - d21; let t02 = d02 - d22; let t03 = d03 - d23;
        tiles[to + 0u] = t00 - t02;
        tiles[to + 24u] = t01 + t02;
        tiles[to + 48u] = t02 - t01;
        tiles[to + 72u] = t01 - t03;
        let t10 = d10 + d20; let t11 = d11 + d21; let t12 = d12 + d22; let t13 = d13 + d23;
        tiles[to + 96u] = t10 - t12;
        tiles[to + 120u] = t11 + t12;
        tiles[to + 144u] = t12 - t11;
        tiles[to + 168u] = t11 - t13;
        let t20 = d20 - d10; let t21 = d21 - d11; let t22 = d22 - d12; let t23 = d23 - d13;
        tiles[to + 192u] = t20 - t22;
        tiles[to + 216u] = t21 + t22;
        tiles[to + 240u] = t22 - t21;
        tiles[to + 264u] = t21 - t23;
        let d30 = x[at30 + a]; let d31 = x[at31 + a]; let d32 = x[at32 + a]; let d33 = x[at33 + a];
        let t30 = d10 - d30; let t31 = d11 - d31; let t32 = d12 - d32; let t33 = d13 - d33;
        tiles[to + 288u] = t30 - t32;
        tiles[to + 312u] = t31 + t32;
        tiles[to + 336u] = t32 - t31;
        tiles[to + 360u] = t31 - t33;
      }
    }
    for (var b = 0u; b < 16u; b += 2u) {
      for (var element = 0u; element < 16u; element++) {
        var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
        var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
        var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
        var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
        var acc4_0 = vec4<f32>(); var acc4_1 = vec4<f32>();
        var acc5_0 = vec4<f32>(); var acc5_1 = vec4<f32>();
        for (var a = 0u; a < 4u; a++) {
          let filters = (b * 8u + element) * 32u + a * 8u;
          let values = inputs + element * 24u + a;
          let u0_0 = transformed[filters]; let u0_1 = transformed[filters + 1u];
          let v0_0 = tiles[values].x; acc0_0 += v0_0 * u0_0; acc0_1 += v0_0 * u0_1;
          let v0_1 = tiles[values + 4u].x; acc1_0 += v0_1 * u0_0; acc1_1 += v0_1 * u0_1;
          let v0_2 = tiles[values + 8u].x; acc2_0 += v0_2 * u0_0; acc2_1 += v0_2 * u0_1;
          let v0_3 = tiles[values + 12u].x; acc3_0 += v0_3 * u0_0; acc3_1 += v0_3 * u0_1;
          let v0_4 = tiles[values + 16u].x; acc4_0 += v0_4 * u0_0; acc4_1 += v0_4 * u0_1;
          let v0_5 = tiles[values + 20u].x; acc5_0 += v0_5 * u0_0; acc5_1 += v0_5 * u0_1;
          let u1_0 = transformed[filters + 2u]; let u1_1 = transformed[filters + 3u];
          let v1_0 = tiles[values].y; acc0_0 += v1_0 * u1_0; acc0_1 += v1_0 * u1_1;
          let v1_1 = tiles[values + 4u].y; acc1_0 += v1_1 * u1_0; acc1_1 += v1_1 * u1_1;
          let v1_2 = tiles[values + 8u].y; acc2_0 += v1_2 * u1_0; acc2_1 += v1_2 * u1_1;
          let v1_3 = tiles[values + 12u].y; acc3_0 += v1_3 * u1_0; acc3_1 += v1_3 * u1_1;
          let v1_4 = tiles[values + 16u].y; acc4_0 += v1_4 * u1_0; acc4_1 += v1_4 * u1_1;
          let v1_5 = tiles[values + 20u].y; acc5_0 += v1_5 * u1_0; acc5_1 += v1_5 * u1_1;
          let u2_0 = transformed[filters + 4u]; let u2_1 = transformed[filters + 5u];
          let v2_0 = tiles[values].z; acc0_0 += v2_0 * u2_0; acc0_1 += v2_0 * u2_1;
          let v2_1 = tiles[values + 4u].z; acc1_0 += v2_1 * u2_0; acc1_1 += v2_1 * u2_1;
          let v2_2 = tiles[values + 8u].z; acc2_0 += v2_2 * u2_0; acc2_1 += v2_2 * u2_1;
          let v2_3 = tiles[values + 12u].z; acc3_0 += v2_3 * u2_0; acc3_1 += v2_3 * u2_1;
          let v2_4 = tiles[values + 16u].z; acc4_0 += v2_4 * u2_0; acc4_1 += v2_4 * u2_1;
          let v2_5 = tiles[values + 20u].z; acc5_0 += v2_5 * u2_0; acc5_1 += v2_5 * u2_1;
          let u3_0 = transformed[filters + 6u]; let u3_1 = transformed[filters + 7u];
          let v3_0 = tiles[values].w; acc0_0 += v3_0 * u3_0; acc0_1 += v3_0 * u3_1;
          let v3_1 = tiles[values + 4u].w; acc1_0 += v3_1 * u3_0; acc1_1 += v3_1 * u3_1;
          let v3_2 = tiles[values + 8u].w; acc2_0 += v3_2 * u3_0; acc2_1 += v3_2 * u3_1;
          let v3_3 = tiles[values + 12u].w; acc3_0 += v3_3 * u3_0; acc3_1 += v3_3 * u3_1;
          let v3_4 = tiles[values + 16u].w; acc4_0 += v3_4 * u3_0; acc4_1 += v3_4 * u3_1;
          let v3_5 = tiles[values + 20u].w; acc5_0 += v3_5 * u3_0; acc5_1 += v3_5 * u3_1;
        }
        let to = products + element * 12u;
        tiles[to] = acc0_0; tiles[to + 1u] = acc0_1;
        tiles[to + 2u] = acc1_0; tiles[to + 3u] = acc1_1;
        tiles[to + 4u] = acc2_0; tiles[to + 5u] = acc2_1;
        tiles[to + 6u] = acc3_0; tiles[to + 7u] = acc3_1;
        tiles[to + 8u] = acc4_0; tiles[to + 9u] = acc4_1;
        tiles[to + 10u] = acc5_0; tiles[to + 11u] = acc5_1;
      }
      for (var t = 0u; t < 6u; t++) {
        let tile = min(block * 6u + t, 3199u);
        let n = tile / 25u;
        let tileY = tile / 5u % 5u;
        let tileX = tile % 5u;
        for (var j = 0u; j < 2u; j++) {
          let product = products + t * 2u + j;
          let to = ((n * 10u + 2u * tileY) * 10u + 2u * tileX) * 16u + b + j;
          let m00 = tiles[product + 0u]; let m10 = tiles[product + 48u]; let m20 = tiles[product + 96u]; let m30 = tiles[product + 144u];
          let s00 = m00 + m10 + m20; let s10 = m10 - m20 - m30;
          let m01 = tiles[product + 12u]; let m11 = tiles[product + 60u]; let m21 = tiles[product + 108u]; let m31 = tiles[product + 156u];
          let s01 = m01 + m11 + m21; let s11 = m11 - m21 - m31;
          let m02 = tiles[product + 24u]; let m12 = tiles[product + 72u]; let m22 = tiles[product + 120u]; let m32 = tiles[product + 168u];
          let s02 = m02 + m12 + m22; let s12 = m12 - m22 - m32;
          let m03 = tiles[product + 36u]; let m13 = tiles[product + 84u]; let m23 = tiles[product + 132u]; let m33 = tiles[product + 180u];
          let s03 = m03 + m13 + m23; let s13 = m13 - m23 - m33;
          y[to] = max(s00 + s01 + s02 + bias[b + j], vec4<f32>());
          y[to + 16u] = max(s01 - s02 - s03 + bias[b + j], vec4<f32>());
          y[to + 160u] = max(s10 + s11 + s12 + bias[b + j], vec4<f32>());
          y[to + 176u] = max(s11 - s12 - s13 + bias[b + j], vec4<f32>());
        }
      }
    }
  }
}
