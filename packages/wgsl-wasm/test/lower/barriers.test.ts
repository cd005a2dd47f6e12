import { describe, expect, it } from 'vitest';
import { runKernel } from './harness.ts';

const HEADER = '@group(0) @binding(0) var<storage, read_write> o: array<i32>;\n';
const run = (wgsl: string, count: number, workgroups: [number, number, number] = [1, 1, 1]) => {
  const [released] = runKernel(HEADER + wgsl, [new Int32Array(count)], { workgroups });
  const [debug] = runKernel(HEADER + wgsl, [new Int32Array(count)], { workgroups, debug: true });
  expect(Array.from(debug)).toEqual(Array.from(released));
  return Array.from(released);
};

describe('kernels with barriers', () => {
  it('a tree reduction, with returns after the last barrier', () => {
    const wgsl = `
var<workgroup> t: array<i32, 8>;
@compute @workgroup_size(8) fn main(@builtin(local_invocation_index) l: u32, @builtin(workgroup_id) w: vec3<u32>) {
  t[l] = i32(l + w.x); workgroupBarrier();
  var s = 0;
  for (var k = 4u; k > 0u; k /= 2u) { if (l < k) { t[l] += t[l + k]; } workgroupBarrier(); }
  s = t[0]; let z = t[7 - l] + s; workgroupBarrier();
  t[l] = 1000; workgroupBarrier();
  o[w.x * 16u + l] = z + t[l];
  if (l > 3) { return; }
  o[w.x * 16u + l + 8u] = s;
}`;
    const expected = [0, 1, 2].flatMap((w) => {
      const t = [0, 1, 2, 3, 4, 5, 6, 7].map((l) => l + w);
      for (let k = 4; k > 0; k >>= 1) for (let l = 0; l < k; l++) t[l] += t[l + k];
      return [...t.map((_, l) => t[7 - l] + t[0] + 1000), ...t.map((_, l) => (l > 3 ? 0 : t[0]))];
    });
    expect(run(wgsl, 48, [3, 1, 1])).toEqual(expected);
  });

  it('private variables, function variables and arrays keep their values across', () => {
    const wgsl = `
var<private> p: i32 = 3;
var<private> list: array<i32, 4>;
var<workgroup> w: atomic<i32>;
fn bump(k: i32) -> i32 { var t = k; t += p; p = t; list[t % 4] += t; return t * 2; }
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
  var own: array<i32, 3>; own[l % 3u] = i32(l) + 1; var v = vec3(1.5, f32(l), 2.0);
  let a = bump(i32(l)); let same = vec2(a > 8, l == 1u);
  atomicAdd(&w, a);
  workgroupBarrier();
  let b = bump(1); v.y += 0.5; own[0] += 100;
  workgroupBarrier();
  o[l] = atomicLoad(&w) + b;
  o[4u + l] = own[0] + own[1] * 10 + i32(v.y * 2.0) * 1000 + select(0, 10000, same.x) + select(0, 20000, same.y);
  o[8u + l] = list[0] + list[1] * 10 + list[2] * 100 + list[3] * 1000;
}`;
    const own = (l: number) => [0, 1, 2].map((i) => (l % 3 === i ? l + 1 : 0));
    const list = (l: number) => {
      const values = [0, 0, 0, 0];
      for (const t of [l + 3, l + 4]) values[t % 4] += t;
      return values[0] + values[1] * 10 + values[2] * 100 + values[3] * 1000;
    };
    const ids = [0, 1, 2, 3];
    expect(run(wgsl, 12)).toEqual([
      ...ids.map((l) => 36 + 2 * (l + 4)),
      ...ids.map(
        (l) =>
          own(l)[0] +
          100 +
          own(l)[1] * 10 +
          (2 * l + 1) * 1000 +
          (2 * (l + 3) > 8 ? 10000 : 0) +
          (l === 1 ? 20000 : 0),
      ),
      ...ids.map(list),
    ]);
  });

  it('workgroupUniformLoad and barriers in uniform branches', () => {
    const wgsl = `
var<workgroup> w: i32;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
  if (l == 2) { w = 42; }
  let x = workgroupUniformLoad(&w);
  if (x == 42) { if (l == 0) { w = 7; } workgroupBarrier(); o[l] = x + w + i32(l); } else { o[l] = -1; }
  if (workgroupUniformLoad(&w) != 7) { return; }
  o[l] += 100;
}`;
    expect(run(wgsl, 4)).toEqual([149, 150, 151, 152]);
  });

  it('functions with barriers, and loops with break, continue and return around barriers', () => {
    const wgsl = `
var<workgroup> w: array<i32, 4>;
fn rotate(l: u32, v: i32, mode: i32) {
  w[l] = v; workgroupBarrier();
  if (mode == 1) { return; }
  o[l] += w[(l + 1) % 4]; workgroupBarrier();
}
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32, @builtin(num_workgroups) n: vec3<u32>) {
  var x = i32(l) * 10;
  for (var i = 0; i < 6; i++) {
    if (i == 4) { break; }
    if (i == 2) { x += 1000; continue; }
    rotate(l, x, i);
    x += 1;
  }
  var j = 0u;
  loop { workgroupBarrier(); if (j == n.x + 1u) { break; } j += 1u; continuing { o[l] += 1; } }
  switch (i32(j)) { case 2: { workgroupBarrier(); w[l] = 5; workgroupBarrier(); o[4] = w[3]; } default: { o[4] = -1; } }
}`;
    const o = [0, 0, 0, 0];
    const x = [0, 10, 20, 30];
    for (let i = 0; i < 4; i++) {
      if (i === 2) {
        for (let l = 0; l < 4; l++) x[l] += 1000;
        continue;
      }
      const w = [...x];
      if (i !== 1) for (let l = 0; l < 4; l++) o[l] += w[(l + 1) % 4];
      for (let l = 0; l < 4; l++) x[l] += 1;
    }
    expect(run(wgsl, 5)).toEqual([...o.map((value) => value + 2), 5]);
  });

  it('a value that is computed again after a barrier has what it is made of', () => {
    // Only `c` is used after the barrier. It is integer arithmetic on an input, so it is computed again there:
    // from `b`, and that from `a`.
    const wgsl = `
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
  let a = l * 3u + 1u;
  let b = a ^ 5u;
  let c = b - l;
  workgroupBarrier();
  o[l] = i32(c);
}`;
    expect(run(wgsl, 4)).toEqual([0, 1, 2, 3].map((l) => ((l * 3 + 1) ^ 5) - l));
  });

  it('a tiled matmul through workgroup memory', () => {
    const wgsl = `
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
var<workgroup> ta: array<array<f32, 8>, 8>;
var<workgroup> tb: array<array<f32, 8>, 8>;
@compute @workgroup_size(8, 8)
fn main(@builtin(local_invocation_id) l: vec3<u32>, @builtin(workgroup_id) g: vec3<u32>) {
  let row = g.y * 8u + l.y; let column = g.x * 8u + l.x;
  var sum = 0.0;
  for (var t = 0u; t < 3u; t++) {
    ta[l.y][l.x] = a[row * 24u + t * 8u + l.x]; tb[l.y][l.x] = b[(t * 8u + l.y) * 16u + column];
    workgroupBarrier();
    for (var k = 0u; k < 8u; k++) { sum += ta[l.y][k] * tb[k][l.x]; }
    workgroupBarrier();
  }
  o[row * 16u + column] = i32(sum);
}`;
    const a = Float32Array.from({ length: 16 * 24 }, (_, i) => (i * 7) % 11);
    const b = Float32Array.from({ length: 24 * 16 }, (_, i) => (i * 5) % 13);
    const [out] = runKernel(HEADER + wgsl, [new Int32Array(256), a, b], { workgroups: [2, 2, 1] });
    const expected = Array.from({ length: 256 }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < 24; k++) sum += a[Math.floor(at / 16) * 24 + k] * b[k * 16 + (at % 16)];
      return sum;
    });
    expect(Array.from(out)).toEqual(expected);
  });

  it('workgroupUniformLoad inside larger expressions', () => {
    const wgsl = `
var<workgroup> w: array<i32, 2>;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
  w[l % 2] = 5 + i32(l % 2);
  o[l] = 10 * workgroupUniformLoad(&w[0]) + workgroupUniformLoad(&w[1]) * i32(l);
}`;
    expect(run(wgsl, 4)).toEqual([50, 56, 62, 68]);
  });

  it('a function with a barrier may return a value', () => {
    const wgsl = `
var<workgroup> w: i32;
fn shared_sum(l: u32) -> i32 { if (l == 0) { w = 3; } workgroupBarrier(); return w + i32(l); }
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) { o[l] = shared_sum(l) * 2; }`;
    expect(run(wgsl, 4)).toEqual([6, 8, 10, 12]);
  });

  it('pointers to parts of memory keep what they point to across', () => {
    const wgsl = `
struct S { n: u32, row: array<vec2<i32>, 4> }
var<workgroup> w: array<S, 4>;
var<private> mine: array<i32, 8>;
fn add(p: ptr<workgroup, vec2<i32>>, by: i32) { (*p).y += by; workgroupBarrier(); (*p).x += by; }
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32, @builtin(workgroup_id) g: vec3<u32>) {
  let p = &w[l].row[(l + 1u) % 4u];
  let q = &o[8u * g.x + 4u + l];
  let r = &mine[l * 2u];
  *p = vec2(i32(l), 10); *q = 7; *r = 100 + i32(l);
  workgroupBarrier();
  mine[(l * 2u + 2u) % 8u] = 1;
  let other = &w[3u - l].row[(4u - l) % 4u];
  (*other).x += 1000; *q += i32(g.x);
  workgroupBarrier();
  add(other, 5);
  workgroupBarrier();
  o[8u * g.x + l] = (*p).x + (*p).y + *r;
  *q += 1;
}`;
    const ids = [0, 1, 2, 3];
    const sums = ids.map((l) => l + 1000 + 5 + 10 + 5 + 100 + l);
    expect(run(wgsl, 16, [2, 1, 1])).toEqual([0, 1].flatMap((g) => [...sums, ...ids.map(() => 8 + g)]));
  });

  it('an argument points to where it did before the calls that come after it', () => {
    const put = (call: string) => `
var<workgroup> w: array<i32, 4>; var<workgroup> b: buffer<16>; var<private> i: u32;
fn put(p: ptr<workgroup, i32>, v: i32) { *p += v; }
fn next() -> i32 { workgroupBarrier(); i++; return 7; }
@compute @workgroup_size(1) fn main() {
  ${call};
  for (var k = 0u; k < 4u; k++) { o[k] = w[k] + *bufferView<i32>(&b, 4u * k); }
}`;
    const calls = [
      'put(&w[i], next())',
      'let p = &w; put(&p[i], next())',
      'put(bufferView<i32>(&b, 4u * i), next())',
      '*bufferView<i32>(&b, 4u * i) = next()',
      '*bufferView<i32>(&b, 4u * i) += next()',
      'bufferView<array<i32>>(&b, 8u * i)[i] = next()',
    ];
    for (const call of calls) expect(run(put(call), 4), call).toEqual([7, 0, 0, 0]);
  });

  it('a pointer with an index out of bounds stays harmless across', () => {
    const wgsl = `${HEADER}
var<workgroup> w: array<i32, 4>;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
  let p = &w[l * 3u];
  let mid = workgroupUniformLoad(&w[1]);
  *p = 5 + i32(l);
  workgroupBarrier();
  *p += 10;
  workgroupBarrier();
  o[l] = w[l] + mid;
}`;
    const [found] = runKernel(wgsl, [new Int32Array(4)], { workgroups: [1, 1, 1], robust: true });
    expect(Array.from(found)).toEqual([15, 0, 0, 16]);
  });

  it('what cannot be cut at its barriers is refused, with its place', () => {
    const pointer = `
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
  var own = 3; let p = &own; *p += 1; workgroupBarrier(); o[l] = *p;
}`;
    expect(() => run(pointer, 4)).toThrow(/^4:\d+: the pointer 'p' is used on both sides of a barrier/);
    const written = `
var<workgroup> w: array<i32, 2>;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
  w[1] = workgroupUniformLoad(&w[0]); o[l] = 1;
}`;
    expect(() => run(written, 4)).toThrow(/^5:\d+: workgroupUniformLoad in a statement that also writes/);
  });
});
