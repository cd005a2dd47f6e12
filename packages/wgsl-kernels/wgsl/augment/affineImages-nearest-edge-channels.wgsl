// affineImages
// y at (j, i) is x at (a·p + b·q + c, d·p + e·q + f), p and q from the middle of y, nearest.
// x: [2,5,3,3], y: [2,5,3,3] in order 0,2,3,1, padded [2,8,3,3]
// matrices: [2,2,3], rows padded to 4; outside of an image: its edge
// One invocation computes four channels of a pixel.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> matrices: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

const H = 3u;
const W = 3u;
const ROW = 3u;
const GROUPS = 2u;

fn pixel(first: u32, group: u32, px: f32, py: f32, fill: vec4<f32>) -> vec4<f32> {
  let column = min(u32(clamp(px, f32(0.0), f32(2))), u32(W - 1u));
  let line = min(u32(clamp(py, f32(0.0), f32(2))), u32(H - 1u));
  let at = first + line * ROW + column;
  let value = x[at * GROUPS + group];
  return value;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 36u) { return; }
  let v = i;
  let d0 = v / 18u;
  let d1 = v % 2u * 4u;
  let d2 = v / 6u % 3u;
  let d3 = v / 2u % 3u;
  let fromX = matrices[2u * d0];
  let fromY = matrices[2u * d0 + 1u];
  let fill = vec4<f32>(0.0);
  let p = f32(d3) - 1;
  let q = f32(d2) - 1;
  let sx = (fromX.x * p + fromX.y * q) + (fromX.z + 1);
  let sy = (fromY.x * p + fromY.y * q) + (fromY.z + 1);
  let first = d0 * (H * ROW);
  let value = pixel(first, d1 / 4u, round(sx), round(sy), fill);
  y[v] = select(vec4<f32>(0.0), value, (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u));
}
