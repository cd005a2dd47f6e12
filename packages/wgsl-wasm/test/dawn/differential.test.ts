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
});
