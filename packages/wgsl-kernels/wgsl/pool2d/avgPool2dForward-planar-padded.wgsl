// avgPool2dForward
// y[p,q] = Σ x under the window at (p,q) / its size.
// Window 3x3, stride 2x2, padding 1x1.
// x: [2,3,9,9] in order 0,1,2,3, padded [2,3,9,12]
// y: [2,3,5,5] in order 0,1,2,3, padded [2,3,5,8]
// One invocation writes one cell of y.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

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
  var sum = f32(0.0);
  for (var h = hFirst; h < hEnd; h++) {
    for (var w = wFirst; w < wEnd; w++) {
      sum += x[(plane * H + h) * X_LINE + w];
    }
  }
  y[at] = sum / f32(R * S);
}
