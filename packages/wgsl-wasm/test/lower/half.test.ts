/** `f16`: every value for one operand, random ones for two, and what lies in memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../src/index.ts';
import { runKernel } from './harness.ts';

// The engine's own 16-bit floats judge; they are no part of what is tested.
declare const Float16Array: { new (data: ArrayBuffer | Iterable<number>): Float16 };
interface Float16 extends Iterable<number> {
  readonly buffer: ArrayBuffer;
  readonly length: number;
  [index: number]: number;
}
const round = (Math as unknown as { f16round(x: number): number }).f16round;

/** All of them, in the order of their bits. */
const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i);
const words = (halves: { readonly buffer: ArrayBufferLike }) => new Uint32Array(halves.buffer as ArrayBuffer);
const halves = (data: { readonly buffer: ArrayBufferLike }) => new Float16Array(data.buffer as ArrayBuffer);
const same = (x: number, y: number) => Object.is(x, y) || (Number.isNaN(x) && Number.isNaN(y));

/** `expression` of every value, as a scalar or four at once. */
function mapAll(expression: string, type: 'f16' | 'f32' | 'i32' | 'u32', wide: boolean): Uint32Array {
  const of = (name: string) => (wide ? `vec4<${name}>` : name);
  const wgsl = `enable f16;
@group(0) @binding(0) var<storage, read> a: array<${of('f16')}>;
@group(0) @binding(1) var<storage, read_write> b: array<${of(type)}>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) i: vec3u) {
  let x = a[i.x];
  b[i.x] = ${expression.replaceAll('T(', `${of('f16')}(`).replaceAll('R(', `${of(type)}(`)};
}`;
  const count = wide ? 16384 : 65536;
  const [, out] = runKernel(wgsl, [words(ALL), new Uint32Array(type === 'f16' ? 32768 : 65536)], {
    workgroups: [count / 64, 1, 1],
  });
  return out;
}

const ROUND = (x: number) => {
  const low = Math.floor(x);
  const up = x - low > 0.5 || (x - low === 0.5 && low % 2 !== 0);
  return up ? low + 1 : low;
};
const ONE: [expression: string, f: (x: number) => number, exact?: false][] = [
  ['x', (x) => x],
  ['-x', (x) => -x],
  ['abs(x)', Math.abs],
  ['x + T(1)', (x) => x + 1],
  ['x * T(3)', (x) => x * 3],
  ['T(1) / x', (x) => 1 / x],
  ['x - T(0.1)', (x) => x - round(0.1)],
  ['sqrt(abs(x))', (x) => Math.sqrt(Math.abs(x))],
  ['floor(x)', Math.floor],
  ['ceil(x)', Math.ceil],
  ['trunc(x)', Math.trunc],
  ['round(x)', ROUND],
  ['sign(x)', (x) => (x > 0 ? 1 : x < 0 ? -1 : 0)],
  ['saturate(x)', (x) => Math.min(1, Math.max(0, x))],
  ['max(x, T(2))', (x) => Math.max(x, 2)],
  ['select(x, T(7), x < T(0))', (x) => (x < 0 ? 7 : x)],
];

describe('every f16', () => {
  const inputs = [...halves(ALL)];

  it.each(ONE)('%s', (expression, f) => {
    for (const wide of [false, true]) {
      const found = halves(mapAll(expression, 'f16', wide));
      const wrong = inputs.findIndex((x, i) => {
        // NaN has no meaning in WGSL, and the sign of a zero none in `sign`, `max` and the like.
        if (Number.isNaN(x)) return false;
        const expected = round(f(x));
        return expected === 0 ? found[i] !== 0 : !same(found[i], expected);
      });
      expect(wrong < 0 || `${expression} of ${inputs[wrong]}: ${found[wrong]}, ${wide}`).toBe(true);
    }
  });

  it('keeps its bits in memory, but for NaN', () => {
    const found = new Uint16Array(mapAll('x', 'f16', false).buffer);
    expect(found.findIndex((bits, i) => bits !== i && (i & 0x7fff) <= 0x7c00)).toBe(-1);
    expect([...halves(found)].filter(Number.isNaN)).toHaveLength(inputs.filter(Number.isNaN).length);
  });

  it('converts to the other types', () => {
    const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, Math.trunc(x))) + 0;
    for (const wide of [false, true]) {
      const asFloat = new Float32Array(mapAll('R(x)', 'f32', wide).buffer as ArrayBuffer);
      const signed = new Int32Array(mapAll('R(x)', 'i32', wide).buffer as ArrayBuffer);
      const unsigned = mapAll('R(x)', 'u32', wide);
      const wrong = inputs.findIndex((x, i) => {
        if (Number.isNaN(x)) return false;
        if (!same(asFloat[i], x)) return true;
        if (!Number.isFinite(x)) return false;
        return signed[i] !== clamp(x, -(2 ** 31), 2 ** 31) || unsigned[i] !== clamp(x, 0, 2 ** 32);
      });
      expect(wrong).toBe(-1);
    }
  });

  it('has the bits of a word by bitcast', () => {
    const wgsl = `enable f16;
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> b: array<vec2h>;
@group(0) @binding(2) var<storage, read_write> c: array<vec2u>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) i: vec3u) {
  let v = bitcast<vec2h>(a[i.x]);
  b[i.x] = v;
  c[i.x] = bitcast<vec2u>(vec4h(v, bitcast<vec2h>(bitcast<f32>(v))));
}`;
    const data = words(ALL);
    const [, b, c] = runKernel(wgsl, [data, new Uint32Array(32768), new Uint32Array(65536)], {
      workgroups: [512, 1, 1],
    });
    const isNumber = (word: number) => (word & 0x7fff) <= 0x7c00 && ((word >>> 16) & 0x7fff) <= 0x7c00;
    expect(data.findIndex((word, i) => isNumber(word) && (b[i] !== word || c[2 * i] !== word))).toBe(-1);
    expect(data.findIndex((word, i) => isNumber(word) && c[2 * i + 1] !== word)).toBe(-1);
  });
});

