import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallFloatBits, smallFloats, smallFloatTable, smallFloatValue } from '../src/index.ts';

/** V8's own half precision: the other program that judges ours. */
const native = new Float16Array(1);
const nativeBits = new Uint16Array(native.buffer);
const float16 = (bits: number) => {
  nativeBits[0] = bits;
  return native[0];
};
const float16Bits = (value: number) => {
  native[0] = value;
  return Number.isNaN(value) ? 0x7e00 : nativeBits[0];
};

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);
const float32 = (bits: number) => {
  word[0] = bits;
  return single[0];
};
/** A float32 as bfloat16 by the trick on its bits that processors use. */
const bfloat16Bits = (value: number) => {
  single[0] = value;
  if (Number.isNaN(value)) return 0x7fc0;
  return ((word[0] + 0x7fff + ((word[0] >>> 16) & 1)) >>> 16) & 0xffff;
};

const all = (count: number) => Array.from({ length: count }, (_, bits) => bits);
const anyFloat32 = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(float32);

describe('float16', () => {
  it('all 65,536 values are read as V8 reads them', () => {
    expect(Array.from(smallFloatTable(smallFloats.float16))).toEqual(all(65536).map(float16));
  });

  it('all 65,536 values are written as they were read', () => {
    for (const bits of all(65536)) {
      const value = smallFloatValue(smallFloats.float16, bits);
      const expected = Number.isNaN(value) ? 0x7e00 : bits;
      if (smallFloatBits(smallFloats.float16, value) !== expected) expect.fail(`bits ${bits}`);
    }
  });

  it('what lies half between two values, or just beside, is rounded as V8 rounds it', () => {
    for (const bits of all(0x7c00)) {
      const middle =
        (smallFloatValue(smallFloats.float16, bits) + float16(bits === 0x7bff ? bits : bits + 1)) / 2;
      const top = bits === 0x7bff ? 65520 : middle;
      for (const value of [top, top * (1 + 2 ** -40), top * (1 - 2 ** -40), -top]) {
        const found = smallFloatBits(smallFloats.float16, value);
        if (found !== float16Bits(value)) expect.fail(`${value} became ${found}`);
      }
    }
  });

  it('any number is rounded once, as V8 rounds it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.double({ min: -70000, max: 70000 }), anyFloat32), (value) => {
        expect(smallFloatBits(smallFloats.float16, value)).toBe(float16Bits(value));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('bfloat16', () => {
  it('all 65,536 values are the upper halves of float32', () => {
    expect(Array.from(smallFloatTable(smallFloats.bfloat16))).toEqual(
      all(65536).map((bits) => float32(bits * 65536)),
    );
  });

  it('all 65,536 values are written as they were read', () => {
    for (const bits of all(65536)) {
      const value = smallFloatValue(smallFloats.bfloat16, bits);
      const expected = Number.isNaN(value) ? 0x7fc0 : bits;
      if (smallFloatBits(smallFloats.bfloat16, value) !== expected) expect.fail(`bits ${bits}`);
    }
  });

  it('any float32 is rounded as by the trick on its bits', () => {
    const tie = fc.nat(0xffff).map((bits) => float32(bits * 65536 + 0x8000));
    fc.assert(
      fc.property(fc.oneof(anyFloat32, tie), (value) => {
        expect(smallFloatBits(smallFloats.bfloat16, value)).toBe(bfloat16Bits(value));
      }),
      { numRuns: 5000 },
    );
  });

  it('as PyTorch rounds it', () => {
    const pairs: [number, number][] = JSON.parse(
      readFileSync(new URL('bfloat16.json', import.meta.url), 'utf8'),
    );
    expect(pairs.length).toBeGreaterThan(400);
    for (const [bits, rounded] of pairs) {
      expect(smallFloatBits(smallFloats.bfloat16, float32(bits))).toBe(rounded);
    }
  });
});

/**
 * The 256 values of each type of 8 bits, taken from float16: the same fields, moved to its exponent and multiplied
 * by the difference of the biases.
 */
describe('floats of 8 bits', () => {
  const same = (name: keyof typeof smallFloats, value: (bits: number) => number) =>
    expect(Array.from(smallFloatTable(smallFloats[name]))).toEqual(all(256).map(value));
  /** Sign, four bits of exponent and three of fraction, in float16. */
  const fourThree = (bits: number) => float16(((bits & 0x80) << 8) | ((bits & 0x7f) << 7));

  it('E4M3 has no infinity, and NaN where all other bits are set', () => {
    same('float8_e4m3fn', (bits) => ((bits & 0x7f) === 0x7f ? Number.NaN : fourThree(bits) * 2 ** 8));
    expect(smallFloatValue(smallFloats.float8_e4m3fn, 0x7e)).toBe(448);
    expect(smallFloatValue(smallFloats.float8_e4m3fn, 0x01)).toBe(2 ** -9);
  });

  it('E5M2 is the upper half of float16', () => {
    same('float8_e5m2', (bits) => float16(bits << 8));
    expect(smallFloatValue(smallFloats.float8_e5m2, 0x7b)).toBe(57344);
  });

  it('the kinds without negative zero', () => {
    same('float8_e4m3fnuz', (bits) => (bits === 0x80 ? Number.NaN : fourThree(bits) * 2 ** 7));
    // Exponent 31 is infinity in float16; here it holds values.
    const top = (bits: number) => (bits & 0x80 ? -1 : 1) * (4 + (bits & 3)) * 2 ** (31 - 16 - 2);
    same('float8_e5m2fnuz', (bits) =>
      bits === 0x80 ? Number.NaN : (bits & 0x7c) === 0x7c ? top(bits) : float16(bits << 8) / 2,
    );
    expect(smallFloatValue(smallFloats.float8_e4m3fnuz, 0x7f)).toBe(240);
    expect(smallFloatValue(smallFloats.float8_e5m2fnuz, 0x7f)).toBe(57344);
  });
});
