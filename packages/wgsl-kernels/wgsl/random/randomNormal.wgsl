// randomNormal
// y = 0 + 0.1·z, z standard normal: √(-2 ln s)·(cos 2πt, sin 2πt) for each pair of words (Box and Muller).
// y: [10,10] in order 0,1, padded [10,12]
// counter: (seed low, seed high, step, 0); stream 7
// Random word of element number e: word e mod 4 of Philox's block e div 4; e is the offset in this layout.
// One invocation writes four vec4.
@group(0) @binding(0) var<storage, read> counter: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const STREAM = 7u;
const VECTORS = 30u;

struct Words { a: vec4<u32>, b: vec4<u32>, c: vec4<u32>, d: vec4<u32> }

// The upper 32 bits of the 64-bit products, from 16-bit halves.
fn multiplyHigh(a: u32, b: vec4<u32>) -> vec4<u32> {
  let aHigh = a >> 16u;
  let aLow = a & 0xffffu;
  let bHigh = b >> vec4<u32>(16u);
  let bLow = b & vec4<u32>(0xffffu);
  let middle = aHigh * bLow + ((aLow * bLow) >> vec4<u32>(16u));
  let rest = aLow * bHigh + (middle & vec4<u32>(0xffffu));
  return aHigh * bHigh + (middle >> vec4<u32>(16u)) + (rest >> vec4<u32>(16u));
}

// Philox 4x32-10 of the counters (block, stream, step, 0), four blocks at once.
fn philox(block: vec4<u32>, stream: u32, step: u32, seed: vec2<u32>) -> Words {
  var a = block;
  var b = vec4<u32>(stream);
  var c = vec4<u32>(step);
  var d = vec4<u32>(0u);
  var key = seed;
  for (var turn = 0u; turn < 10u; turn++) {
    let high0 = multiplyHigh(0xd2511f53u, a);
    let low0 = 0xd2511f53u * a;
    let high1 = multiplyHigh(0xcd9e8d57u, c);
    let low1 = 0xcd9e8d57u * c;
    a = high1 ^ b ^ vec4<u32>(key.x);
    b = low1;
    c = high0 ^ d ^ vec4<u32>(key.y);
    d = low0;
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return Words(a, b, c, d);
}

// ln(n / 2^24) for whole n from 1 to 2^24: n = m·2^e with m within √2 of 1, ln m = 2 artanh((m - 1)/(m + 1)).
fn logFraction(n: vec4<u32>) -> vec4<f32> {
  let bits = bitcast<vec4<u32>>(vec4<f32>(n));
  let mantissa = bitcast<vec4<f32>>((bits & vec4<u32>(0x7fffffu)) | vec4<u32>(0x3f800000u));
  let big = mantissa > vec4<f32>(1.4142135381698608);
  let m = select(mantissa, mantissa * 0.5, big);
  let e = vec4<f32>(bits >> vec4<u32>(23u)) - 151.0 + select(vec4<f32>(0.0), vec4<f32>(1.0), big);
  let s = (m - 1.0) / (m + 1.0);
  let q = s * s;
  return e * 0.6931471805599453 + 2.0 * s * (1.0 + q * (0.3333333333333333 + q * (0.2 + q * (0.14285714285714285 + q * 0.1111111111111111))));
}

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

fn write(v: u32, first: vec4<u32>, second: vec4<u32>, odd: vec4<bool>) {
  let r = sqrt(-2.0 * logFraction((first >> vec4<u32>(8u)) + 1u));
  let t = vec4<f32>(second >> vec4<u32>(8u)) * 5.960464477539063e-8;
  let z = r * cosTurns(t, select(vec4<u32>(0u), vec4<u32>(1u), odd));
  let d1 = v % 3u * 4u;
  y[v] = select(vec4<f32>(0.0), 0 + 0.1 * z, (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(10u));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= 8u) { return; }
  let words = philox(i * 4u + vec4<u32>(0u, 1u, 2u, 3u), STREAM, counter[2], vec2<u32>(counter[0], counter[1]));
  let odd = vec4<bool>(false, true, false, true);
  write(i * 4u + 0u, vec4<u32>(words.a.x, words.a.x, words.c.x, words.c.x), vec4<u32>(words.b.x, words.b.x, words.d.x, words.d.x), odd);
  if (i * 4u + 1u < VECTORS) { write(i * 4u + 1u, vec4<u32>(words.a.y, words.a.y, words.c.y, words.c.y), vec4<u32>(words.b.y, words.b.y, words.d.y, words.d.y), odd); }
  if (i * 4u + 2u < VECTORS) { write(i * 4u + 2u, vec4<u32>(words.a.z, words.a.z, words.c.z, words.c.z), vec4<u32>(words.b.z, words.b.z, words.d.z, words.d.z), odd); }
  if (i * 4u + 3u < VECTORS) { write(i * 4u + 3u, vec4<u32>(words.a.w, words.a.w, words.c.w, words.c.w), vec4<u32>(words.b.w, words.b.w, words.d.w, words.d.w), odd); }
}
