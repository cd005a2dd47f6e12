import { expect } from 'vitest';
import { generator } from '../accuracy.ts';
import { evaluate, runKernel } from '../harness.ts';

const INTEGERS = [
  0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, 0x55555555, 0x00f00000, 0xfff00000, 12345678,
];
const random = generator(3);
/** Words that show edges of integers, and others. */
export const words = [
  ...INTEGERS,
  ...Array.from({ length: 200 }, () => Math.floor(random() * 2 ** 32) >>> Math.floor(random() * 31)),
];

/** Exact results, scalar and vector. */
export function exact(
  expression: string,
  types: readonly string[],
  rows: number[][],
  f: (...args: number[]) => number,
): void {
  const { scalar, vector } = evaluate(expression, types, rows, { relaxedSimd: false });
  const result = types.at(-1)!;
  rows.forEach((row, i) => {
    const value = f(...row);
    const expected = result === 'f32' ? Math.fround(value) : result === 'i32' ? value | 0 : value >>> 0;
    expect(scalar[i], `scalar ${expression} of ${row}`).toBe(expected);
    expect(vector[i], `vector ${expression} of ${row}`).toBe(expected);
  });
}

/** Runs an expression of vectors that stay whole: `a`, `b`, `c` are vec4<f32>, the result is vec4<f32>. */
export function whole(expression: string, ...inputs: number[][]): number[] {
  const names = ['a', 'b', 'c'].slice(0, inputs.length);
  const wgsl = `
${names.map((name, i) => `@group(0) @binding(${i}) var<storage, read> ${name}In: array<vec4<f32>>;`).join('\n')}
@group(0) @binding(${inputs.length}) var<storage, read_write> result: array<vec4<f32>>;
@compute @workgroup_size(1) fn main() {
  ${names.map((name) => `let ${name} = ${name}In[0];`).join(' ')}
  result[0] = ${expression};
}`;
  const out = runKernel(wgsl, [...inputs.map((input) => Float32Array.from(input)), new Float32Array(4)], {
    relaxedSimd: false,
  });
  return Array.from(out.at(-1)!);
}
