// affineImages
// y at (j, i) is x at (a·p + b·q + c, d·p + e·q + f), p and q from the middle of y, bilinear.
// x: [64,1,28,28], y: [64,1,28,28] in order 0,1,2,3, padded [64,1,28,28]
// matrices: [64,2,3], rows padded to 4; outside of an image: -1
// One invocation computes four pixels of a line.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> matrices: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

const C = 1u;
const H = 28u;
const W = 28u;
const ROW = 28u;

fn pixel(first: u32, px: vec4<f32>, py: vec4<f32>, fill: vec4<f32>) -> vec4<f32> {
  let column = min(vec4<u32>(clamp(px, vec4<f32>(0.0), vec4<f32>(27))), vec4<u32>(W - 1u));
  let line = min(vec4<u32>(clamp(py, vec4<f32>(0.0), vec4<f32>(27))), vec4<u32>(H - 1u));
  let at = first + line * ROW + column;
  let value = vec4<f32>(x[at.x], x[at.y], x[at.z], x[at.w]);
  let known = (px == vec4<f32>(column)) & (py == vec4<f32>(line));
  return select(fill, value, known);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let v = i;
  let d0 = v / 196u;
  let d2 = v / 7u % 28u;
  let d3 = v % 7u * 4u;
  let fromX = matrices[2u * d0];
  let fromY = matrices[2u * d0 + 1u];
  let fill = vec4<f32>(-1);
  let p = vec4<f32>(d3 + vec4<u32>(0u, 1u, 2u, 3u)) - 13.5;
  let q = f32(d2) - 13.5;
  let sx = (fromX.x * p + fromX.y * q) + (fromX.z + 13.5);
  let sy = (fromY.x * p + fromY.y * q) + (fromY.z + 13.5);
  let first = (d0 * C + 0u) * (H * ROW);
  let left = floor(sx);
  let top = floor(sy);
  let right = sx - left;
  let down = sy - top;
  let above = pixel(first, left, top, fill) * (1.0 - right) + pixel(first, left + 1.0, top, fill) * right;
  let below = pixel(first, left, top + 1.0, fill) * (1.0 - right) + pixel(first, left + 1.0, top + 1.0, fill) * right;
  let value = above * (1.0 - down) + below * down;
  y[v] = value;
}
