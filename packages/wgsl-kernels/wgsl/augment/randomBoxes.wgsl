// randomBoxes
// A box for a share of 0.5 of the images, 28x28 pixels: 0.02 to 0.33 of the area,
// height 0.3 to 3.3 times the width.
// u: [64,24]: whether, top, left, then 10 pairs of area and ratio
// boxes: [64,4]: top, left, height, width; no height and width without a box
// One invocation draws one box.
@group(0) @binding(0) var<storage, read> u: array<f32>;
@group(0) @binding(1) var<storage, read_write> boxes: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let first = 24u * i;
  var box = vec4<f32>(0.0);
  for (var k = 0u; k < 10u; k++) {
    let area = 784 * (0.02 + 0.31 * u[first + 3u + 2u * k]);
    let sides = exp2(-1.7369655941662063 + 3.4594316186372973 * u[first + 4u + 2u * k]);
    let height = round(sqrt(area * sides));
    let width = round(sqrt(area / sides));
    let fits = height > 0.0 && height < 28.0 && width > 0.0 && width < 28.0;
    if (box.z == 0.0 && fits) {
      let top = min(floor(u[first + 1u] * (29 - height)), 28 - height);
      let left = min(floor(u[first + 2u] * (29 - width)), 28 - width);
      box = vec4<f32>(top, left, height, width);
    }
  }
  boxes[i] = select(vec4<f32>(0.0), box, u[first] < 0.5);
}
