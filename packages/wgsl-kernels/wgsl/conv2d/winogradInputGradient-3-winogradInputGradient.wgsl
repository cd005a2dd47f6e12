// winogradInputGradient
// dx[n,c,h,w] = sum_{k,r,s} dy[n, k, h + 0 - r, w + 0 - s] * weight[k,c,r,s]
// in Winograd's form: 2x2 outputs Y = A^T [sum over channels of U * (B^T d B)] A from 4x4 inputs d.
// dy: [128,64,10,10] in order NHWC, then the zeros that taps in the padding read
// transformed: U, as winogradInputGradientFilter writes it; dx: [128,16,12,12] in order NHWC
// tiles: scratch memory of each invocation, B^T d B as [4,4,6 tiles,64], then its products with U as [4,4,6 tiles,8]
// One invocation: 12 times 6 neighbouring tiles, all channels; products in acc<tile>_<vec4>.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> transformed: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> tiles: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let inputs = i * 1728u;
  let products = inputs + 1536u;
  let end = i * 12u + 12u;
  for (var block = i * 12u; block < end; block++) {
    for (var t = 0u; t < 6u; t++) {
      let tile = min(block * 6u + t, 4607u);
      let n = tile / 36u;
      let tileY = tile / 6u % 6u;
      let tileX = tile % 6u;
      let at00 = select(204800u, ((n * 10u + 2u * tileY + 0u - 2u) * 10u + 2u * tileX - 2u) * 16u, (2u * tileY + 0u - 2u < 10u) & (2u * tileX - 2u < 10u));
      let at01 = select(204800u, ((n * 10u + 2u * tileY + 0u - 2u) * 10u + 2u * tileX - 1u) * 16u, (2u * tileY + 0u - 2u < 10u) & (2u * tileX - 1u < 10u));
      let at02 = select(204800u, ((n * 10u + 2u * tileY + 0u - 2u) * 10u + 2u * tileX) * 16u, (2u * tileY + 0u - 2u < 10u) & (2u * tileX < 10u));
      let at03 = select(204800u, ((n * 10u + 2u * tileY + 0u - 2u) * 10u + 2u * tileX + 1u) * 16u, (2u * tileY + 0u - 2u < 10u) & (2u * tileX + 1u < 10u));
      let at10 = select(204800u, ((n * 10u + 2u * tileY + 1u - 2u) * 10u + 2u * tileX - 2u) * 16u, (2u * tileY + 1u - 2u < 10u) & (2u * tileX - 2u < 10u));
      let at11 = select(204800u, ((n * 10u + 2u * tileY + 1u - 2u) * 10u + 2u * tileX - 1u) * 16u, (2u * tileY + 1u - 2u < 10u) & (2u * tileX - 1u < 10u));
      let at12 = select(204800u, ((n * 10u + 2u * tileY + 1u - 2u) * 10u + 2u * tileX) * 16u, (2u * tileY + 1u - 2u < 10u) & (2u * tileX < 10u));
      let at13 = select(204800u, ((n * 10u + 2u * tileY + 1u - 2u) * 10u + 2u * tileX + 1u) * 16u, (2u * tileY + 1u - 2u < 10u) & (2u * tileX + 1u < 10u));
      let at20 = select(204800u, ((n * 10u + 2u * tileY + 2u - 2u) * 10u + 2u * tileX - 2u) * 16u, (2u * tileY + 2u - 2u < 10u) & (2u * tileX - 2u < 10u));
      let at21 = select(204800u, ((n * 10u + 2u * tileY + 2u - 2u) * 10u + 2u * tileX - 1u) * 16u, (2u * tileY + 2u - 2u < 10u) & (2u * tileX - 1u < 10u));
      let at22 = select(204800u, ((n * 10u + 2u * tileY + 2u - 2u) * 10u + 2u * tileX) * 16u, (2u * tileY + 2u - 2u < 10u) & (2u * tileX < 10u));
      let at23 = select(204800u, ((n * 10u + 2u * tileY + 2u - 2u) * 10u + 2u * tileX + 1u) * 16u, (2u * tileY + 2u - 2u < 10u) & (2u * tileX + 1u < 10u));
      let at30 = select(204800u, ((n * 10u + 2u * tileY + 3u - 2u) * 10u + 2u * tileX - 2u) * 16u, (2u * tileY + 3u - 2u < 10u) & (2u * tileX - 2u < 10u));
      let at31 = select(204800u, ((n * 10u + 2u * tileY + 3u - 2u) * 10u + 2u * tileX - 1u) * 16u, (2u * tileY + 3u - 2u < 10u) & (2u * tileX - 1u < 10u));
      let at32 = select(204800u, ((n * 10u + 2u * tileY + 3u - 2u) * 10u + 2u * tileX) * 16u, (2u * tileY + 3u - 2u < 10u) & (2u * tileX < 10u));
      let at33 = select(204800u, ((n * 10u + 2u * tileY + 3u - 2u) * 10u + 2u * tileX + 1u) * 16u, (2u * tileY + 3u - 2u < 10u) & (2u * tileX + 1u < 10u));
      for (var a = 0u; a < 16u; a++) {
        let to = inputs + t * 16u + a;
        let d00 = dy[at00 + a]; let d01 = dy[at01 + a]; let d02 = dy[at02 + a]; let d03 = dy[at03 + a];
        let d10 = dy[at10 + a]; let d11 = dy[at11 + a]; let d12 = dy[at12 + a]; let d13 = dy[at13 + a];
        let d20 = dy[at20 + a]; let d21 = dy[at21 + a]; let d22 = dy[at22 + a]; let d23 = dy[at23 + a];
        let t00 = d00 - d20; let t01 = d01 - d21; let t02 = d02 - d22; let t03 = d03 - d23;
        tiles[to + 0u] = t00 - t02;
        tiles[to + 96u] = t01 + t02;
        tiles[to + 192u] = t02 - t01;
        tiles[to + 288u] = t01 - t03;
        let t10 = d10 + d20; let t11 = d11 + d21; let t12 = d12 + d22; let t13 = d13 + d23;
        tiles[to + 384u] = t10 - t12;
        tiles[to + 480u] = t11 + t12;
        tiles[to + 576u] = t12 - t11;
        tiles[to + 672u] = t11 - t13;
        let t20 = d20 - d10; let t21 = d21 - d11; let t22 = d22 - d12; let t23 = d23 - d13;
        tiles[to + 768u] = t20 - t22;
        tiles[to + 864u] = t21 + t22;
        tiles[to + 960u] = t22 - t21;
        tiles[to + 1056u] = t21 - t23;
        let d30 = dy[at30 + a]; let d31 = dy[at31 + a]; let d32 = dy[at32 + a]; let d33 = dy[at33 + a];
        let t30 = d10 - d30; let t31 = d11 - d31; let t32 = d12 - d32; let t33 = d13 - d33;
        tiles[to + 1152u] = t30 - t32;
        tiles[to + 1248u] = t31 + t32;
        tiles[to + 1344u] = t32 - t31;
        tiles[to + 1440u] = t31 - t33;
      }
    }
    for (var b = 0u; b < 4u; b += 2u) {
      for (var element = 0u; element < 16u; element++) {
        var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>();
        var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>();
        var acc2_0 = vec4<f32>(); var acc2_1 = vec4<f32>();
        var acc3_0 = vec4<f32>(); var acc3_1 = vec4<f32>();
        var acc4_0 = vec4<f32>(); var acc4_1 = vec4<f32>();
        var acc5_0 = vec4<f32>(); var acc5_1 = vec4<f32>();
        for (var a = 0u; a < 16u; a++) {
          let filters = (b * 8u + element) * 128u + a * 8u;
          let values = inputs + element * 96u + a;
          let u0_0 = transformed[filters]; let u0_1 = transformed[filters + 1u];
          let v0_0 = tiles[values].x; acc0_0 += v0_0 * u0_0; acc0_1 += v0_0 * u0_1;
          let v0_1 = tiles[values + 16u].x; acc1_0 += v0_1 * u0_0; acc1_1 += v0_1 * u0_1;
          let v0_2 = tiles[values + 32u].x; acc2_0 += v0_2 * u0_0; acc2_1 += v0_2 * u0_1;
          let v0_3 = tiles[values + 48u].x; acc3_0 += v0_3 * u0_0; acc3_1 += v0_3 * u0_1;
          let v0_4 = tiles[values + 64u].x; acc4_0 += v0_4 * u0_0; acc4_1 += v0_4 * u0_1;
          let v0_5 = tiles[values + 80u].x; acc5_0 += v0_5 * u0_0; acc5_1 += v0_5 * u0_1;
          let u1_0 = transformed[filters + 2u]; let u1_1 = transformed[filters + 3u];
          let v1_0 = tiles[values].y; acc0_0 += v1_0 * u1_0; acc0_1 += v1_0 * u1_1;
          let v1_1 = tiles[values + 16u].y; acc1_0 += v1_1 * u1_0; acc1_1 += v1_1 * u1_1;
          let v1_2 = tiles[values + 32u].y; acc2_0 += v1_2 * u1_0; acc2_1 += v1_2 * u1_1;
          let v1_3 = tiles[values + 48u].y; acc3_0 += v1_3 * u1_0; acc3_1 += v1_3 * u1_1;
          let v1_4 = tiles[values + 64u].y; acc4_0 += v1_4 * u1_0; acc4_1 += v1_4 * u1_1;
          let v1_5 = tiles[values + 80u].y; acc5_0 += v1_5 * u1_0; acc5_1 += v1_5 * u1_1;
          let u2_0 = transformed[filters + 4u]; let u2_1 = transformed[filters + 5u];
          let v2_0 = tiles[values].z; acc0_0 += v2_0 * u2_0; acc0_1 += v2_0 * u2_1;
          let v2_1 = tiles[values + 16u].z; acc1_0 += v2_1 * u2_0; acc1_1 += v2_1 * u2_1;
          let v2_2 = tiles[values + 32u].z; acc2_0 += v2_2 * u2_0; acc2_1 += v2_2 * u2_1;
          let v2_3 = tiles[values + 48u].z; acc3_0 += v2_3 * u2_0; acc3_1 += v2_3 * u2_1;
          let v2_4 = tiles[values + 64u].z; acc4_0 += v2_4 * u2_0; acc4_1 += v2_4 * u2_1;
          let v2_5 = tiles[values + 80u].z; acc5_0 += v2_5 * u2_0; acc5_1 += v2_5 * u2_1;
          let u3_0 = transformed[filters + 6u]; let u3_1 = transformed[filters + 7u];
          let v3_0 = tiles[values].w; acc0_0 += v3_0 * u3_0; acc0_1 += v3_0 * u3_1;
          let v3_1 = tiles[values + 16u].w; acc1_0 += v3_1 * u3_0; acc1_1 += v3_1 * u3_1;
          let v3_2 = tiles[values + 32u].w; acc2_0 += v3_2 * u3_0; acc2_1 += v3_2 * u3_1;
          let v3_3 = tiles[values + 48u].w; acc3_0 += v3_3 * u3_0; acc3_1 += v3_3 * u3_1;
          let v3_4 = tiles[values + 64u].w; acc4_0 += v3_4 * u3_0; acc4_1 += v3_4 * u3_1;
          let v3_5 = tiles[values + 80u].w; acc5_0 += v3_5 * u3_0; acc5_1 += v3_5 * u3_1;
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
        let tile = min(block * 6u + t, 4607u);
        let n = tile / 36u;
        let tileY = tile / 6u % 6u;
        let tileX = tile % 6u;
        for (var j = 0u; j < 2u; j++) {
          let product = products + t * 2u + j;
          let to = ((n * 12u + 2u * tileY) * 12u + 2u * tileX) * 4u + b + j;
          let m00 = tiles[product + 0u]; let m10 = tiles[product + 48u]; let m20 = tiles[product + 96u]; let m30 = tiles[product + 144u];
          let s00 = m00 + m10 + m20; let s10 = m10 - m20 - m30;
          let m01 = tiles[product + 12u]; let m11 = tiles[product + 60u]; let m21 = tiles[product + 108u]; let m31 = tiles[product + 156u];
          let s01 = m01 + m11 + m21; let s11 = m11 - m21 - m31;
          let m02 = tiles[product + 24u]; let m12 = tiles[product + 72u]; let m22 = tiles[product + 120u]; let m32 = tiles[product + 168u];
          let s02 = m02 + m12 + m22; let s12 = m12 - m22 - m32;
          let m03 = tiles[product + 36u]; let m13 = tiles[product + 84u]; let m23 = tiles[product + 132u]; let m33 = tiles[product + 180u];
          let s03 = m03 + m13 + m23; let s13 = m13 - m23 - m33;
          dx[to] = s00 + s01 + s02;
          dx[to + 4u] = s01 - s02 - s03;
          dx[to + 48u] = s10 + s11 + s12;
          dx[to + 52u] = s11 - s12 - s13;
        }
      }
    }
  }
}
