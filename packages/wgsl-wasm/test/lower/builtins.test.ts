import { describe, expect, it } from 'vitest';
import { floatOf, generator, samples, ulpError } from './accuracy.ts';
import { evaluate, runKernel } from './harness.ts';

const INTEGERS = [
  0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, 0x55555555, 0x00f00000, 0xfff00000, 12345678,
];
const random = generator(3);
const words = [
  ...INTEGERS,
  ...Array.from({ length: 200 }, () => Math.floor(random() * 2 ** 32) >>> Math.floor(random() * 31)),
];

/** Exact results, scalar and vector. */
function exact(
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
function whole(expression: string, ...inputs: number[][]): number[] {
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

describe('the smaller and the larger of two floats', () => {
  const special = [
    0,
    -0,
    1,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    3.4e38,
    1e-45,
  ];
  const pairs = special.flatMap((a) => special.map((b) => [a, b]));

  it('are the first operand where neither is less, in scalars as in vectors', () => {
    for (const relaxedSimd of [true, false]) {
      for (const [expression, takesSecond] of [
        ['min(a, b)', (a: number, b: number) => b < a],
        ['max(a, b)', (a: number, b: number) => a < b],
      ] as const) {
        const { scalar, vector } = evaluate(expression, ['f32', 'f32', 'f32'], pairs, { relaxedSimd });
        for (const [i, [a, b]] of pairs.entries()) {
          const expected = Math.fround(takesSecond(a, b) ? b : a);
          expect(scalar[i], `scalar ${expression} of ${a}, ${b}`).toBe(expected);
          expect(vector[i], `vector ${expression} of ${a}, ${b}`).toBe(expected);
        }
      }
    }
  });
});

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

describe('exact functions of f32', () => {
  const numbers = [
    ...samples(-100, 100, 300),
    0,
    -0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    8388607.5,
    2 ** 30,
    -3e38,
    Number.POSITIVE_INFINITY,
  ].map((x) => [x]);
  const even = (x: number) => {
    const down = Math.floor(x);
    const rest = x - down;
    const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0);
    return Math.abs(x) >= 2 ** 23
      ? x
      : up
        ? down + 1 || (x < 0 ? -0 : 0)
        : down || (Object.is(x, -0) || x < 0 ? -0 : 0);
  };
  it('rounding', () => {
    exact('floor(a)', ['f32', 'f32'], numbers, Math.floor);
    exact('ceil(a)', ['f32', 'f32'], numbers, Math.ceil);
    exact('trunc(a)', ['f32', 'f32'], numbers, Math.trunc);
    exact('round(a)', ['f32', 'f32'], numbers, even);
    exact(
      'fract(a)',
      ['f32', 'f32'],
      numbers.filter(([x]) => Number.isFinite(x)),
      (x) => x - Math.floor(x),
    );
  });
  it('abs, sign, min, max, clamp, saturate, step', () => {
    exact('abs(a)', ['f32', 'f32'], numbers, Math.abs);
    exact(
      'sign(a)',
      ['f32', 'f32'],
      numbers.filter(([x]) => !Object.is(x, -0)),
      Math.sign,
    );
    const two = numbers
      .map(([x], i) => [x, numbers[(i * 5) % numbers.length][0]])
      .filter(([x, y]) => x !== y);
    exact('min(a, b)', ['f32', 'f32', 'f32'], two, Math.min);
    exact('max(a, b)', ['f32', 'f32', 'f32'], two, Math.max);
    exact('clamp(a, T(-2.5), T(7.0))', ['f32', 'f32'], numbers, (x) => Math.min(Math.max(x, -2.5), 7));
    exact(
      'saturate(a)',
      ['f32', 'f32'],
      numbers.filter(([x]) => x !== 0),
      (x) => Math.min(Math.max(x, 0), 1),
    );
    exact('step(a, b)', ['f32', 'f32', 'f32'], two, (edge, x) => (edge <= x ? 1 : 0));
  });
  it('sqrt', () =>
    exact(
      'sqrt(a)',
      ['f32', 'f32'],
      samples(0, 3.4e38, 2000).map((x) => [x]),
      Math.sqrt,
    ));
  it('ldexp, over the whole range', () => {
    const rows = samples(-3e38, 3e38, 400).map((x, i) => [x, ((i * 37) % 560) - 280]);
    const { scalar, vector } = evaluate('ldexp(a, to_i32(b))', ['f32', 'f32', 'f32'], rows);
    rows.forEach(([x, e], i) => {
      const expected = x * 2 ** e;
      // Below the normal range a result may be rounded twice.
      if (Math.abs(expected) >= 2 ** -126) {
        expect(scalar[i], `ldexp(${x}, ${e})`).toBe(Math.fround(expected));
        expect(vector[i]).toBe(Math.fround(expected));
      } else {
        expect(Math.abs(scalar[i] - expected)).toBeLessThanOrEqual(2 ** -149);
      }
    });
  });
  it('frexp and modf take numbers apart', () => {
    const rows = [...samples(-3e38, 3e38, 400), 1e-45, -1e-40, 0, 1, 0.5].map((x) => [Math.fround(x)]);
    const fract = evaluate('frexp(a).fract', ['f32', 'f32'], rows);
    const exponent = evaluate('frexp(a).exp', ['f32', 'i32'], rows);
    rows.forEach(([x], i) => {
      expect(fract.scalar[i] * 2 ** exponent.scalar[i]).toBe(x);
      expect(fract.vector[i]).toBe(fract.scalar[i]);
      expect(exponent.vector[i]).toBe(exponent.scalar[i]);
      const size = Math.abs(fract.scalar[i]);
      if (x !== 0) expect(size >= 0.5 && size < 1).toBe(true);
    });
    exact('modf(a).whole', ['f32', 'f32'], rows, Math.trunc);
    exact('modf(a).fract', ['f32', 'f32'], rows, (x) => x - Math.trunc(x));
  });
  it('mix, smoothstep, fma, degrees, radians', () => {
    const rows = samples(-10, 10, 200).map((x, i, all) => [
      x,
      all[(i * 3) % 200],
      all[(i * 7) % 200] / 20 + 0.5,
    ]);
    const types = ['f32', 'f32', 'f32', 'f32'];
    const close = (expression: string, f: (...args: number[]) => number) => {
      const { scalar, vector } = evaluate(expression, types, rows);
      rows.forEach((row, i) => {
        const tolerance = 1e-5 * (1 + Math.max(...row.map(Math.abs)));
        expect(Math.abs(scalar[i] - f(...row))).toBeLessThan(tolerance);
        expect(Math.abs(vector[i] - f(...row))).toBeLessThan(tolerance);
      });
    };
    close('mix(a, b, c)', (a, b, c) => a * (1 - c) + b * c);
    close('fma(a, b, c)', (a, b, c) => a * b + c);
    close('degrees(a) + radians(b) + c', (a, b, c) => (a * 180) / Math.PI + (b * Math.PI) / 180 + c);
    close('smoothstep(T(-1.0), T(2.5), a) + b + c', (a, b, c) => {
      const t = Math.min(Math.max((a + 1) / 3.5, 0), 1);
      return t * t * (3 - 2 * t) + b + c;
    });
  });
});

describe('geometry', () => {
  const a = [1, -2, 3, 0.5];
  const b = [4, 0.25, -1, 2];
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  it('dot and length of every size count only their own components', () => {
    const got = whole('vec4(dot(a.xy, b.xy), dot(a.xyz, b.xyz), dot(a, b), length(a.xyz))', a, b);
    expect(got).toEqual([3.5, 0.5, 1.5, Math.fround(Math.sqrt(14))]);
    expect(whole('vec4(distance(a.xy, b.xy), length(a.x), distance(a.z, b.z), length(a))', a, b)).toEqual(
      [Math.hypot(3, 2.25), 1, 4, Math.sqrt(dot(a, a))].map(Math.fround),
    );
  });
  it('cross, normalize, reflect, refract, faceForward', () => {
    expect(whole('vec4(cross(a.xyz, b.xyz), 9.0)', a, b)).toEqual([
      -2 * -1 - 3 * 0.25,
      3 * 4 - 1 * -1,
      1 * 0.25 + 2 * 4,
      9,
    ]);
    whole('normalize(a)', a).forEach((value, i) => {
      expect(value).toBeCloseTo(a[i] / Math.sqrt(dot(a, a)), 6);
    });
    whole('reflect(a, b)', a, b).forEach((value, i) => {
      expect(value).toBe(a[i] - 2 * 1.5 * b[i]);
    });
    expect(whole('faceForward(a, b, a)', a, b)).toEqual(a.map((x) => -x));
    expect(whole('faceForward(a, b, -a)', a, b)).toEqual(a);
    const [x, n] = [
      [0.6, -0.8, 0, 0],
      [0, 1, 0, 0],
    ];
    const k = 1 - 0.25 * (1 - 0.64);
    whole('refract(a, b, 0.5)', x, n).forEach((value, i) => {
      expect(value).toBeCloseTo(0.5 * x[i] - (0.5 * -0.8 + Math.sqrt(k)) * n[i], 6);
    });
    expect(whole('refract(a, b, 2.0)', [0.8, -0.6, 0, 0], n)).toEqual([0, 0, 0, 0]);
  });
  it('select, any and all', () => {
    expect(whole('select(a, b, a < b)', a, b)).toEqual(a.map((x, i) => Math.max(x, b[i])));
    expect(whole('select(a, b, a.x < b.x)', a, b)).toEqual(b);
    expect(
      whole(
        'vec4<f32>(vec4(any(a.xy > b.xy), all(a.xyz < vec3(4.0)), any((a > b).xyw), all(a > vec4(-3.0))))',
        a,
        b,
      ),
    ).toEqual([0, 1, 0, 1]);
  });
});

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

describe('arrayLength', () => {
  it('counts what fits, after the members before the array', () => {
    const wgsl = `
struct S { n: u32, at: vec2<u32>, list: array<vec3<u32>> }
@group(0) @binding(0) var<storage, read_write> s: S;
@group(0) @binding(1) var<storage, read> f: array<f32>;
fn count(p: ptr<storage, array<f32>, read>) -> u32 { return arrayLength(p); }
@compute @workgroup_size(1) fn main() {
  let p = &s.list; s.n = arrayLength(p); s.at = vec2(arrayLength(&f), count(&f));
}`;
    const [s] = runKernel(wgsl, [new Uint32Array(4 + 4 * 5 + 3), new Float32Array(9)]);
    expect(Array.from(s.slice(0, 4))).toEqual([5, 0, 9, 9]);
  });
});

describe('samples and ulp, which the accuracy tests rest on', () => {
  it('measure what they should', () => {
    expect(ulpError(floatOf(0x3f800001), 1)).toBe(1);
    expect(ulpError(1, 1 + 2 ** -24)).toBe(0.5);
    expect(ulpError(Number.POSITIVE_INFINITY, 1)).toBeGreaterThan(1e6);
    expect(ulpError(Number.NaN, 1)).toBeNaN();
    expect(ulpError(0, 2 ** -149)).toBe(1);
    const values = samples(-1e-30, 1e30, 1000);
    expect(values.every((x) => x >= Math.fround(-1e-30) && x <= Math.fround(1e30))).toBe(true);
    expect(values.filter((x) => Math.abs(x) < 1e-10).length).toBeGreaterThan(100);
  });
});
