/** Views of buffers, against a model of their bytes and against variables of the viewed types. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../src/index.ts';
import { type Data, type RunOptions, runKernel } from './harness.ts';

/** Words of the buffers that are viewed; each has its own number, so that a word says where it was read. */
const WORDS = 24;
const BYTES = 4 * WORDS;
const numbered = () => Uint32Array.from({ length: WORDS }, (_, i) => 1000 + i);

const ROBUST = { robust: true };

/** Where the viewed buffer is, and how it gets its words. */
const SPACES = {
  open: { declare: '@group(0) @binding(1) var<storage, read_write> b: buffer;', fill: '', writes: true },
  storage: {
    declare: `@group(0) @binding(1) var<storage, read_write> b: buffer<${BYTES}>;`,
    fill: '',
    writes: true,
  },
  constant: { declare: '@group(0) @binding(1) var<storage> b: buffer;', fill: '', writes: false },
  uniform: { declare: `@group(0) @binding(1) var<uniform> b: buffer<${BYTES}>;`, fill: '', writes: false },
  workgroup: {
    declare: `var<workgroup> before: u32; var<workgroup> b: buffer<${BYTES}>; var<workgroup> after: vec4u;
      @group(0) @binding(1) var<storage, read_write> given: array<u32, ${WORDS}>;`,
    fill: `before = 7; after = vec4u(7); *bufferView<array<u32, ${WORDS}>>(&b, 0) = given;`,
    writes: true,
  },
} as const;
type Space = keyof typeof SPACES;
const spaces = Object.keys(SPACES) as Space[];

/** The words of a type of 32-bit numbers, one after the other, as they lie; and its alignment in bytes. */
interface Viewed {
  readonly type: string;
  readonly align: number;
  /** Bytes of a view of one element at least. */
  readonly least: number;
  /** Expressions of its words by what is put before them, each with its byte. */
  readonly words: readonly (readonly [access: string, byte: number])[];
}
const vector = (n: number, size: number) =>
  Array.from({ length: n }, (_, i) => [`[${i}]`, size + 4 * i] as const);
const VIEWED: readonly Viewed[] = [
  { type: 'u32', align: 4, least: 4, words: [['', 0]] },
  { type: 'vec2u', align: 8, least: 8, words: vector(2, 0) },
  { type: 'vec3u', align: 16, least: 12, words: vector(3, 0) },
  { type: 'vec4u', align: 16, least: 16, words: vector(4, 0) },
  { type: 'array<u32, 5>', align: 4, least: 20, words: vector(5, 0) },
  {
    type: 'array<vec3u, 2>',
    align: 16,
    least: 32,
    words: [0, 1].flatMap((i) => vector(3, 16 * i).map(([a, at]) => [`[${i}]${a}`, at] as const)),
  },
  {
    type: 'S',
    align: 16,
    least: 48,
    words: [
      ['.a', 0],
      ...vector(3, 16).map(([a, at]) => [`.b${a}`, at] as const),
      ['.c', 28],
      ['.d[1].x', 40],
    ],
  },
  { type: 'array<u32>', align: 4, least: 4, words: [['[0]', 0]] },
  {
    type: 'T',
    align: 8,
    least: 24,
    words: [['.head', 0], ...vector(2, 16).map(([a, at]) => [`.tail[0]${a}`, at] as const)],
  },
];
const STRUCTS = `struct S { a: u32, @align(16) b: vec3u, c: u32, d: array<vec2u, 2> }
struct T { @size(16) head: u32, tail: array<vec2u> }`;

const offsets = fc.oneof(
  fc.integer({ min: 0, max: BYTES + 8 }),
  fc.integer({ min: -BYTES, max: -1 }),
  fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 30, 2 ** 32 - 16, 2 ** 32 - BYTES),
);

const kernel = (space: Space, statements: string, declarations = '') => `
requires buffer_view;
${STRUCTS}
@group(0) @binding(0) var<storage> given_at: array<i32>;
${SPACES[space].declare}
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
${declarations}
@compute @workgroup_size(1) fn main() {
  let i = given_at[0]; let n = given_at[1]; let k = given_at[2];
  ${SPACES[space].fill}
  ${statements}
  ${space === 'workgroup' ? `given = *bufferView<array<u32, ${WORDS}>>(&b, 0); out[0] += before + after.x - 14;` : ''}
}`;

