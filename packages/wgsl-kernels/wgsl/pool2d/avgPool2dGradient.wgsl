// avgPool2dGradient
// dx[h,w] = Σ dy[p,q] / divisor over the windows (p,q) that cover (h,w).
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,16,24,24] in order 0,2,3,1, padded [64,16,24,24]
// y: [64,16,12,12] in order 0,2,3,1, padded [64,16,12,12]
// One invocation writes one cell of x.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;

const GROUPS = 4u; // vec4s of channels
const H = 24u;
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
  let column = (i / GROUPS) % X_LINE;
  let line = i / (X_LINE * GROUPS);
  let plane = line / H;
  let row = line % H;
  let p = row / STRIDE_H;
  let q = column / STRIDE_W;
  var sum = vec4<f32>(0.0);
  sum += dy[((plane * P + p) * Y_LINE + q) * GROUPS + group];
  dx[at] = sum / f32(R * S);
}
