// maxPool2dForward
// y[p,q] = the largest x under the window at (p,q); index[p,q] = h·W + w of the first x that is as large.
// Window 3x3, stride 2x2, padding 1x1.
// x: [2,3,9,9] in order 0,1,2,3, padded [2,3,9,12]
// y: [2,3,5,5] in order 0,1,2,3, padded [2,3,5,8]
// One invocation writes one cell of y.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> index: array<u32>;

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
  if (i >= 240u) { return; }
  let at = i;
  let column = (i / GROUPS) % Y_LINE;
  if (column >= Q) {
    y[at] = 0.0;
    index[at] = 0u;
    return;
  }
  let line = i / (Y_LINE * GROUPS);
  let plane = line / P;
  let row = line % P;
  let hFirst = max(row * STRIDE_H, PADDING_H) - PADDING_H;
  let hEnd = min(row * STRIDE_H + R, H + PADDING_H) - PADDING_H;
  let wFirst = max(column * STRIDE_W, PADDING_W) - PADDING_W;
  let wEnd = min(column * STRIDE_W + S, W + PADDING_W) - PADDING_W;
  let corner = hFirst * W + wFirst;
  var best = x[(plane * H + hFirst) * X_LINE + wFirst];
  var winner = u32(corner);
  for (var h = hFirst; h < hEnd; h++) {
    for (var w = wFirst; w < wEnd; w++) {
      let value = x[(plane * H + h) * X_LINE + w];
      let better = (value > best) | (value != value);
      best = select(best, value, better);
      winner = select(winner, u32(h * W + w), better);
    }
  }
  y[at] = best;
  index[at] = winner;
}