describe('two operands', () => {
  const half = fc
    .oneof(
      fc.nat({ max: 65535 }),
      fc.constantFrom(0, 0x8000, 1, 0x8001, 0x3ff, 0x400, 0x3c00, 0x3c01, 0x7bff, 0xfbff, 0x7c00, 0x6800),
    )
    .filter((bits) => (bits & 0x7fff) <= 0x7c00);
  const OPERATORS: Record<string, (x: number, y: number) => number> = {
    'x + y': (x, y) => x + y,
    'x - y': (x, y) => x - y,
    'x * y': (x, y) => x * y,
    'x / y': (x, y) => x / y,
    'min(x, y)': Math.min,
    'max(x, y)': Math.max,
    'step(x, y)': (x, y) => (x <= y ? 1 : 0),
    'select(x, -y, x >= y)': (x, y) => (x >= y ? -y : x),
  };
  const names = Object.keys(OPERATORS);

  it('are rounded after each operation, as scalars and in vectors', () => {
    const wgsl = (wide: string, shape: string) => `enable f16;
@group(0) @binding(0) var<storage, read> a: array<${wide}>;
@group(0) @binding(1) var<storage, read> b: array<${wide}>;
@group(0) @binding(2) var<storage, read_write> c: array<array<${wide}, ${names.length}>>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) i: vec3u) {
  let x = a[i.x]; let y = b[i.x];
  ${names
    .map((text, n) => `c[i.x][${n}] = ${text};`)
    .join('\n')
    .replaceAll('step(', `${shape}(step(`)
    .replaceAll(`${shape}(step(x, y)`, `${shape}(step(x, y))`)}
}`;
    const scalar = wgsl('f16', 'f16');
    const vector = wgsl('vec2h', 'vec2h');
    const pair = fc.tuple(half, half);
    fc.assert(
      fc.property(fc.array(pair, { minLength: 8, maxLength: 8 }), (pairs) => {
        const [xs, ys] = [0, 1].map((k) => Uint16Array.from(pairs, (one) => one[k]));
        const run = (text: string, count: number) =>
          halves(
            runKernel(text, [words(xs), words(ys), new Uint32Array(4 * names.length)], {
              workgroups: [count, 1, 1],
            })[2],
          );
        const [one, two] = [run(scalar, 8), run(vector, 4)];
        pairs.forEach((_, i) => {
          const [x, y] = [halves(xs)[i], halves(ys)[i]];
          names.forEach((name, n) => {
            const expected = round(OPERATORS[name](x, y));
            const found = [one[names.length * i + n], two[2 * (names.length * (i >> 1) + n) + (i & 1)]];
            // Which zero, and what NaN is made of, is open.
            for (const value of found) {
              expect(same(value, expected) || value === expected, `${name}: ${x}, ${y}: ${value}`).toBe(true);
            }
          });
        });
      }),
      { numRuns: 300 },
    );
  });

  it('of f32 become the nearest f16, ties to even', () => {
    const wgsl = `enable f16;
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> b: array<vec4h>;
@group(0) @binding(2) var<storage, read_write> c: array<f16>;
@compute @workgroup_size(1) fn main() { b[0] = vec4h(a[0]); for (var k = 0; k < 4; k++) { c[k] = f16(a[0][k]); } }`;
    // Around f16 values and the middles between them.
    const near = fc.tuple(half, fc.integer({ min: -2, max: 2 }), fc.boolean()).map(([bits, away, middle]) => {
      const pair = Uint16Array.of(bits, bits + (bits & 0x7fff ? 1 : 0));
      const [x, y] = halves(Uint16Array.of(...pair, 0, 0));
      const float = Float32Array.of(middle && Number.isFinite(y) ? (x + y) / 2 : x);
      new Int32Array(float.buffer)[0] += away;
      return Number.isNaN(float[0]) ? 1 : float[0];
    });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(near, fc.float({ noNaN: true })), { minLength: 4, maxLength: 4 }),
        (numbers) => {
          const [, b, c] = runKernel(wgsl, [
            Float32Array.from(numbers),
            new Uint32Array(2),
            new Uint32Array(2),
          ]);
          const expected = numbers.map((x) => round(Math.fround(x)));
          expect([...halves(b)]).toEqual(expected);
          expect([...halves(c)]).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('f16 in memory', () => {
  it('lies as WGSL says, and a write touches nothing beside it', () => {
    const wgsl = `enable f16;
struct S { a: f16, b: vec3h, c: f16, d: array<vec3h, 2>, e: vec2h, f: f32 }
@group(0) @binding(0) var<storage, read_write> s: S;
@group(0) @binding(1) var<storage, read_write> t: S;
@compute @workgroup_size(1) fn main() {
  t.a = s.a; t.b = s.b; t.c = s.c; t.d[1] = s.d[0]; t.d[0] = s.d[1]; t.e = s.e.yx; t.f = f32(s.c) + s.f;
  t.b.y += 1;
}`;
    expect(compileKernel(wgsl).bindings[0].minimumBytes).toBe(40);
    const data = Uint16Array.from({ length: 20 }, (_, i) => 0x3c00 + i);
    new Float32Array(data.buffer)[9] = 2;
    const [, t] = runKernel(wgsl, [words(data), words(new Uint16Array(20).fill(0x1234))]);
    const found = new Uint16Array(t.buffer as ArrayBuffer);
    /** From which half of `s` each half of `t` comes; null: nothing is written there. */
    const origin = [0, null, null, null, 4, 5, 6, 7, 12, 13, 14, null, 8, 9, 10, null, 17, 16];
    const expected = origin.map((from) => (from === null ? 0x1234 : data[from]));
    // 1.0048828125 + 1 is a tie, which goes to the even neighbour.
    expected[5] = new Uint16Array(new Float16Array([halves(data)[5] + 1]).buffer)[0];
    expect([...found.slice(0, 18)]).toEqual(expected);
    expect(new Float32Array(found.buffer)[9]).toBe(halves(data)[7] + 2);
  });

  it('is indexed, kept in every address space, and read from tables', () => {
    const wgsl = `enable f16;
const TABLE = array<f16, 5>(0.5, 1.5, -2, 65504, 0x1p-24);
var<workgroup> w: array<vec4h, 3>;
var<private> p: array<f16, 3> = array(1h, 2h, 3h);
@group(0) @binding(0) var<storage, read> i: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f16>;
@compute @workgroup_size(1) fn main() {
  let k = i[0];
  var f = array<vec2h, 3>(vec2h(1, 2), vec2h(3, 4), vec2h(5, 6));
  w[k] = vec4h(1, 2, 3, 4);
  w[k][i[1]] *= 2;
  p[k] += 0.25;
  f[k].y = p[k];
  f[k][0] -= 1;
  out[0] = TABLE[k]; out[1] = TABLE[k + 2]; out[2] = w[k].z; out[3] = w[k][i[1]]; out[4] = p[k];
  out[5] = f[k].x; out[6] = f[k].y; out[7] = f[i[1]][k];
}`;
    for (const options of [{}, { robust: true }, { debug: true }]) {
      const [, out] = runKernel(wgsl, [Uint32Array.of(1, 2), new Uint32Array(4)], options);
      expect([...halves(out)]).toEqual([1.5, 65504, 6, 6, 2.25, 2, 2.25, 6]);
    }
  });

  it('has the length of its bytes', () => {
    const wgsl = `enable f16;
@group(0) @binding(0) var<storage, read> a: array<f16>;
@group(0) @binding(1) var<storage, read> b: array<vec3h>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(1) fn main() { out[0] = arrayLength(&a); out[1] = arrayLength(&b); }`;
    const [, , out] = runKernel(wgsl, [new Uint32Array(5), new Uint32Array(6), new Uint32Array(2)]);
    expect([...out]).toEqual([10, 3]);
  });
});

describe('constants', () => {
  it('are what the kernel computes', () => {
    const value = fc.double({ min: -200, max: 200, noNaN: true }).map((x) => round(x));
    fc.assert(
      fc.property(
        value,
        value.filter((y) => y !== 0),
        fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const),
        (x, y, operator) => {
          const text = (n: number) => `f16(${n})`;
          const wgsl = `enable f16;
@group(0) @binding(0) var<storage, read> a: array<f16>;
@group(0) @binding(1) var<storage, read_write> out: array<f16>;
const C = ${text(x)} ${operator} ${text(y)};
@compute @workgroup_size(1) fn main() { out[0] = C; out[1] = a[0] ${operator} a[1]; }`;
          const results = { '+': x + y, '-': x - y, '*': x * y, '/': x / y };
          const exact = results[operator];
          // Beyond the largest f16 a constant is an error.
          if (Math.abs(exact) > 65504) return;
          const expected = round(exact);
          const [, out] = runKernel(wgsl, [words(new Float16Array([x, y])), new Uint32Array(1)]);
          expect([...halves(out)].map((n) => n + 0)).toEqual([expected + 0, expected + 0]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
