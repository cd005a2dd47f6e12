// maxPool2dGradient
// dx[h,w] = Σ dy[p,q] over the windows (p,q) that cover (h,w) and whose index is h·W + w.
// Window 3x3, stride 2x2, padding 1x1.
// x: [2,3,9,9] in order 0,1,2,3, padded [2,3,9,12]
// y: [2,3,5,5] in order 0,1,2,3, padded [2,3,5,8]
// One invocation writes one cell of x.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

const GROUPS = 1u; // vec4s of channels
const H = 9u;
const W = 9u;
const P = 5u;
const Q = 5u;
const R = 3u;
const S = 3u;
const STRIDE_H = 2u;
const STRIDE_W = 2u;
const PADDING_H = 1u;
const PADDING_W = 1u;
const X_LINE = 12u; // cells from one line of x to the next
const Y_LINE = 8u; // cells from one line of y to the next

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 648u) { return; }
  let at = i;
  let column = (i / GROUPS) % X_LINE;
  if (column >= W) {
    dx[at] = 0.0;
    return;
  }
  let line = i / (X_LINE * GROUPS);
  let plane = line / H;
  let row = line % H;
  let pFirst = (max((row + PADDING_H) + STRIDE_H, R) - R) / STRIDE_H;
  let pEnd = min((row + PADDING_H) / STRIDE_H + 1u, P);
  let qFirst = (max((column + PADDING_W) + STRIDE_W, S) - S) / STRIDE_W;
  let qEnd = min((column + PADDING_W) / STRIDE_W + 1u, Q);
  let position = u32(row * W + column);
  var sum = f32(0.0);
  for (var p = pFirst; p < pEnd; p++) {
    for (var q = qFirst; q < qEnd; q++) {
      let source = (plane * P + p) * Y_LINE + q;
      sum += select(f32(0.0), dy[source], index[source] == position);
    }
  }
  dx[at] = sum;
}
