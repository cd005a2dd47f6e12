// gridSampleGridGradient
// dGrid[n,i,j] = sum over c of dy[n,c,i,j] times the slope of x[n,c] at grid[n,i,j], along x and along y
// x: [8,1,28,28], y: [8,1,14,14], both N,H,W,C with C padded to 4
// grid: [8,14,14,2], x and y from -1 to 1, padded to 4; bilinear, outside: zeros, edges aligned
// One invocation computes both numbers of a place.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> grid: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dGrid: array<vec4<f32>>;

const H = 28u;
const W = 28u;
const GROUPS = 1u; // vec4s of channels
const PIXELS = 784u; // of an image of x
const PLACES = 196u; // of an image of y

// The place in pixels that a number of the grid means along an axis, and its derivative.
fn placeOf(given: f32, size: f32) -> vec2<f32> {
  var at = vec2<f32>(((given + 1.0) * size - 1.0) / 2.0, size / 2.0);
  // Further away nothing changes, and infinity has no neighbours.
  at.x = clamp(at.x, -1e9, 1e9);
  return at;
}
fn isInside(column: f32, line: f32) -> bool {
  return column >= 0.0 && column <= 27.0 && line >= 0.0 && line <= 27.0;
}
fn pixelAt(column: f32, line: f32) -> u32 {
  return u32(clamp(line, 0.0, 27.0)) * W + u32(clamp(column, 0.0, 27.0));
}
// Sum over the channels of dy times the pixel, or 0 outside of the image.
fn along(location: u32, column: f32, line: f32) -> f32 {
  if (!isInside(column, line)) { return 0.0; }
  let pixel = (location / PLACES * PIXELS + pixelAt(column, line)) * GROUPS;
  var sum = 0.0;
  for (var group = 0u; group < GROUPS; group++) {
    sum += dot(dy[location * GROUPS + group], x[pixel + group]);
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 1568u) { return; }
  let location = i;
  let given = grid[location];
  let alongX = placeOf(given.x, f32(W));
  let alongY = placeOf(given.y, f32(H));
  let left = floor(alongX.x);
  let top = floor(alongY.x);
  let right = alongX.x - left;
  let down = alongY.x - top;
  let corner0 = along(location, left, top);
  let corner1 = along(location, left + 1.0, top);
  let corner2 = along(location, left, top + 1.0);
  let corner3 = along(location, left + 1.0, top + 1.0);
  let dx = (corner1 - corner0) * (1.0 - down) + (corner3 - corner2) * down;
  let dy = (corner2 - corner0) * (1.0 - right) + (corner3 - corner1) * right;
  dGrid[i] = vec4<f32>(dx * alongX.y, dy * alongY.y, 0.0, 0.0);
}
