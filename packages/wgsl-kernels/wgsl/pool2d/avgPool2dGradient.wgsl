// avgPool2dGradient
// dx[h,w] = Σ dy[p,q] / divisor over the windows (p,q) that cover (h,w).
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,16,24,24] in order 0,2,3,1, padded [64,16,24,24]
// y: [64,16,12,12] in order 0,2,3,1, padded [64,16,12,12]
// One invocation writes one cell of x.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let at = i;
  let group = i % 4u;
  let column = (i / 4u) % 24u;
  let line = i / 96u;
  let plane = line / 24u;
  let row = line % 24u;
  let p = row / 2u;
  let q = column / 2u;
  var sum = vec4<f32>(0.0);
  sum += dy[((plane * 12u + p) * 12u + q) * 4u + group];
  dx[at] = sum / 4.0;
}
