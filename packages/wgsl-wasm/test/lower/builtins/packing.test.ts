import { describe, expect, it } from 'vitest';
import { samples } from '../accuracy.ts';
import { evaluate, runKernel } from '../harness.ts';
import { words } from './support.ts';

describe('packing', () => {
  /** Runs `expression` of u32 and vec4<f32> values; the result is one u32 per row. */
  const pack = (name: string, width: 2 | 4, rows: number[][], type = 'f32') => {
    const wgsl = `
@group(0) @binding(0) var<storage, read> v: array<vec${width}<${type}>>;
@group(0) @binding(1) var<storage, read_write> o: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { o[id.x] = ${name}(v[id.x]); }`;
    const flat = rows.flat();
    const data =
      type === 'f32'
        ? Float32Array.from(flat)
        : type === 'i32'
          ? Int32Array.from(flat)
          : Uint32Array.from(flat);
    return Array.from(
      runKernel(wgsl, [data, new Uint32Array(rows.length)], { workgroups: [rows.length, 1, 1] })[1],
    );
  };
  const unpack = (name: string, width: 2 | 4, input: number[], type = 'f32') => {
    const wgsl = `
@group(0) @binding(0) var<storage, read> v: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<vec${width}<${type}>>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { o[id.x] = ${name}(v[id.x]); }`;
    const count = width * input.length;
    const out =
      type === 'f32'
        ? new Float32Array(count)
        : type === 'i32'
          ? new Int32Array(count)
          : new Uint32Array(count);
    return Array.from(
      runKernel(wgsl, [Uint32Array.from(input), out], { workgroups: [input.length, 1, 1] })[1],
    );
  };
  const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
  const joined = (fields: number[], bits: number) =>
    fields.reduceRight(
      (word, field) => word * 2 ** bits + (((field % 2 ** bits) + 2 ** bits) % 2 ** bits),
      0,
    );
  const fieldsOf = (word: number, count: number, bits: number, signed: boolean) =>
    Array.from({ length: count }, (_, i) => {
      const field = Math.floor(word / 2 ** (bits * i)) % 2 ** bits;
      return signed && field >= 2 ** (bits - 1) ? field - 2 ** bits : field;
    });

  it('normalised formats', () => {
    const values = samples(-1.5, 1.5, 400);
    const quads = Array.from({ length: 100 }, (_, i) => values.slice(4 * i, 4 * i + 4));
    const doubles = Array.from({ length: 200 }, (_, i) => values.slice(2 * i, 2 * i + 2));
    for (const [name, width, rows, low, scale, bits] of [
      ['pack4x8unorm', 4, quads, 0, 255, 8],
      ['pack4x8snorm', 4, quads, -1, 127, 8],
      ['pack2x16unorm', 2, doubles, 0, 65535, 16],
      ['pack2x16snorm', 2, doubles, -1, 32767, 16],
    ] as const) {
      const expected = rows.map((row) =>
        joined(
          row.map((x) => Math.floor(Math.fround(0.5 + Math.fround(scale * clamp(x, low, 1))))),
          bits,
        ),
      );
      expect(pack(name, width, rows), name).toEqual(expected);
      const signed = low < 0;
      const back = words.flatMap((word) =>
        fieldsOf(word, width, bits, signed).map((field) => Math.fround(Math.max(field / scale, -1))),
      );
      expect(unpack(`un${name}`, width, words), `un${name}`).toEqual(back);
    }
  });
  it('bytes', () => {
    const rows = words.slice(0, 100).map((word) => [word | 0, -5, 300, (word >> 3) | 0]);
    const unsigned = rows.map((row) => row.map((x) => x >>> 0));
    expect(pack('pack4xI8', 4, rows, 'i32')).toEqual(rows.map((row) => joined(row, 8)));
    expect(pack('pack4xU8', 4, unsigned, 'u32')).toEqual(rows.map((row) => joined(row, 8)));
    expect(pack('pack4xI8Clamp', 4, rows, 'i32')).toEqual(
      rows.map((row) =>
        joined(
          row.map((x) => clamp(x, -128, 127)),
          8,
        ),
      ),
    );
    expect(pack('pack4xU8Clamp', 4, unsigned, 'u32')).toEqual(
      unsigned.map((row) =>
        joined(
          row.map((x) => clamp(x, 0, 255)),
          8,
        ),
      ),
    );
    expect(unpack('unpack4xI8', 4, words, 'i32')).toEqual(
      words.flatMap((word) => fieldsOf(word, 4, 8, true)),
    );
    expect(unpack('unpack4xU8', 4, words, 'u32')).toEqual(
      words.flatMap((word) => fieldsOf(word, 4, 8, false)),
    );
  });
  it('half floats: every one unpacks and packs to itself, others round to even', () => {
    const all = Array.from({ length: 32768 }, (_, i) => 2 * i + (2 * i + 1) * 65536);
    const floats = unpack('unpack2x16float', 2, all);
    const value = (h: number) => {
      const exponent = (h >> 10) & 31;
      const size =
        exponent === 0
          ? (h & 1023) * 2 ** -24
          : exponent === 31
            ? h & 1023
              ? Number.NaN
              : Number.POSITIVE_INFINITY
            : (1024 + (h & 1023)) * 2 ** (exponent - 25);
      return h & 0x8000 ? -size : size;
    };
    let wrong = 0;
    for (let h = 0; h < 65536; h++) if (!Object.is(floats[h], value(h))) wrong++;
    expect(wrong).toBe(0);
    const finite = Array.from({ length: 65536 }, (_, h) => h).filter((h) => Number.isFinite(value(h)));
    const pairs = finite.map((h, i) => [
      value(h),
      i + 1 < finite.length ? (value(h) + value(finite[i + 1])) / 2 : 0,
    ]);
    const packed = pack('pack2x16float', 2, pairs);
    finite.forEach((h, i) => {
      if ((packed[i] & 0xffff) !== h) wrong++;
      const next = finite[i + 1];
      // Half way between neighbours: the even one of the two.
      if (next === h + 1 && packed[i] >>> 16 !== (h % 2 === 0 ? h : next)) wrong++;
    });
    expect(wrong).toBe(0);
    const { vector } = evaluate('quantizeToF16(a)', ['f32', 'f32'], [[1.0002], [65504], [-1e-8], [0.1]]);
    expect(vector).toEqual([1, 65504, -0, Math.fround(0.0999755859375)]);
  });
});
