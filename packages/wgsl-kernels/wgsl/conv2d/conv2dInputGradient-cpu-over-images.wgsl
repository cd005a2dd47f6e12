// conv2dInputGradient
// dx[n,c,h,w] = sum_{k,r,s} dy[n, k, (h + 1 - r)/2, (w + 1 - s)/2] * weight[k,c,r,s],
// over the taps r, s for which the quotients are integers.
// dy: [7,32,7,7] in order NHWC
// weight: [32,16,3,3] in order RSKC
// dx: [7,16,13,14] in order NHWC
// One invocation: 2 pixels times 4 vec4 of channels, in acc<pixel>_<vec4>.
// Its pixels are one position in 2 neighbouring images; taps in the padding are left out.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let tile = i / 784u * 196u + i % 196u;
  let residueY = i / 196u / 2u % 2u;
  let residueX = i / 196u % 2u;
  let stepY = tile / 7u % 7u;
  let stepX = tile % 7u;
  let own = (tile / 49u) * 2u;
  let n = min(own, 5u);
  let firstY = (residueY + 1u) % 2u;
  let shiftY = (residueY + 1u) / 2u;
  let firstX = (residueX + 1u) % 2u;
  let shiftX = (residueX + 1u) / 2u;
  let startY = select(1073741824u, stepY + shiftY, stepY * 2u + residueY < 13u);
  let startX = stepX + shiftX;
  let b0 = 0u;
  let b1 = 1u;
  let b2 = 2u;
  let b3 = 3u;
  var acc0_0 = vec4<f32>(); var acc0_1 = vec4<f32>(); var acc0_2 = vec4<f32>(); var acc0_3 = vec4<f32>();
  var acc1_0 = vec4<f32>(); var acc1_1 = vec4<f32>(); var acc1_2 = vec4<f32>(); var acc1_3 = vec4<f32>();
  for (var r = 0u; r * 2u + firstY < 3u; r++) {
    let row = startY - r;
    if (row < 7u) {
      for (var s = 0u; s * 2u + firstX < 3u; s++) {
        let column = startX - s;
        if (column < 7u) {
          let at0 = ((n * 7u + row) * 7u + column) * 8u;
          let at1 = at0 + 392u;
          let tap = (r * 2u + firstY) * 3u + s * 2u + firstX;
          for (var a = 0u; a < 8u; a++) {
            let v0 = dy[at0 + a];
            let v1 = dy[at1 + a];
            let w = tap * 128u + a * 16u;
            let w0_0 = weight[w + b0]; let w0_1 = weight[w + b1]; let w0_2 = weight[w + b2]; let w0_3 = weight[w + b3];
            acc0_0 += v0.x * w0_0; acc0_1 += v0.x * w0_1; acc0_2 += v0.x * w0_2; acc0_3 += v0.x * w0_3;
            acc1_0 += v1.x * w0_0; acc1_1 += v1.x * w0_1; acc1_2 += v1.x * w0_2; acc1_3 += v1.x * w0_3;
            let w1_0 = weight[w + 4u + b0]; let w1_1 = weight[w + 4u + b1]; let w1_2 = weight[w + 4u + b2]; let w1_3 = weight[w + 4u + b3];
            acc0_0 += v0.y * w1_0; acc0_1 += v0.y * w1_1; acc0_2 += v0.y * w1_2; acc0_3 += v0.y * w1_3;
            acc1_0 += v1.y * w1_0; acc1_1 += v1.y * w1_1; acc1_2 += v1.y * w1_2; acc1_3 += v1.y * w1_3;
            let w2_0 = weight[w + 8u + b0]; let w2_1 = weight[w + 8u + b1]; let w2_2 = weight[w + 8u + b2]; let w2_3 = weight[w + 8u + b3];
            acc0_0 += v0.z * w2_0; acc0_1 += v0.z * w2_1; acc0_2 += v0.z * w2_2; acc0_3 += v0.z * w2_3;
            acc1_0 += v1.z * w2_0; acc1_1 += v1.z * w2_1; acc1_2 += v1.z * w2_2; acc1_3 += v1.z * w2_3;
            let w3_0 = weight[w + 12u + b0]; let w3_1 = weight[w + 12u + b1]; let w3_2 = weight[w + 12u + b2]; let w3_3 = weight[w + 12u + b3];
            acc0_0 += v0.w * w3_0; acc0_1 += v0.w * w3_1; acc0_2 += v0.w * w3_2; acc0_3 += v0.w * w3_3;
            acc1_0 += v1.w * w3_0; acc1_1 += v1.w * w3_1; acc1_2 += v1.w * w3_2; acc1_3 += v1.w * w3_3;
          }
        }
      }
    }
  }
  let atY = stepY * 2u + residueY;
  let atX = stepX * 2u + residueX;
  if (atY < 13u) {
    let to = ((n * 13u + atY) * 14u + atX) * 4u;
    if (n >= own) {
      dx[to + b0] = acc0_0;
      dx[to + b1] = acc0_1;
      dx[to + b2] = acc0_2;
      dx[to + b3] = acc0_3;
    }
    if (n + 1u >= own) {
      dx[to + 728u + b0] = acc1_0;
      dx[to + 728u + b1] = acc1_1;
      dx[to + 728u + b2] = acc1_2;
      dx[to + 728u + b3] = acc1_3;
    }
  }
}
