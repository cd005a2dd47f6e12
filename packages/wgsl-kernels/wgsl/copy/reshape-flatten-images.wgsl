// reshape
// y = x in another shape, images to rows: y[n, (c·3 + h)·2 + w] = x[n,c,h,w].
// x: [2,8,3,2] in order 0,2,3,1; y: [2,48]
// One invocation moves four channels of a pixel.
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 24u) { return; }
  let p = i % 6u;
  let group = i / 6u % 2u;
  let n = i / 12u;
  let at = (n * 6u + p) * 2u + group;
  let row = (n * 2u + group) * 24u + p;
  let value = x[at];
  y[row] = value.x;
  y[row + 6u] = value.y;
  y[row + 12u] = value.z;
  y[row + 18u] = value.w;
}
