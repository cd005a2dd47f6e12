// maxPool2dGradient
// dx[h,w] = Σ dy[p,q] over the windows (p,q) that cover (h,w) and whose index is h·W + w.
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,16,24,24] in order 0,2,3,1, padded [64,16,24,24]
// y: [64,16,12,12] in order 0,2,3,1, padded [64,16,12,12]
// One invocation writes one line of x, all channels.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> index: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

const GROUPS = 4u; // vec4s of channels
const H = 24u;
const W = 24u;
const P = 12u;
const STRIDE_H = 2u;
const STRIDE_W = 2u;
const X_LINE = 24u; // cells from one line of x to the next
const Y_LINE = 12u; // cells from one line of y to the next

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let plane = i / H;
  let row = i % H;
  let p = row / STRIDE_H;
  for (var column = 0u; column < W; column++) {
    let q = column / STRIDE_W;
    for (var group = 0u; group < GROUPS; group++) {
      let at = (i * X_LINE + column) * GROUPS + group;
      let position = vec4<u32>(row * W + column);
      var sum = vec4<f32>(0.0);
      let source = ((plane * P + p) * Y_LINE + q) * GROUPS + group;
      sum += select(vec4<f32>(0.0), dy[source], index[source] == position);
      dx[at] = sum;
    }
  }
}
