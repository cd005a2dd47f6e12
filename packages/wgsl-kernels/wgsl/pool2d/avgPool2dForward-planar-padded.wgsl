// avgPool2dForward
// y[p,q] = Σ x under the window at (p,q) / its size.
// Window 3x3, stride 2x2, padding 1x1.
// x: [2,3,9,9] in order 0,1,2,3, padded [2,3,9,12]
// y: [2,3,5,5] in order 0,1,2,3, padded [2,3,5,8]
// One invocation writes one cell of y.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 240u) { return; }
  let at = i;
  let column = (i / 1u) % 8u;
  if (column >= 5u) {
    y[at] = 0.0;
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
  var sum = f32(0.0);
  for (var h = hFirst; h < hEnd; h++) {
    for (var w = wFirst; w < wEnd; w++) {
      sum += x[(plane * 9u + h) * 12u + w];
    }
  }
  y[at] = sum / 9.0;
}
