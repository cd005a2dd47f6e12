import { describe, expect, it } from 'vitest';
import { runKernel } from '../harness.ts';
import { exact, words } from './support.ts';

describe('bit functions', () => {
  const unsigned = words.map((word) => [word]);
  const signed = words.map((word) => [word | 0]);
  const reversed = (x: number) =>
    Number.parseInt((x >>> 0).toString(2).padStart(32, '0').split('').reverse().join(''), 2);
  const ones = (x: number) => (x >>> 0).toString(2).replaceAll('0', '').length;
  const trailing = (x: number) => (x === 0 ? 32 : 31 - Math.clz32(x & -x));
  it('counting and reversing', () => {
    exact('countOneBits(a)', ['u32', 'u32'], unsigned, ones);
    exact('countLeadingZeros(a)', ['u32', 'u32'], unsigned, Math.clz32);
    exact('countTrailingZeros(a)', ['i32', 'i32'], signed, trailing);
    exact('reverseBits(a)', ['u32', 'u32'], unsigned, reversed);
  });
  it('finding bits', () => {
    exact('firstLeadingBit(a)', ['u32', 'u32'], unsigned, (x) => 31 - Math.clz32(x));
    exact('firstLeadingBit(a)', ['i32', 'i32'], signed, (x) => 31 - Math.clz32(x < 0 ? ~x : x));
    exact('firstTrailingBit(a)', ['u32', 'u32'], unsigned, (x) => (x === 0 ? -1 : trailing(x)));
  });
  // Constants that are too large are errors; numbers that are not constant are cut.
  const given = (n: number) => (n > 16 ? `${n}u + arrayLength(&result) - arrayLength(&result)` : `${n}u`);
  it('extractBits and insertBits for every offset and count, also too large', () => {
    for (const [offset, count] of [
      [0, 0],
      [0, 32],
      [5, 7],
      [31, 1],
      [31, 5],
      [32, 3],
      [40, 40],
      [16, 16],
      [1, 31],
    ]) {
      const o = Math.min(offset, 32);
      const c = Math.min(count, 32 - o);
      const field = (x: number) => Math.floor((x >>> 0) / 2 ** o) % 2 ** c;
      exact(`extractBits(a, ${given(offset)}, ${given(count)})`, ['u32', 'u32'], unsigned, field);
      exact(`extractBits(a, ${given(offset)}, ${given(count)})`, ['i32', 'i32'], signed, (x) =>
        c > 0 && field(x) >= 2 ** (c - 1) ? field(x) - 2 ** c : field(x),
      );
      exact(
        `insertBits(a, b, ${given(offset)}, ${given(count)})`,
        ['u32', 'u32', 'u32'],
        unsigned.map(([x], i) => [x, words.at(-1 - i)!]),
        (x, y) => {
          const low = (x >>> 0) % 2 ** o;
          const high = Math.floor((x >>> 0) / 2 ** (o + c)) * 2 ** (o + c);
          return low + ((y >>> 0) % 2 ** c) * 2 ** o + high;
        },
      );
    }
  });
  it('dot4U8Packed and dot4I8Packed', () => {
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> o: array<vec4<u32>>;
@compute @workgroup_size(1) fn main() {
  let v = o[0]; o[0] = vec4(dot4U8Packed(v.x, v.y), u32(dot4I8Packed(v.x, v.y)), 0u, 0u);
}`;
    const [out] = runKernel(wgsl, [Uint32Array.of(0x01ff80fe, 0x7f02ff03, 0, 0)]);
    expect(out[0]).toBe(0x01 * 0x7f + 0xff * 2 + 0x80 * 0xff + 0xfe * 3);
    expect(out[1] | 0).toBe(0x01 * 0x7f + -1 * 2 + -128 * -1 + -2 * 3);
  });
});

describe('integer arithmetic', () => {
  const rows = words.map((word, i) => [word | 0, words[(i * 7) % words.length] | 0]);
  it('abs, sign, min, max, clamp', () => {
    exact(
      'abs(a)',
      ['i32', 'i32'],
      rows.map(([a]) => [a]),
      (a) => Math.abs(a) | 0,
    );
    exact(
      'sign(a)',
      ['i32', 'i32'],
      rows.map(([a]) => [a]),
      Math.sign,
    );
    exact('min(a, b)', ['i32', 'i32', 'i32'], rows, Math.min);
    exact('max(a, b)', ['i32', 'i32', 'i32'], rows, Math.max);
    const unsigned = rows.map((row) => row.map((x) => x >>> 0));
    exact('min(a, b)', ['u32', 'u32', 'u32'], unsigned, Math.min);
    exact('max(a, b)', ['u32', 'u32', 'u32'], unsigned, Math.max);
    exact(
      'clamp(a, T(-5), T(1000))',
      ['i32', 'i32'],
      rows.map(([a]) => [a]),
      (a) => Math.min(Math.max(a, -5), 1000),
    );
  });
});
