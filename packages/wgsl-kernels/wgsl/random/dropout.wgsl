// dropout
// y = x·1.25 where the upper 24 bits of the element's random word are >= 3355444 = 0.2·2^24, else 0.
// x, y: [64,32,7,7] in order 0,2,3,1, padded [64,32,7,7]
// counter: (seed low, seed high, step, 0); stream 1
// Random word of element number e: word e mod 4 of Philox's block e div 4; e is the offset in this layout.
// One invocation writes four vec4.
@group(0) @binding(0) var<storage, read> counter: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

const THRESHOLD = 3355444u;
const STREAM = 1u;

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

fn write(v: u32, word: vec4<u32>) {
  let kept = (word >> vec4<u32>(8u)) >= vec4<u32>(THRESHOLD);
  y[v] = select(vec4<f32>(0.0), x[v] * 1.25, kept);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  let words = philox(i * 4u + vec4<u32>(0u, 1u, 2u, 3u), STREAM, counter[2], vec2<u32>(counter[0], counter[1]));
  write(i * 4u + 0u, vec4<u32>(words.a.x, words.b.x, words.c.x, words.d.x));
  write(i * 4u + 1u, vec4<u32>(words.a.y, words.b.y, words.c.y, words.d.y));
  write(i * 4u + 2u, vec4<u32>(words.a.z, words.b.z, words.c.z, words.d.z));
  write(i * 4u + 3u, vec4<u32>(words.a.w, words.b.w, words.c.w, words.d.w));
}
