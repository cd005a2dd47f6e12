// maxPool2dForward
// y[p,q] = the largest x under the window at (p,q); index[p,q] = h·W + w of the first x that is as large.
// Window 3x3, stride 2x2, padding 1x1.
// x: [2,3,9,9] in order 0,1,2,3, padded [2,3,9,12]
// y: [2,3,5,5] in order 0,1,2,3, padded [2,3,5,8]
// One invocation writes one cell of y.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> index: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 240u) { return; }
  let at = i;
  let column = (i / 1u) % 8u;
  if (column >= 5u) {
    y[at] = 0.0;
    index[at] = 0u;
    return;
  }
  let line = i / 8u;
  let plane = line / 5u;
  let row = line % 5u;
  let hFirst = max(row * 2u, 1u) - 1u;
  let hEnd = min(row * 2u + 3u, 10u) - 1u;
  let wFirst = max(column * 2u, 1u) - 1u;
  let wEnd = min(column * 2u + 3u, 10u) - 1u;
  let corner = hFirst * 9u + wFirst;
  var best = x[(plane * 9u + hFirst) * 12u + wFirst];
  var winner = u32(corner);
  for (var h = hFirst; h < hEnd; h++) {
    for (var w = wFirst; w < wEnd; w++) {
      let value = x[(plane * 9u + h) * 12u + w];
      let better = (value > best) | (value != value);
      best = select(best, value, better);
      winner = select(winner, u32(h * 9u + w), better);
    }
  }
  y[at] = best;
  index[at] = winner;
}
