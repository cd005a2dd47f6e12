/** `robust`: reads out of bounds give an element, writes are dropped, and what is in bounds costs nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../src/index.ts';
import { runKernel } from './harness.ts';

/** Lengths of what is indexed. */
const LENGTH = 7;
const ROWS = 3;

/** Declarations, and how an element is named; all have `LENGTH` elements, or `ROWS` rows of them. */
const PLACES = {
  storage: { declare: '', element: (i: string) => `a[${i}]`, body: '' },
  member: { declare: '', element: (i: string) => `s.tail[${i}]`, body: '' },
  workgroup: {
    declare: `var<workgroup> w: array<u32, ${LENGTH}>;`,
    element: (i: string) => `w[${i}]`,
    body: `for (var k = 0; k < ${LENGTH}; k++) { w[k] = a[k]; }`,
  },
  private: {
    declare: `var<private> p: array<u32, ${LENGTH}>;`,
    element: (i: string) => `p[${i}]`,
    body: `for (var k = 0; k < ${LENGTH}; k++) { p[k] = a[k]; }`,
  },
  function: {
    declare: '',
    element: (i: string) => `f[${i}]`,
    body: `var f: array<u32, ${LENGTH}>; for (var k = 0; k < ${LENGTH}; k++) { f[k] = a[k]; }`,
  },
} as const;
type Place = keyof typeof PLACES;

const kernel = (place: Place, statements: string) => `
struct S { head: vec4u, tail: array<u32> }
@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> a: array<u32>;
@group(0) @binding(2) var<storage, read_write> s: S;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
${PLACES[place].declare}
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  let i = indices[id.x];
  let j = indices[id.x + 1u];
  if (id.y == 9u) { out[0] = s.tail[0] + a[0]; }
  ${PLACES[place].body}
  ${statements}
}`;

const index = fc.oneof(
  fc.integer({ min: 0, max: LENGTH - 1 }),
  fc.integer({ min: -3, max: 3 * LENGTH }),
  fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 30, 2 ** 29 + 1, -1),
);
const clamp = (i: number, length = LENGTH) => Math.min(i >>> 0, length - 1);

describe('an index out of bounds', () => {
  it.each(Object.keys(PLACES) as Place[])('%s: reads an element, and writes nothing', (place) => {
    const { element } = PLACES[place];
    const wgsl = kernel(
      place,
      `out[0] = ${element('i')};
      ${element('j')} = 1000u;
      ${element('i')} += 5u;
      for (var k = 0; k < ${LENGTH}; k++) { out[k + 1] = ${element('k')}; }`,
    );
    fc.assert(
      fc.property(index, index, (i, j) => {
        const start = Array.from({ length: LENGTH }, (_, k) => 10 * k);
        const data = () => Uint32Array.from(start);
        const [, a, s, out] = runKernel(
          wgsl,
          [Int32Array.of(i, j), data(), Uint32Array.of(1, 2, 3, 4, ...start), new Uint32Array(LENGTH + 1)],
          { robust: true },
        );
        const after = [...start];
        if (j >>> 0 < LENGTH) after[j] = 1000;
        if (i >>> 0 < LENGTH) after[i] += 5;
        expect([...out]).toEqual([start[clamp(i)], ...after]);
        expect([...a]).toEqual(place === 'storage' ? after : start);
        expect([...s]).toEqual([1, 2, 3, 4, ...(place === 'member' ? after : start)]);
      }),
    );
  });

  it('is kept inside of each dimension, of vectors too', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> a: array<array<vec3u, ${LENGTH}>, ${ROWS}>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(1) fn main() {
  let i = indices[0]; let j = indices[1]; let k = indices[2];
  out[0] = a[i][j][k];
  let v = a[i][j];
  out[1] = v[k];
  a[i][j][k] = 77u;
  var w = vec3u(1, 2, 3);
  w[k] = 4;
  out[2] = w.x; out[3] = w.y; out[4] = w.z;
}`;
    fc.assert(
      fc.property(index, index, index, (i, j, k) => {
        const at = (x: number, y: number, z: number) => 4 * (LENGTH * x + y) + z;
        const start = Array.from({ length: 4 * LENGTH * ROWS }, (_, n) => n);
        const [, a, out] = runKernel(
          wgsl,
          [Int32Array.of(i, j, k), Uint32Array.from(start), new Uint32Array(5)],
          { robust: true },
        );
        const read = at(clamp(i, ROWS), clamp(j), clamp(k, 3));
        const after = [...start];
        if (i >>> 0 < ROWS && j >>> 0 < LENGTH && k >>> 0 < 3) after[at(i, j, k)] = 77;
        expect([...a]).toEqual(after);
        expect([...out.slice(0, 2)]).toEqual([read, read]);
        expect([...out.slice(2)]).toEqual([1, 2, 3].map((w, n) => (n === k ? 4 : w)));
      }),
    );
  });

  it('does nothing in atomics, which then give 0', () => {
    const calls = [
      ['atomicAdd(&t[i], 3u)', (x: number) => x + 3],
      ['atomicMax(&t[i], 25u)', (x: number) => Math.max(x, 25)],
      ['atomicExchange(&t[i], 9u)', () => 9],
      ['atomicCompareExchangeWeak(&t[i], 20u, 5u).old_value', (x: number) => (x === 20 ? 5 : x)],
    ] as const;
    fc.assert(
      fc.property(index, fc.constantFrom(...calls), (i, [call, apply]) => {
        const wgsl = `
@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> t: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(1) fn main() { let i = indices[0]; out[1] = atomicLoad(&t[i]); out[0] = ${call};
  atomicStore(&t[indices[1]], 99u); }`;
        const start = Array.from({ length: LENGTH }, (_, k) => 10 * k);
        const [, t, out] = runKernel(
          wgsl,
          [Int32Array.of(i, LENGTH), Uint32Array.from(start), new Uint32Array(2)],
          { robust: true },
        );
        const inside = i >>> 0 < LENGTH;
        const after = start.map((x, k) => (k === i ? apply(x) : x));
        expect([...t]).toEqual(after);
        expect([...out]).toEqual([inside ? start[i] : 0, start[clamp(i)]]);
      }),
    );
  });

  it('stays inside where the length of a buffer is what is bound', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> a: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) { b[id.x] = a[id.x + 1u].y + b[100000000]; }`;
    const [, b] = runKernel(wgsl, [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), Float32Array.of(0, 0, 100)], {
      robust: true,
      workgroups: [9, 1, 1],
    });
    expect([...b]).toEqual([106, 106, 106 + 0]);
  });
});

