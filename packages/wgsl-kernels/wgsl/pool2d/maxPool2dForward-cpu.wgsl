// maxPool2dForward
// y[p,q] = the largest x under the window at (p,q); index[p,q] = h·W + w of the first x that is as large.
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,16,24,24] in order 0,2,3,1, padded [64,16,24,24]
// y: [64,16,12,12] in order 0,2,3,1, padded [64,16,12,12]
// One invocation writes one line of y, all channels.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> index: array<vec4<u32>>;

const GROUPS = 4u; // vec4s of channels
const H = 24u;
const W = 24u;
const P = 12u;
const Q = 12u;
const STRIDE_H = 2u;
const STRIDE_W = 2u;
const X_LINE = 24u; // cells from one line of x to the next
const Y_LINE = 12u; // cells from one line of y to the next

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let plane = i / P;
  let row = i % P;

  for (var column = 0u; column < Q; column++) {
    let corner = row * (STRIDE_H * W) + column * STRIDE_W;
    for (var group = 0u; group < GROUPS; group++) {
      let at = (i * Y_LINE + column) * GROUPS + group;
      let start = ((plane * H + row * STRIDE_H) * X_LINE + column * STRIDE_W) * GROUPS + group;
      var best = x[start];
      var winner = vec4<u32>(corner);
      {
        let value = x[start + (0u * X_LINE + 0u) * GROUPS];
        let better = (value > best) | (value != value);
        best = select(best, value, better);
        winner = select(winner, vec4<u32>(corner + (0u * W + 0u)), better);
      }
      {
        let value = x[start + (0u * X_LINE + 1u) * GROUPS];
        let better = (value > best) | (value != value);
        best = select(best, value, better);
        winner = select(winner, vec4<u32>(corner + (0u * W + 1u)), better);
      }
      {
        let value = x[start + (1u * X_LINE + 0u) * GROUPS];
        let better = (value > best) | (value != value);
        best = select(best, value, better);
        winner = select(winner, vec4<u32>(corner + (1u * W + 0u)), better);
      }
      {
        let value = x[start + (1u * X_LINE + 1u) * GROUPS];
        let better = (value > best) | (value != value);
        best = select(best, value, better);
        winner = select(winner, vec4<u32>(corner + (1u * W + 1u)), better);
      }
      y[at] = best;
      index[at] = winner;
    }
  }
}
