// maxPool2dForward
// y[p,q] = the largest x under the window at (p,q); index[p,q] = h·W + w of the first x that is as large.
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,16,24,24] in order 0,2,3,1, padded [64,16,24,24]
// y: [64,16,12,12] in order 0,2,3,1, padded [64,16,12,12]
// One invocation writes one cell of y.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> index: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let at = i;
  let group = i % 4u;
  let column = (i / 4u) % 12u;
  let line = i / 48u;
  let plane = line / 12u;
  let row = line % 12u;
  let corner = row * 48u + column * 2u;
  let start = ((plane * 24u + row * 2u) * 24u + column * 2u) * 4u + group;
  var best = x[start];
  var winner = vec4<u32>(corner);
  {
    let value = x[start + 0u];
    let better = (value > best) | (value != value);
    best = select(best, value, better);
    winner = select(winner, vec4<u32>(corner + 0u), better);
  }
  {
    let value = x[start + 4u];
    let better = (value > best) | (value != value);
    best = select(best, value, better);
    winner = select(winner, vec4<u32>(corner + 1u), better);
  }
  {
    let value = x[start + 96u];
    let better = (value > best) | (value != value);
    best = select(best, value, better);
    winner = select(winner, vec4<u32>(corner + 24u), better);
  }
  {
    let value = x[start + 100u];
    let better = (value > best) | (value != value);
    best = select(best, value, better);
    winner = select(winner, vec4<u32>(corner + 25u), better);
  }
  y[at] = best;
  index[at] = winner;
}
