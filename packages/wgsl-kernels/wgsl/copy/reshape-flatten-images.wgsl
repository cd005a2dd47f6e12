// reshape
// y = x in another shape, images to rows: y[n, (c·3 + h)·2 + w] = x[n,c,h,w].
// x: [2,8,3,2] in order 0,2,3,1; y: [2,48]
// One invocation moves four channels of a pixel.
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

const PIXELS = 6u;
const GROUPS = 2u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 24u) { return; }
  let p = i % PIXELS;
  let group = i / PIXELS % GROUPS;
  let n = i / (PIXELS * GROUPS);
  let at = (n * PIXELS + p) * GROUPS + group;
  let row = (n * GROUPS + group) * (4u * PIXELS) + p;
  let value = x[at];
  y[row] = value.x;
  y[row + 1u * PIXELS] = value.y;
  y[row + 2u * PIXELS] = value.z;
  y[row + 3u * PIXELS] = value.w;
}
