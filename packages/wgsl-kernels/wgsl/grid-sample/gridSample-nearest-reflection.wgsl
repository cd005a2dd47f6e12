// gridSample
// y[n,c,i,j] = x[n,c] at grid[n,i,j]
// x: [8,1,28,28], y: [8,1,14,14], both N,H,W,C with C padded to 4
// grid: [8,14,14,2], x and y from -1 to 1, padded to 4; nearest, outside: reflection, corners aligned
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> grid: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

const H = 28u;
const W = 28u;
const GROUPS = 1u; // vec4s of channels
const PIXELS = 784u; // of an image of x
const PLACES = 196u; // of an image of y

// The place in pixels that a number of the grid means along an axis, and its derivative.
fn placeOf(given: f32, size: f32) -> vec2<f32> {
  var at = vec2<f32>((given + 1.0) / 2.0 * (size - 1.0), (size - 1.0) / 2.0);
  // Further away nothing changes, and infinity has no neighbours.
  at.x = clamp(at.x, -1e9, 1e9);
  // Mirrored at the outer pixels as often as needed.
  let span = size - 1.0;
  if (span == 0.0) {
    at = vec2<f32>();
  } else {
    let away = abs(at.x + 0);
    let flips = floor(away / span);
    let rest = away - flips * span;
    let isEven = flips - 2.0 * floor(flips / 2.0) == 0.0;
    at.y *= select(1.0, -1.0, (at.x + 0 < 0.0) == isEven);
    at.x = select(span - rest, rest, isEven) - 0;
  }
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
fn weighed(image: u32, column: f32, line: f32, group: u32, weight: f32) -> vec4<f32> {
  let value = x[(image * PIXELS + pixelAt(column, line)) * GROUPS + group];
  return select(vec4<f32>(), value * weight, isInside(column, line));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 1568u) { return; }
  let v = i;
  let location = v / GROUPS;
  let image = location / PLACES;
  let group = v % GROUPS;
  let given = grid[location];
  let alongX = placeOf(given.x, f32(W));
  let alongY = placeOf(given.y, f32(H));
  y[v] = weighed(image, round(alongX.x), round(alongY.x), group, 1.0);
}
