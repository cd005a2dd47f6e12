// eraseImages
// y = -1 within the image's box, else x.
// x, y: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// boxes: [2,4]: top, left, height, width
// One invocation computes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> boxes: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 36u) { return; }
  let v = i;
  let d0 = v / 18u;
  let d1 = v % 2u * 4u;
  let d2 = v / 6u % 3u;
  let d3 = v / 2u % 3u;
  let box = boxes[d0];
  let line = f32(d2);
  let column = vec4<f32>(f32(d3));
  let across = (column >= vec4<f32>(box.y)) & (column < vec4<f32>(box.y + box.w));
  let erased = across & vec4<bool>(line >= box.x && line < box.x + box.z);
  let value = select(x[v], vec4<f32>(-1), erased);
  y[v] = select(vec4<f32>(0.0), value, (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u));
}
