// maxPool2dGradient
// dx[h,w] = Σ dy[p,q] over the windows (p,q) that cover (h,w) and whose index is h·W + w.
// Window 3x3, stride 2x2, padding 1x1.
// x: [2,3,9,9] in order 0,1,2,3, padded [2,3,9,12]
// y: [2,3,5,5] in order 0,1,2,3, padded [2,3,5,8]
// One invocation writes one cell of x.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 648u) { return; }
  let at = i;
  let column = (i / 1u) % 12u;
  if (column >= 9u) {
    dx[at] = 0.0;
    return;
  }
  let line = i / 12u;
  let plane = line / 9u;
  let row = line % 9u;
  let pFirst = (max((row + 1u) + 2u, 3u) - 3u) / 2u;
  let pEnd = min((row + 1u) / 2u + 1u, 5u);
  let qFirst = (max((column + 1u) + 2u, 3u) - 3u) / 2u;
  let qEnd = min((column + 1u) / 2u + 1u, 5u);
  let position = u32(row * 9u + column);
  var sum = f32(0.0);
  for (var p = pFirst; p < pEnd; p++) {
    for (var q = qFirst; q < qEnd; q++) {
      let source = (plane * 5u + p) * 8u + q;
      sum += select(f32(0.0), dy[source], index[source] == position);
    }
  }
  dx[at] = sum;
}
