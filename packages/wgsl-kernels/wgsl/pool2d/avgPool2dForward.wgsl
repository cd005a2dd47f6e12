// avgPool2dForward
// y[p,q] = Σ x under the window at (p,q) / its size.
// Window 2x2, stride 2x2, padding 0x0.
// x: [64,16,24,24] in order 0,2,3,1, padded [64,16,24,24]
// y: [64,16,12,12] in order 0,2,3,1, padded [64,16,12,12]
// One invocation writes one cell of y.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

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
  var sum = vec4<f32>(0.0);
  {
    sum += x[start + 0u];
  }
  {
    sum += x[start + 4u];
  }
  {
    sum += x[start + 96u];
  }
  {
    sum += x[start + 100u];
  }
  y[at] = sum / 4.0;
}
