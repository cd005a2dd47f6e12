// randomMixes
// How each image of 28x28 pixels is mixed, cutmix, shares from Beta(1, 1).
// u: [64,4]: two for the share, two for the middle of the box
// mixes: [64,6], padded to 8: top, left, height, width of a box, share in it, share of the label
// One invocation draws for one image.
@group(0) @binding(0) var<storage, read> u: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> mixes: array<vec4<f32>>;

// cos(2π(t - quarters/4)) for t in [0, 1): the nearest quarter turn is taken off, the rest is a Taylor series.
fn cosTurns(t: vec4<f32>, quarters: vec4<u32>) -> vec4<f32> {
  let quadrant = floor(t * 4.0 + 0.5);
  let x = (t * 4.0 - quadrant) * 1.5707963267948966;
  let q = x * x;
  let cosine = 1.0 + q * (-0.5 + q * (0.041666666666666664 + q * (-0.001388888888888889 + q * 0.0000248015873015873)));
  let sine = x * (1.0 + q * (-0.16666666666666666 + q * (0.008333333333333333 + q * (-0.0001984126984126984 + q * 0.0000027557319223985893))));
  // cos(x + k·π/2) for k = 0 to 3: cos x, -sin x, -cos x, sin x.
  let k = vec4<u32>(quadrant) + 4u - quarters;
  let size = select(cosine, sine, (k & vec4<u32>(1u)) == vec4<u32>(1u));
  return select(size, -size, ((k + 1u) & vec4<u32>(2u)) == vec4<u32>(2u));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let t = exp2(log2(max(u[i].x, 2.9802322387695312e-8)) * 1);
  let c = cosTurns(vec4<f32>(u[i].y), vec4<u32>(0u)).x;
  let q = (1.0 - t) * c * c;
  let way = 0.5 * sqrt(q / max(t + q, 1e-30));
  let share = clamp(select(0.5 - way, 0.5 + way, c > 0.0), 0.0, 1.0);
  let half = floor(vec2<f32>(28.0, 28.0) * (0.5 * sqrt(1.0 - share)));
  let middle = floor(u[i].zw * vec2<f32>(28.0, 28.0));
  let start = max(middle - half, vec2<f32>());
  let end = min(middle + half, vec2<f32>(28.0, 28.0));
  let sides = end - start;
  let left = 1.0 - sides.x * sides.y / 784.0;
  mixes[2u * i] = vec4<f32>(start, sides);
  mixes[2u * i + 1u] = vec4<f32>(0.0, left, 0.0, 0.0);
}