function run(wgsl: string, at: readonly number[], results: number, options: RunOptions = ROBUST) {
  const [, buffer, out] = runKernel(
    wgsl,
    [Int32Array.from(at), numbered(), new Uint32Array(results)] as Data[],
    options,
  );
  return { buffer: [...buffer], out: [...out] };
}

describe.each(spaces)('a view of a buffer in %s', (space) => {
  const { writes } = SPACES[space];

  it.each(VIEWED)(
    'as $type reads and writes what lies there, and stays inside',
    ({ type, align, least, words }) => {
      const reads = words.map(([access], w) => `out[${w + 1}] = ${access ? `p${access}` : '*p'};`);
      const stores = words.map(([access], w) => `${access ? `p${access}` : '*p'} += ${w + 1} * 10000;`);
      const wgsl = kernel(
        space,
        `let p = bufferView<${type}>(&b, i); ${[...reads, ...(writes ? stores : [])].join(' ')}`,
      );
      fc.assert(
        fc.property(offsets, (offset) => {
          const { buffer, out } = run(wgsl, [offset, 0, 0], words.length + 1);
          const start = (offset >>> 0) - ((offset >>> 0) % align);
          const inside = start + least <= BYTES;
          const after = [...numbered()];
          words.forEach(([, byte], w) => {
            const index = (start + byte) / 4;
            if (inside) expect(out[w + 1]).toBe(1000 + index);
            // Some word of the buffer.
            else expect(out[w + 1] - 1000).toBeGreaterThanOrEqual(0);
            expect(out[w + 1]).toBeLessThan(1000 + WORDS);
            if (inside && writes) after[index] += (w + 1) * 10000;
          });
          expect(out[0]).toBe(0);
          expect(buffer).toEqual(after);
        }),
        { numRuns: 20 },
      );
    },
  );

  it('as an array has the elements that lie in it', () => {
    const wgsl = kernel(
      space,
      `let p = bufferView<array<vec2u>>(&b, i); let q = bufferArrayView<T>(&b, i, n);
       out[1] = bufferLength(&b); out[2] = arrayLength(p); out[3] = arrayLength(&q.tail);
       out[4] = p[k].y; out[5] = q.tail[k].x; out[6] = q.head;
       ${writes ? 'q.tail[k].y += 20000; p[k].x += 50000;' : ''}`,
    );
    const sizes = fc.oneof(
      fc.integer({ min: 0, max: BYTES + 8 }),
      fc.constantFrom(-1, -8, 2 ** 31 - 1, -(2 ** 31)),
    );
    const indices = fc.oneof(fc.integer({ min: 0, max: 14 }), fc.constantFrom(-1, 2 ** 31 - 1, 2 ** 29));
    fc.assert(
      fc.property(offsets, sizes, indices, (offset, size, index) => {
        const { buffer, out } = run(wgsl, [offset, size, index], 7);
        const after = [...numbered()];
        const start = (offset >>> 0) & ~7;
        const word = (byte: number) => 1000 + byte / 4;
        expect(out.slice(0, 2)).toEqual([0, BYTES]);
        if (start >= 0 && start + 8 <= BYTES) {
          const count = Math.floor((BYTES - start) / 8);
          expect(out[2]).toBe(count);
          expect(out[4]).toBe(word(start + 8 * Math.min(index >>> 0, count - 1) + 4));
          if (writes && index >>> 0 < count) after[(start + 8 * index) / 4] += 50000;
        }
        const whole = (size >>> 0) - (((size >>> 0) - 16) % 8);
        if (start >= 0 && size >>> 0 >= 24 && start + whole <= BYTES) {
          const count = (whole - 16) / 8;
          expect(out[3]).toBe(count);
          expect(out[6]).toBe(word(start));
          expect(out[5]).toBe(word(start + 16 + 8 * Math.min(index >>> 0, count - 1)));
          if (writes && index >>> 0 < count) after[(start + 16 + 8 * index + 4) / 4] += 20000;
        }
        expect(buffer).toEqual(after);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a view of a buffer', () => {
  const TYPES = ['f32', 'i32', 'vec2f', 'vec3i', 'vec4f', 'mat2x3f', 'mat4x4f', 'array<vec2i, 3>', 'S'];
  it.each([...TYPES, 'f16', 'vec3h', 'mat3x3h'])('holds what a variable of type %s holds', (type) => {
    const half = /^f16|h$/.test(type);
    const start = half ? 'enable f16;' : '';
    const program = (declared: string, at: (k: string) => string) => `${start} ${STRUCTS}
      @group(0) @binding(0) var<storage> source: ${declared};
      @group(0) @binding(1) var<storage, read_write> to: ${declared};
      @compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) { ${at('id.x')} }`;
    const plain = program(`array<${type}>`, (k) => `to[2 - ${k}] = source[${k}];`);
    const stride = compileKernel(plain).bindings[0].minimumBytes;
    const view = (name: string, k: string) => `*bufferView<${type}>(&${name}, ${stride} * (${k}))`;
    const viewed = program('buffer', (k) => `${view('to', `2 - ${k}`)} = ${view('source', k)};`);
    expect(compileKernel(viewed).bindings.map((binding) => binding.minimumBytes)).toEqual(
      compileKernel(program(type, () => '_ = source; _ = to;')).bindings.map(
        (binding) => binding.minimumBytes,
      ),
    );
    const word = half
      ? fc.nat(0x3bff).map((bits) => bits | (bits << 16))
      : fc.float({ noNaN: true }).map(bitsOf);
    const words = Math.ceil((3 * stride) / 4);
    fc.assert(
      fc.property(fc.array(word, { minLength: words, maxLength: words }), (given) => {
        for (const options of [{}, ROBUST, { debug: true }]) {
          const copy = (wgsl: string) =>
            runKernel(wgsl, [Int32Array.from(given), new Int32Array(words)], {
              ...options,
              workgroups: [3, 1, 1],
            });
          expect(copy(viewed)).toEqual(copy(plain));
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is the same memory as another view', () => {
    const wgsl = kernel(
      'workgroup',
      `let p = bufferView<vec4f>(&b, 16); let q = bufferView<array<u32, 4>>(&b, 16);
       for (var j = 0; j < 4; j++) { q[j] = bitcast<u32>(f32(j + 1)); p[j] *= 2; out[j + 1] = u32(bitcast<f32>(q[j])); }
       bufferView<vec4u>(&b, 16).zx = vec2u(8, 9); out[5] = q[0]; out[6] = q[2];`,
    );
    for (const options of [{}, ROBUST, { debug: true }])
      expect(run(wgsl, [0, 0, 0], 7, options).out).toEqual([0, 2, 4, 6, 8, 9, 8]);
  });

  it('has the smallest of the sizes that pointers to the buffer had', () => {
    const wgsl = kernel(
      'constant',
      'let p = &sized; out[0] = any(&b); out[1] = any(p); out[2] = middle(p); out[3] = small(p); out[4] = elements(p);',
      `@group(0) @binding(3) var<storage> sized: buffer<64>;
       fn any(p: ptr<storage, buffer>) -> u32 { let q = p; return bufferLength(q); }
       fn middle(p: ptr<storage, buffer<48>>) -> u32 { return any(p); }
       fn small(p: ptr<storage, buffer<16>>) -> u32 { return bufferLength(p); }
       fn tail(p: ptr<storage, buffer>, i: u32) -> u32 { return arrayLength(bufferView<array<u32>>(p, i)); }
       fn elements(p: ptr<storage, buffer<40>>) -> u32 { return tail(p, 8) + 100 * tail(p, u32(given_at[0])); }`,
    );
    for (const options of [{}, ROBUST, { debug: true }]) {
      const sized = new Uint32Array(32);
      const [, , out] = runKernel(
        wgsl,
        [Int32Array.of(20, 0, 0), numbered(), new Uint32Array(5), sized],
        options,
      );
      expect([...out]).toEqual([BYTES, 64, 48, 16, 8 + 500]);
    }
  });

  it('stays inside where only lowering shows that it would not', () => {
    const wgsl = kernel(
      'workgroup',
      `for (var j = 0; j < 3; j++) {
         let p = bufferView<vec4u>(&b, ${BYTES} * j); let q = bufferArrayView<array<u32>>(&b, 0, ${BYTES} * j);
         p.x += 10000; q[0] += 20000; out[j + 1] = arrayLength(q);
       }`,
    );
    const { buffer, out } = run(wgsl, [0, 0, 0], 4);
    expect(out).toEqual([0, 1, WORDS, 1]);
    expect(buffer).toEqual([...numbered()].map((word, i) => (i === 0 ? word + 30000 : word)));
    expect(() => run(wgsl, [0, 0, 0], 4, { debug: true })).toThrow(WebAssembly.RuntimeError);
  });

  it('that is never made needs nothing', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<storage> b: buffer;
var<workgroup> w: buffer<16>;
@compute @workgroup_size(1) fn main() {
  const none = false;
  out[0] = bufferLength(&b);
  if none && bufferView<array<u32, 9>>(&b, 2)[0] == bufferView<array<u32, 9>>(&w, 2)[0] { out[0] = 1; }
}`;
    expect(compileKernel(wgsl).bindings.map((binding) => binding.minimumBytes)).toEqual([4, 0]);
    expect([...runKernel(wgsl, [new Uint32Array(1), numbered()], ROBUST)[0]]).toEqual([BYTES]);
  });

  it('is kept over barriers', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<storage> source: buffer;
var<workgroup> b: buffer<64>;
fn lengths(p: ptr<workgroup, array<u32>>, q: ptr<storage, array<u32>>) -> u32 {
  workgroupBarrier();
  return 100 * arrayLength(p) + arrayLength(q);
}
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) {
  let p = bufferView<array<u32>>(&b, 16 * i);
  let q = bufferArrayView<array<u32>>(&b, 16 * i, 16);
  let r = bufferView<array<u32>>(&source, 4 * i);
  let first = bufferView<array<u32>>(&b, 0);
  for (var j = 0; j < 4; j++) { p[j] = r[j]; }
  workgroupBarrier();
  out[8 * i] = arrayLength(p); out[8 * i + 1] = arrayLength(q); out[8 * i + 2] = arrayLength(r);
  out[8 * i + 3] = arrayLength(first); out[8 * i + 4] = first[4 * ((i + 1) % 4)];
  out[8 * i + 5] = q[3]; p[100] = 9; q[4] = 9;
  out[8 * i + 6] = lengths(p, r);
  out[8 * i + 7] = p[0];
}`;
    const expected = [0, 1, 2, 3].flatMap((i) => {
      const [long, read] = [16 - 4 * i, WORDS - i];
      return [long, 4, read, 16, 1000 + ((i + 1) % 4), 1003 + i, 100 * long + read, 1000 + i];
    });
    const [out] = runKernel(wgsl, [new Uint32Array(32), numbered()], ROBUST);
    expect([...out]).toEqual(expected);
  });

  it('of zero offset costs what a variable of the type costs', () => {
    const sum = (declared: string, view: string) => `
@group(0) @binding(0) var<storage> a: ${declared};
@group(0) @binding(1) var<storage, read_write> out: ${declared};
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let p = ${view.replace('?', 'a')}; let q = ${view.replace('?', 'out')};
  if id.x < arrayLength(q) { for (var i = 0u; i < arrayLength(p); i++) { q[id.x] += p[i]; } }
}`;
    const options = { robust: true, relaxedSimd: false };
    const viewed = compileKernel(sum('buffer', 'bufferView<array<f32>>(&?, 0)'), options);
    const plain = compileKernel(sum('array<f32>', '&?'), options);
    expect(viewed.wasm).toEqual(plain.wasm);
  });

  it('outside of its buffer traps with debug', () => {
    const wgsl = kernel(
      'open',
      'let p = bufferView<vec2u>(&b, i); let q = bufferArrayView<array<u32>>(&b, i, n); out[0] = p.x + q[0];',
    );
    const debug =
      (...at: number[]) =>
      () =>
        run(wgsl, at, 1, { debug: true });
    expect(debug(BYTES - 8, 8, 0)().out).toEqual([2 * (1000 + WORDS - 2)]);
    expect(debug(BYTES - 1, 4, 0)().out).toEqual([1000 + WORDS - 2 + 1000 + WORDS - 1]);
    for (const [offset, size] of [
      [BYTES, 4],
      [-8, 4],
      [0, 3],
      [0, BYTES + 4],
      [8, BYTES - 4],
      [0, -4],
    ])
      expect(debug(offset, size, 0)).toThrow(WebAssembly.RuntimeError);
  });
});

const scratch = new DataView(new ArrayBuffer(4));
function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}
