// mixImages
// y = share · x + (1 - share) · the image before it, within the image's box, else x.
// x, y: [64,1,28,28] in order 0,1,2,3, padded [64,1,28,28]
// mixes: [64,6], padded to 8: top, left, height, width, share
// One invocation computes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> mixes: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

const N = 64u;
const IMAGE4 = 196u; // vec4s of an image

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let v = i;
  let d0 = v / 196u;
  let d2 = v / 7u % 28u;
  let d3 = v % 7u * 4u;
  let box = mixes[2u * d0];
  let share = mixes[2u * d0 + 1u].x;
  let other = x[(v + (N - 1u) * IMAGE4) % (N * IMAGE4)];
  let line = f32(d2);
  let column = vec4<f32>(d3 + vec4<u32>(0u, 1u, 2u, 3u));
  let across = (column >= vec4<f32>(box.y)) & (column < vec4<f32>(box.y + box.w));
  let mixed = across & vec4<bool>(line >= box.x && line < box.x + box.z);
  let value = select(x[v], x[v] * share + other * (1.0 - share), mixed);
  y[v] = value;
}