describe('what is in bounds', () => {
  const same = (body: string, rest = '') => {
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> a: array<f32>;
@group(0) @binding(1) var<storage, read> fixed: array<f32, 64>;
@group(0) @binding(2) var<uniform> n: u32;
${rest}
@compute @workgroup_size(8, 8) fn main(@builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32) { ${body} }`;
    const plain = compileKernel(wgsl, { relaxedSimd: false });
    const robust = compileKernel(wgsl, { relaxedSimd: false, robust: true });
    return Buffer.compare(plain.wasm, robust.wasm) === 0;
  };

  it.each([
    ['after a test', 'if (id.x < arrayLength(&a)) { a[id.x] *= 2; }'],
    ['after a test the other way', 'if (arrayLength(&a) > id.x && true) { a[id.x] *= 2; }'],
    ['after a return', 'if (id.x >= arrayLength(&a)) { return; } a[id.x] *= 2;'],
    ['by a mask', 'if (id.x < arrayLength(&a)) { a[id.x] = fixed[id.x & 63u] + fixed[id.y % 64u]; }'],
    ['by a loop', 'var s = 0f; for (var k = 0u; k < min(n, 64u); k++) { s += fixed[k]; } a[0] = s;'],
    [
      'by a long loop',
      'var s = 0f; for (var k = 0; k < 60; k += 2) { s += sin(fixed[k] + fixed[k + 3]); } a[0] = s;',
    ],
    ['by the size of the workgroup', 'a[0] = fixed[8u * local.y + local.x] + fixed[local.x + 56u];'],
    [
      'by the size of the workgroup, with barriers',
      'w[index] = fixed[index]; workgroupBarrier(); if (index == 0u) { a[0] = w[8u * local.y + local.x]; }',
      'var<workgroup> w: array<f32, 64>;',
    ],
  ])('costs nothing: %s', (_, body, rest = '') => {
    expect(same(body, rest)).toBe(true);
  });

  it.each([
    ['a test of something else', 'if (id.x < n) { a[id.x] *= 2; }'],
    ['a test that may not have been made', 'if (id.x < arrayLength(&a)) { a[0] = 1; } a[id.x] *= 2;'],
    ['a loop that is one too long', 'for (var k = 0u; k <= 64u; k++) { a[0] += sin(fixed[k]); }'],
    ['a loop whose variable changes', 'for (var k = 0u; k < 60u; k++) { k += n; a[0] += sin(fixed[k]); }'],
    ['a variable that is 1 too large', 'a[0] = fixed[8u * local.y + local.x + 1u];'],
  ])('is told from %s', (_, body) => {
    expect(same(body)).toBe(false);
  });
});
