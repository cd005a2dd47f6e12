// gridSampleInputGradient
// dx[n,c] gets dy[n,c,i,j] times its weight wherever grid[n,i,j] read it, in the order of (i, j)
// x: [8,1,28,28], y: [8,1,14,14], both N,H,W,C with C padded to 4
// grid: [8,14,14,2], x and y from -1 to 1, padded to 4; bilinear, outside: border, edges aligned
// One invocation adds up four channels of an image.
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> grid: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;

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
  if (at.x <= 0.0) {
    at = vec2<f32>();
  } else if (at.x >= size - 1.0) {
    at = vec2<f32>(size - 1.0, 0.0);
  }
  return at;
}
fn isInside(column: f32, line: f32) -> bool {
  return column >= 0.0 && column <= 27.0 && line >= 0.0 && line <= 27.0;
}
fn pixelAt(column: f32, line: f32) -> u32 {
  return u32(clamp(line, 0.0, 27.0)) * W + u32(clamp(column, 0.0, 27.0));
}
fn give(image: u32, column: f32, line: f32, group: u32, share: vec4<f32>) {
  if (isInside(column, line)) {
    dx[(image * PIXELS + pixelAt(column, line)) * GROUPS + group] += share;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 8u) { return; }
  let image = i / GROUPS;
  let group = i % GROUPS;
  for (var p = 0u; p < PIXELS; p++) {
    dx[(image * PIXELS + p) * GROUPS + group] = vec4<f32>();
  }
  for (var place = 0u; place < PLACES; place++) {
    let location = image * PLACES + place;
    let given = grid[location];
    let alongX = placeOf(given.x, f32(W));
    let alongY = placeOf(given.y, f32(H));
    let left = floor(alongX.x);
    let top = floor(alongY.x);
    let right = alongX.x - left;
    let down = alongY.x - top;
    let gradient = dy[location * GROUPS + group];
    give(image, left, top, group, gradient * ((1.0 - right) * (1.0 - down)));
    give(image, left + 1.0, top, group, gradient * (right * (1.0 - down)));
    give(image, left, top + 1.0, group, gradient * ((1.0 - right) * down));
    give(image, left + 1.0, top + 1.0, group, gradient * (right * down));
  }
}
