// winogradWeightGradientSum
// dWeight = W M W^T for every pair of channels, M the sum over 8 slices of partial; W = [1 1/2 1/2 0; 0 1/2 -1/2 0; 0 1/2 1/2 -1].
// partial: [8,4,4,1024], dWeight: [3,3,1024]
// One invocation adds the slices in order, for one vec4 of output channels.
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dWeight: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  var m00 = partial[i + 0u];
  var m01 = partial[i + 256u];
  var m02 = partial[i + 512u];
  var m03 = partial[i + 768u];
  var m10 = partial[i + 1024u];
  var m11 = partial[i + 1280u];
  var m12 = partial[i + 1536u];
  var m13 = partial[i + 1792u];
  var m20 = partial[i + 2048u];
  var m21 = partial[i + 2304u];
  var m22 = partial[i + 2560u];
  var m23 = partial[i + 2816u];
  var m30 = partial[i + 3072u];
  var m31 = partial[i + 3328u];
  var m32 = partial[i + 3584u];
  var m33 = partial[i + 3840u];
  for (var slice = 1u; slice < 8u; slice++) {
    let at = slice * 4096u + i;
    m00 += partial[at + 0u];
    m01 += partial[at + 256u];
    m02 += partial[at + 512u];
    m03 += partial[at + 768u];
    m10 += partial[at + 1024u];
    m11 += partial[at + 1280u];
    m12 += partial[at + 1536u];
    m13 += partial[at + 1792u];
    m20 += partial[at + 2048u];
    m21 += partial[at + 2304u];
    m22 += partial[at + 2560u];
    m23 += partial[at + 2816u];
    m30 += partial[at + 3072u];
    m31 += partial[at + 3328u];
    m32 += partial[at + 3584u];
    m33 += partial[at + 3840u];
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
  dWeight[i + 0u] = h00 + 0.5 * (h01 + h02);
  dWeight[i + 256u] = 0.5 * (h01 - h02);
  dWeight[i + 512u] = 0.5 * (h01 + h02) - h03;
  dWeight[i + 768u] = h10 + 0.5 * (h11 + h12);
  dWeight[i + 1024u] = 0.5 * (h11 - h12);
  dWeight[i + 1280u] = 0.5 * (h11 + h12) - h13;
  dWeight[i + 1536u] = h20 + 0.5 * (h21 + h22);
  dWeight[i + 1792u] = 0.5 * (h21 - h22);
  dWeight[i + 2048u] = 0.5 * (h21 + h22) - h23;
}
