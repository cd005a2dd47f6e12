import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';
import { runKernel } from '../lower/harness.ts';
import { generateKernel, INPUT_WORDS, RESULT_WORDS, WORKGROUP_SIZE } from './generate-kernel.ts';
import { type Judge, openSwiftShader } from './swiftshader.ts';

const WORKGROUPS = 2;

/** Decides from a list of numbers, then always for the first choice, so that shorter lists make simpler kernels. */
function picker(choices: readonly number[]) {
  let at = 0;
  return (n: number) => (at < choices.length ? choices[at++] % n : 0);
}

const INPUTS = [0, 1, -1, 2, 7, -8, 31, 32, 100, 0x7fffffff, -0x80000000, 0x55555555, 65535, -65536];

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('random kernels', () => {
  let judge: Judge;
  beforeAll(async () => {
    judge = await openSwiftShader();
  });
  afterAll(() => judge.close());

  it('give the same bits as Dawn on SwiftShader: integers, control flow, memory, barriers, exact floats', async () => {
    const kernels = fc.array(fc.nat(0xffff), { minLength: 200, maxLength: 1500 });
    const inputs = fc.array(fc.oneof(fc.constantFrom(...INPUTS), fc.integer()), {
      minLength: INPUT_WORDS,
      maxLength: INPUT_WORDS,
    });
    await fc.assert(
      fc.asyncProperty(kernels, inputs, async (choices, words) => {
        const wgsl = generateKernel(picker(choices));
        const src = Int32Array.from(words);
        const dst = new Int32Array(WORKGROUPS * WORKGROUP_SIZE * RESULT_WORDS);
        const buffers = [
          { data: src, writable: false },
          { data: dst, writable: true },
        ];
        let expected: Int32Array | null;
        try {
          [, expected] = await judge.run(wgsl, buffers, WORKGROUPS);
        } catch (error) {
          // A constant expression that happens to overflow: not valid, for both.
          expect(() => runKernel(wgsl, [src, dst]), String(error)).toThrow();
          return;
        }
        for (const options of [{}, { debug: true }, { robust: true }, { relaxedSimd: false }]) {
          const [, found] = runKernel(wgsl, [src, dst], { ...options, workgroups: [WORKGROUPS, 1, 1] });
          expect(Array.from(found), wgsl).toEqual(Array.from(expected!));
        }
      }),
      { numRuns: amount(60, 2000) },
    );
  });

  it('conversions of floats that do not fit agree', async () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read> src: array<f32>;
@group(0) @binding(1) var<storage, read_write> dst: array<i32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) g: vec3<u32>) {
  let i = g.x; let x = src[i]; let v = vec4(x, -x, x * 0.5, 1.0);
  dst[12u * i] = i32(x); dst[12u * i + 1u] = bitcast<i32>(u32(x));
  let a = vec4<i32>(v); let b = vec4<u32>(v);
  dst[12u * i + 2u] = a.x; dst[12u * i + 3u] = a.y; dst[12u * i + 4u] = a.z;
  dst[12u * i + 5u] = bitcast<i32>(b.x); dst[12u * i + 6u] = bitcast<i32>(b.y); dst[12u * i + 7u] = bitcast<i32>(b.z);
}`;
    const src = Float32Array.of(
      0,
      1.9,
      -1.9,
      3e9,
      -3e9,
      5e9,
      2147483520,
      2147483648,
      4294967040,
      4294967296,
      1e30,
      -1e30,
      0.99999994,
    );
    const dst = new Int32Array(12 * src.length);
    const buffers = [
      { data: src, writable: false },
      { data: dst, writable: true },
    ];
    const [, expected] = await judge.run(wgsl, buffers, src.length);
    const [, found] = runKernel(wgsl, [src, dst], { workgroups: [src.length, 1, 1] });
    expect(Array.from(found)).toEqual(Array.from(expected!));
  });

  it('views of buffers agree where they lie inside', async () => {
    const TYPES: [type: string, align: number, bytes: number, value: string][] = [
      ['u32', 4, 4, '*p'],
      ['vec2u', 8, 8, 'p.x ^ p.y'],
      ['vec3u', 16, 12, 'p.x ^ p.y ^ p.z'],
      ['vec4i', 16, 16, 'u32(p.w) ^ u32((*p)[k % 4])'],
      ['mat2x3f', 16, 32, 'bitcast<u32>((*p)[k % 2][k % 3]) ^ bitcast<u32>((*p)[1].z)'],
      ['array<vec3u, 3>', 16, 48, '(*p)[k % 3].y ^ p[2].z'],
      ['array<u32>', 4, 4, 'arrayLength(p) ^ p[k % arrayLength(p)]'],
      ['S', 16, 48, 'p.a ^ p.d[k % 2] ^ u32((*p).c.y)'],
      ['T', 8, 24, 'p.head ^ arrayLength(&p.tail) ^ p.tail[k % arrayLength(&p.tail)].x'],
    ];
    const BYTES = 256;
    const structs = `struct S { a: u32, @align(16) c: vec2i, d: array<u32, 2>, b: vec3f }
struct T { head: u32, @size(12) s: u32, tail: array<vec2u> }`;
    const kernel = (space: string, size: number | null) => `requires buffer_view; ${structs}
@group(0) @binding(0) var<storage> given: array<i32>;
@group(0) @binding(1) var<storage, read_write> b: buffer;
@group(0) @binding(2) var<storage, read_write> dst: array<i32>;
var<workgroup> w: buffer<${BYTES}>;
fn at(p: ptr<${space}, buffer${size ? `<${size}>` : ''}${space === 'storage' ? ', read_write' : ''}>) {
  let k = u32(given[1]);
  for (var n = 0u; n < ${TYPES.length}u; n++) { dst[n] = i32(value(p, u32(given[2u + n]), n, k)); }
  dst[${TYPES.length}] = i32(bufferLength(p));
  let q = bufferArrayView<T>(p, given[0], 16 + 8 * (given[1] % 8 + 1));
  q.head = arrayLength(&q.tail); q.tail[k % arrayLength(&q.tail)] = vec2u(k);
}
fn value(p_: ptr<${space}, buffer${space === 'storage' ? ', read_write' : ''}>, o: u32, n: u32, k: u32) -> u32 {
  switch n { default { return 0; } ${TYPES.map(
    ([type, , , value], n) => `case ${n} { let p = bufferView<${type}>(p_, o); return ${value}; }`,
  ).join(' ')} }
}
@compute @workgroup_size(1) fn main() {
  let all = bufferView<array<u32, ${BYTES / 4}>>(&b, 0); let mine = bufferView<array<u32, ${BYTES / 4}>>(&w, 0);
  *mine = *all; ${space === 'storage' ? 'at(&b);' : 'at(&w); *all = *mine;'}
}`;
    const words = (count: number) => fc.array(fc.integer(), { minLength: count, maxLength: count });
    for (const [space, size] of [
      ['storage', null],
      ['workgroup', null],
      ['workgroup', 192],
    ] as const) {
      const wgsl = kernel(space, size);
      const places = fc.tuple(
        fc.nat({ max: (size ?? BYTES) / 8 - 11 }).map((n) => 8 * n),
        fc.nat(1000),
        ...TYPES.map(([, align, bytes]) =>
          fc.nat((size ?? BYTES) - bytes).map((n) => n - (n % align) + (n % 3)),
        ),
      );
      await fc.assert(
        fc.asyncProperty(places, words(BYTES / 4), async (given, data) => {
          const b = Int32Array.from(data);
          const dst = new Int32Array(TYPES.length + 1);
          const all = [Int32Array.from(given), b, dst];
          const expected = await judge.run(
            wgsl,
            all.map((each, i) => ({ data: each, writable: i > 0 })),
            1,
          );
          for (const options of [{}, { debug: true }, { robust: true }]) {
            const [, ...found] = runKernel(wgsl, all, options);
            expect(
              found.map((each) => [...each]),
              wgsl,
            ).toEqual(expected.slice(1).map((each) => [...each!]));
          }
        }),
        { numRuns: amount(5, 1000) },
      );
    }
  });
});
