// maxPool2dGradient
// dx[h,w] = Σ dy[p,q] over the windows (p,q) that cover (h,w) and whose index is h·W + w.
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,16,24,24] in order 0,2,3,1, padded [64,16,24,24]
// y: [64,16,12,12] in order 0,2,3,1, padded [64,16,12,12]
// One invocation writes one line of x, all channels.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> index: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let plane = i / 24u;
  let row = i % 24u;
  let p = row / 2u;
  for (var column = 0u; column < 24u; column++) {
    let q = column / 2u;
    for (var group = 0u; group < 4u; group++) {
      let at = (i * 24u + column) * 4u + group;
      let position = vec4<u32>(row * 24u + column);
      var sum = vec4<f32>(0.0);
      let source = ((plane * 12u + p) * 12u + q) * 4u + group;
      sum += select(vec4<f32>(0.0), dy[source], index[source] == position);
      dx[at] = sum;
    }
  }
}
