// winogradWeightGradientSum
// dWeight = W M W^T for every pair of channels, M the sum over 8 slices of partial;
// W = [1 1/2 1/2 0; 0 1/2 -1/2 0; 0 1/2 1/2 -1].
// partial: [8,4,4,1024], with 16 words after each element; dWeight: [3,3,1024]
// One invocation adds the slices in order, for one vec4 of output channels.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;

const ELEMENT = 260u; // vec4s from one element of partial to the next
const TAP = 256u; // vec4s of a tap
const SLICES = 8u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  var m00 = partial[i];
  var m01 = partial[i + ELEMENT];
  var m02 = partial[i + 2u * ELEMENT];
  var m03 = partial[i + 3u * ELEMENT];
  var m10 = partial[i + 4u * ELEMENT];
  var m11 = partial[i + 5u * ELEMENT];
  var m12 = partial[i + 6u * ELEMENT];
  var m13 = partial[i + 7u * ELEMENT];
  var m20 = partial[i + 8u * ELEMENT];
  var m21 = partial[i + 9u * ELEMENT];
  var m22 = partial[i + 10u * ELEMENT];
  var m23 = partial[i + 11u * ELEMENT];
  var m30 = partial[i + 12u * ELEMENT];
  var m31 = partial[i + 13u * ELEMENT];
  var m32 = partial[i + 14u * ELEMENT];
  var m33 = partial[i + 15u * ELEMENT];
  for (var slice = 1u; slice < SLICES; slice++) {
    let at = slice * (16u * ELEMENT) + i;
    m00 += partial[at];
    m01 += partial[at + ELEMENT];
    m02 += partial[at + 2u * ELEMENT];
    m03 += partial[at + 3u * ELEMENT];
    m10 += partial[at + 4u * ELEMENT];
    m11 += partial[at + 5u * ELEMENT];
    m12 += partial[at + 6u * ELEMENT];
    m13 += partial[at + 7u * ELEMENT];
    m20 += partial[at + 8u * ELEMENT];
    m21 += partial[at + 9u * ELEMENT];
    m22 += partial[at + 10u * ELEMENT];
    m23 += partial[at + 11u * ELEMENT];
    m30 += partial[at + 12u * ELEMENT];
    m31 += partial[at + 13u * ELEMENT];
    m32 += partial[at + 14u * ELEMENT];
    m33 += partial[at + 15u * ELEMENT];
  }
  let h00 = m00 + 0.5 * (m10 + m20);
  let h10 = 0.5 * (m10 - m20);
  let h20 = 0.5 * (m10 + m20) - m30;
  let h01 = m01 + 0.5 * (m11 + m21);
  let h11 = 0.5 * (m11 - m21);
  let h21 = 0.5 * (m11 + m21) - m31;
  let h02 = m02 + 0.5 * (m12 + m22);
  let h12 = 0.5 * (m12 - m22);
  let h22 = 0.5 * (m12 + m22) - m32;
  let h03 = m03 + 0.5 * (m13 + m23);
  let h13 = 0.5 * (m13 - m23);
  let h23 = 0.5 * (m13 + m23) - m33;
  dWeight[i] = h00 + 0.5 * (h01 + h02);
  dWeight[i + TAP] = 0.5 * (h01 - h02);
  dWeight[i + 2u * TAP] = 0.5 * (h01 + h02) - h03;
  dWeight[i + 3u * TAP] = h10 + 0.5 * (h11 + h12);
  dWeight[i + 4u * TAP] = 0.5 * (h11 - h12);
  dWeight[i + 5u * TAP] = 0.5 * (h11 + h12) - h13;
  dWeight[i + 6u * TAP] = h20 + 0.5 * (h21 + h22);
  dWeight[i + 7u * TAP] = 0.5 * (h21 - h22);
  dWeight[i + 8u * TAP] = 0.5 * (h21 + h22) - h23;
}
