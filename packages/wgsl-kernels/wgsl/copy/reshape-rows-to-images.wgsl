// reshape
// y = x in another shape, rows to images: y[n,c,h,w] = x[n, (c·3 + h)·2 + w].
// y: [2,8,3,2] in order 0,2,3,1; x: [2,48]
// One invocation moves four channels of a pixel.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 24u) { return; }
  let p = i % 6u;
  let group = i / 6u % 2u;
  let n = i / 12u;
  let at = (n * 6u + p) * 2u + group;
  let row = (n * 2u + group) * 24u + p;
  y[at] = vec4<u32>(x[row], x[row + 6u], x[row + 12u], x[row + 18u]);
}
