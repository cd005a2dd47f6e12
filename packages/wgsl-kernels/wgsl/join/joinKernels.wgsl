// axpy + axpy + fill
// Kernels that do not depend on each other, started together.
//
// Part 0: axpy
// y += x
// x, y: 100 f32
// One invocation writes one vec4.
//
// Part 1: axpy
// y += 0.5 x
// x, y: 100 f32
// One invocation writes one vec4.
//
// Part 2: fill
// y = 1
// y: [2,5] in order 0,1, padded [2,8]
// One invocation writes one vec4.
@group(0) @binding(0) var<storage, read> x_0: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y_0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y_1: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y_2: array<vec4<f32>>;

fn part0(i: u32) {
  let v = i;
  y_0[v] += x_0[v];
}

fn part1(i: u32) {
  let v = i;
  y_1[v] += x_0[v] * 0.5f;
}

fn part2(i: u32) {
  let v = i;
  let d1 = v % 2u * 4u;
  y_2[v] = select(vec4<f32>(), vec4<f32>(1f), (d1 + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(5u));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i < 64u) {
    if (i < 25u) { part0(i); }
  } else if (i < 128u) {
    if (i < 89u) { part1(i - 64u); }
  } else if (i < 192u) {
    if (i < 132u) { part2(i - 128u); }
  }
}
