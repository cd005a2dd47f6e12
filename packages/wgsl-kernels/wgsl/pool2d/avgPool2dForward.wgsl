// avgPool2dForward
// y[p,q] = Σ x under the window at (p,q) / its size.
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,16,24,24] in order 0,2,3,1, padded [64,16,24,24]
// y: [64,16,12,12] in order 0,2,3,1, padded [64,16,12,12]
// One invocation writes one cell of y.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const GROUPS = 4u; // vec4s of channels
const H = 24u;
const W = 24u;
const P = 12u;
const R = 2u;
const S = 2u;
const STRIDE_H = 2u;
const STRIDE_W = 2u;
const X_LINE = 24u; // cells from one line of x to the next
const Y_LINE = 12u; // cells from one line of y to the next

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let at = i;
  let group = i % GROUPS;
  let column = (i / GROUPS) % Y_LINE;
  let line = i / (Y_LINE * GROUPS);
  let plane = line / P;
  let row = line % P;
  let corner = row * (STRIDE_H * W) + column * STRIDE_W;
  let start = ((plane * H + row * STRIDE_H) * X_LINE + column * STRIDE_W) * GROUPS + group;
  var sum = vec4<f32>(0.0);
  {
    sum += x[start + (0u * X_LINE + 0u) * GROUPS];
  }
  {
    sum += x[start + (0u * X_LINE + 1u) * GROUPS];
  }
  {
    sum += x[start + (1u * X_LINE + 0u) * GROUPS];
  }
  {
    sum += x[start + (1u * X_LINE + 1u) * GROUPS];
  }
  y[at] = sum / f32(R * S);
}
