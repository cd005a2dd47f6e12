/** Matrices of every shape against float64. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runKernel } from './harness.ts';

type Matrix = readonly (readonly number[])[];

const SIZES = [2, 3, 4] as const;
const SHAPES = SIZES.flatMap((columns) => SIZES.map((rows) => [columns, rows] as const));
/** The distance of columns in memory, in numbers. */
const stride = (rows: number) => (rows === 2 ? 2 : 4);

const numbers = (count: number) =>
  fc.array(
    fc.integer({ min: -64, max: 64 }).map((x) => x / 8),
    { minLength: count, maxLength: count },
  );
const split = (list: readonly number[], columns: number, rows: number): Matrix =>
  Array.from({ length: columns }, (_, c) => list.slice(c * rows, (c + 1) * rows));
const times = (a: Matrix, b: Matrix): Matrix =>
  b.map((column) => a[0].map((_, r) => column.reduce((sum, x, k) => sum + a[k][r] * x, 0)));
const transpose = (m: Matrix): Matrix => m[0].map((_, r) => m.map((column) => column[r]));
function determinant(m: Matrix): number {
  if (m.length === 1) return m[0][0];
  const minor = (r: number) => m.slice(1).map((column) => column.filter((_, i) => i !== r));
  return m[0].reduce((sum, x, r) => sum + (r % 2 ? -x : x) * determinant(minor(r)), 0);
}

/** As it lies in memory, with a mark in what belongs to no column. */
function laidOut(m: Matrix): number[] {
  const rows = m[0].length;
  return m.flatMap((column) => [...column, ...new Array<number>(stride(rows) - rows).fill(99)]);
}
const words = (m: Matrix) => new Float32Array(laidOut(m));

