// randomMatrices
// Where each image's pixels come from: [[a, b, c], [d, e, f]] about the middles, drawn from 8 uniform numbers.
// degrees: -10, 10; translate: 1.4, 1.4; scale: 0.9, 1.1; shear: -5, 5, 0, 0
// u: [64,8]; matrices: [64,2,3], rows padded to 4
// One invocation draws one matrix.
@group(0) @binding(0) var<storage, read> u: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> matrices: array<vec4<f32>>;

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
  let first = u[2u * i];
  let second = u[2u * i + 1u];
  let rotation = (-0.027777777777777776 + 0.05555555555555555 * first.x);
  let slantX = (-0.013888888888888888 + 0.027777777777777776 * second.x);
  let slantY = f32(0);
  let turns = fract(vec4<f32>(rotation - slantY, rotation, slantX, slantY));
  let cosines = cosTurns(turns, vec4<u32>(0u));
  let sines = cosTurns(turns, vec4<u32>(1u));
  let slope = sines.z / cosines.z / cosines.w;
  var a = cosines.y - sines.x * slope;
  var b = cosines.x * slope + sines.y;
  var d = -sines.x / cosines.w;
  var e = cosines.x / cosines.w;
  let factor = (0.9 + 0.20000000000000007 * first.w);
  a /= factor;
  b /= factor;
  d /= factor;
  e /= factor;
  var c = 0.0;
  var f = 0.0;
  let right = round((-1.4 + 2.8 * first.y));
  let down = round((-1.4 + 2.8 * first.z));
  c = -(a * right + b * down);
  f = -(d * right + e * down);
  matrices[2u * i] = vec4<f32>(a, b, c, 0.0);
  matrices[2u * i + 1u] = vec4<f32>(d, e, f, 0.0);
}