describe.each(SHAPES)('mat%ix%i', (columns, rows) => {
  const type = `mat${columns}x${rows}f`;

  // The elements are eighths below 8: every sum and product here is exact in f32, so that the bits can be compared.
  it('adds, subtracts, multiplies by scalars and vectors, and is transposed', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> a: ${type};
@group(0) @binding(1) var<storage, read_write> b: ${type};
@group(0) @binding(2) var<storage, read> v: vec${columns}f;
@group(0) @binding(3) var<storage, read> w: vec${rows}f;
@group(0) @binding(4) var<storage, read_write> mv: vec${rows}f;
@group(0) @binding(5) var<storage, read_write> wm: vec${columns}f;
@group(0) @binding(6) var<storage, read_write> t: mat${rows}x${columns}f;
@compute @workgroup_size(1) fn main() {
  mv = a * v;
  wm = w * a;
  t = transpose(a);
  let sum = a + b;
  b = 2 * (sum - a) * v.x;
  a -= ${type}();
  a *= v.y;
}`;
    fc.assert(
      fc.property(
        numbers(columns * rows),
        numbers(columns * rows),
        numbers(columns),
        numbers(rows),
        (p, q, v, w) => {
          const [a, b] = [split(p, columns, rows), split(q, columns, rows)];
          const space = (n: number) => new Float32Array(stride(n)).fill(99);
          const found = runKernel(wgsl, [
            words(a),
            words(b),
            new Float32Array([...v, 0, 0]),
            new Float32Array([...w, 0, 0]),
            space(rows),
            space(columns),
            new Float32Array(rows * stride(columns)).fill(99),
          ]);
          const scaled = (m: Matrix, by: number) => m.map((column) => column.map((x) => x * by));
          const expected = [
            laidOut(scaled(a, v[1])),
            laidOut(scaled(b, 2 * v[0])),
            laidOut(times(a, [v])),
            laidOut(times(transpose(a), [w])),
            laidOut(transpose(a)),
          ];
          // A zero may have either sign.
          const plain = (list: ArrayLike<number>) => Array.from(list, (x) => x + 0);
          expect([0, 1, 4, 5, 6].map((i) => plain(found[i]))).toEqual(expected.map(plain));
        },
      ),
      { numRuns: 5 },
    );
  });

  it('multiplies matrices', () => {
    for (const inner of SIZES) {
      const wgsl = `
@group(0) @binding(0) var<storage, read> a: mat${inner}x${rows}f;
@group(0) @binding(1) var<storage, read> b: mat${columns}x${inner}f;
@group(0) @binding(2) var<storage, read_write> c: ${type};
@compute @workgroup_size(1) fn main() { c = a * b; }`;
      fc.assert(
        fc.property(numbers(inner * rows), numbers(columns * inner), (p, q) => {
          const [a, b] = [split(p, inner, rows), split(q, columns, inner)];
          const [, , c] = runKernel(wgsl, [
            words(a),
            words(b),
            new Float32Array(columns * stride(rows)).fill(99),
          ]);
          expect(Array.from(c, (x) => x + 0)).toEqual(laidOut(times(a, b)).map((x) => x + 0));
        }),
        { numRuns: 3 },
      );
    }
  });

  it('reads and writes columns and elements, by constants and by numbers known at run time', () => {
    const wgsl = `
struct S { before: f32, m: ${type}, after: f32 }
@group(0) @binding(0) var<storage, read_write> s: array<S, 2>;
@group(0) @binding(1) var<storage, read_write> o: array<f32>;
var<workgroup> shared_one: ${type};
fn change(p: ptr<function, ${type}>, c: u32, r: u32) { (*p)[c][r] += 1; }
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  let c = id.x + ${columns - 1};
  let r = id.x + ${rows - 1};
  var m = s[1].m;
  change(&m, c, r);
  shared_one = m;
  shared_one[0].x = 5;
  s[0].m[c] = shared_one[0];
  s[0].m[0][1] = m[c][r];
  s[0].after = ${type}(m)[c][r];
  o[0] = s[1].m[c][r];
  o[1] = f32(arrayLength(&o));
}`;
    fc.assert(
      fc.property(numbers(columns * rows), (p) => {
        const m = split(p, columns, rows);
        const align = stride(rows);
        const size = 2 * align + columns * align;
        const start = [7, ...new Array<number>(align - 1).fill(99)];
        const one = [...start, ...laidOut(m), 8, ...new Array<number>(align - 1).fill(99)];
        const [s, o] = runKernel(wgsl, [new Float32Array([...one, ...one]), new Float32Array(2)]);
        const last = m[columns - 1][rows - 1];
        const changed = [...one];
        const first = [5, ...m[0].slice(1)];
        first.forEach((x, i) => {
          changed[align + (columns - 1) * align + i] = x;
        });
        changed[align + 1] = last + 1;
        changed[align + columns * align] = last + 1;
        expect(s.length).toBe(2 * size);
        expect([...s]).toEqual([...changed, ...one]);
        expect([...o]).toEqual([last, 2]);
      }),
      { numRuns: 3 },
    );
  });
});

describe('square matrices', () => {
  it.each(SIZES)('determinant of %i columns', (n) => {
    const wgsl = `
@group(0) @binding(0) var<storage, read> m: mat${n}x${n}f;
@group(0) @binding(1) var<storage, read_write> o: f32;
@compute @workgroup_size(1) fn main() { o = determinant(m); }`;
    fc.assert(
      fc.property(numbers(n * n), (p) => {
        const m = split(p, n, n);
        const [, [found]] = runKernel(wgsl, [words(m), new Float32Array(1)]);
        const size = determinant(
          m.map((column) => column.map(() => 8)).map((c, i) => c.map((x, j) => (i === j ? x : 1))),
        );
        expect(Math.abs(found - determinant(m))).toBeLessThanOrEqual(64 * size * 2 ** -23);
      }),
      { numRuns: 20 },
    );
  });
});

describe('matrices of f16 and of constants', () => {
  it('are as those of f32 and of variables', () => {
    const wgsl = `enable f16;
@group(0) @binding(0) var<storage, read_write> h: mat2x3h;
@group(0) @binding(1) var<storage, read_write> o: array<f32, 6>;
const A = mat2x2(1, 2, 3, 4);
const B = A * mat3x2(1, 0, 0, 1, 2, 2);
@compute @workgroup_size(1) fn main() {
  let p = mat2x3h(1, 2, 3, 4, 5, 6) * mat2x2h(mat2x2f(1, 2, 3, 0.5));
  h = p;
  o[0] = determinant(A);
  o[1] = (vec2f(1, 1) * B)[2];
  o[2] = transpose(B)[1][2];
  o[3] = f32((p * vec2h(1, 1)).y);
  o[4] = mat2x3f(p)[1][0];
  o[5] = (B + B - B)[2].x;
}`;
    const [h, o] = runKernel(wgsl, [new Uint32Array(4), new Float32Array(6)]);
    expect([...o]).toEqual([-2, 20, 12, 20.5, 5, 8]);
    const bits = new Uint16Array(h.buffer);
    expect([0, 1, 2, 4, 5, 6].map((i) => bits[i])).toEqual([0x4880, 0x4a00, 0x4b80, 0x4500, 0x4840, 0x4a00]);
  });
});
