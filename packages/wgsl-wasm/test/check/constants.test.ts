import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConstantValue, Statement } from '../../src/check/program.ts';
import { checkProgram } from '../../src/complete.ts';
import { openTint, type Tint } from './tint.ts';

let tint: Tint;
beforeAll(async () => {
  tint = await openTint();
});
afterAll(() => tint.close());

/** The value that an expression folds to. */
function fold(expression: string): ConstantValue {
  const { functions } = checkProgram(`fn f() { let result = ${expression}; }`);
  const [statement] = functions[0].body.body as [Extract<Statement, { kind: 'declareLet' }>];
  if (statement.initializer.kind !== 'constant') throw new Error(`${expression} is not folded`);
  return statement.initializer.value;
}

/** Whether an expression has a value at all. */
function foldable(expression: string): boolean {
  try {
    fold(expression);
    return true;
  } catch {
    return false;
  }
}

/** A concrete number as a WGSL literal with exactly that value. */
function literal(value: number, suffix: 'i' | 'u' | 'f'): string {
  if (suffix === 'i') return value === -2147483648 ? '(-2147483647i - 1i)' : `(${value}i)`;
  if (suffix === 'u') return `${value}u`;
  return Object.is(value, -0) ? '(-0.0f)' : `(${String(value)}f)`;
}

const int32 = fc.oneof(
  fc.integer(),
  fc.integer({ min: -40, max: 40 }),
  fc.constantFrom(-2147483648, 2147483647),
);
const uint32 = fc.oneof(
  fc.nat({ max: 4294967295 }),
  fc.nat({ max: 40 }),
  fc.constantFrom(4294967295, 2147483648),
);
const float32 = fc.oneof(
  fc
    .float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
    .map((x) => (Math.abs(x) < 1e-6 ? 0 : x)),
  fc.integer({ min: -100, max: 100 }).map((n) => n / 4),
);

interface Case {
  readonly name: string;
  readonly suffix: 'i' | 'u' | 'f';
  readonly result: 'i' | 'u' | 'f' | 'bool';
  readonly build: (x: string, y: string) => string;
}

const operators = (suffix: Case['suffix'], list: string[]): Case[] =>
  list.map((op) => ({
    name: `${op} on ${suffix}`,
    suffix,
    result: suffix,
    build: (x, y) => `${x} ${op} ${y}`,
  }));
const comparisons = (suffix: Case['suffix']): Case[] =>
  ['==', '<', '>='].map((op) => ({
    name: `${op} on ${suffix}`,
    suffix,
    result: 'bool',
    build: (x, y) => `${x} ${op} ${y}`,
  }));
const functions = (suffix: Case['suffix'], unary: string[], binary: string[]): Case[] => [
  ...unary.map(
    (f): Case => ({ name: `${f} on ${suffix}`, suffix, result: suffix, build: (x) => `${f}(${x})` }),
  ),
  ...binary.map(
    (f): Case => ({ name: `${f} on ${suffix}`, suffix, result: suffix, build: (x, y) => `${f}(${x}, ${y})` }),
  ),
];
const BITS = [
  'abs',
  'countLeadingZeros',
  'countOneBits',
  'countTrailingZeros',
  'firstLeadingBit',
  'firstTrailingBit',
  'reverseBits',
]; // prettier-ignore

/**
 * Everything whose result is exact: it must be Tint's to the bit. Conversion to 16-bit floats only where no rounding
 * is needed: WGSL lets it round either way, Tint cuts off, here it goes to the nearest.
 */
const EXACT: Case[] = [
  ...operators('i', ['+', '-', '*', '/', '%', '&', '|', '^']),
  ...operators('u', ['+', '-', '*', '/', '%', '&', '|', '^']),
  ...operators('f', ['+', '-', '*', '/', '%']),
  ...comparisons('i'),
  ...comparisons('u'),
  ...comparisons('f'),
  ...functions('i', [...BITS, 'sign'], ['min', 'max']),
  ...functions('u', BITS, ['min', 'max']),
  ...functions(
    'f',
    ['abs', 'ceil', 'floor', 'fract', 'round', 'saturate', 'sign', 'trunc'],
    ['min', 'max', 'step'],
  ),
  { name: '<< on i', suffix: 'i', result: 'i', build: (x, y) => `${x} << (bitcast<u32>(${y}) & 31u)` },
  { name: '>> on i', suffix: 'i', result: 'i', build: (x, y) => `${x} >> (bitcast<u32>(${y}) & 31u)` },
  { name: '>> on u', suffix: 'u', result: 'u', build: (x, y) => `${x} >> (${y} & 31u)` },
  { name: 'fma', suffix: 'f', result: 'f', build: (x, y) => `fma(${x}, ${y}, ${x})` },
  { name: 'mix', suffix: 'f', result: 'f', build: (x, y) => `mix(${x}, ${y}, 0.25)` },
  { name: 'dot', suffix: 'f', result: 'f', build: (x, y) => `dot(vec2(${x}, ${y}), vec2(${y}, 2.5))` },
  {
    name: 'extractBits i',
    suffix: 'i',
    result: 'i',
    build: (x, y) => `extractBits(${x}, u32(abs(${y} % 16)), 9u)`,
  },
  { name: 'extractBits u', suffix: 'u', result: 'u', build: (x, y) => `extractBits(${x}, ${y} % 16u, 13u)` },
  {
    name: 'insertBits',
    suffix: 'u',
    result: 'u',
    build: (x, y) => `insertBits(${x}, ${y}, ${y} % 16u, 11u)`,
  },
  { name: 'i32(f32)', suffix: 'f', result: 'i', build: (x, y) => `i32(${x} * ${y})` },
  { name: 'u32(f32)', suffix: 'f', result: 'u', build: (x, y) => `u32(${x} * ${y})` },
  { name: 'f32(i32)', suffix: 'i', result: 'f', build: (x) => `f32(${x})` },
  { name: 'f32(u32)', suffix: 'u', result: 'f', build: (x) => `f32(${x})` },
  { name: 'bitcast', suffix: 'f', result: 'u', build: (x) => `bitcast<u32>(${x})` },
  {
    name: 'pack4x8unorm',
    suffix: 'f',
    result: 'u',
    build: (x, y) => `pack4x8unorm(vec4(${x}, ${y}, 0.3, 0.5))`,
  },
  {
    name: 'pack4x8snorm',
    suffix: 'f',
    result: 'u',
    build: (x, y) => `pack4x8snorm(vec4(${x}, ${y}, -0.3, 0.5) / 100)`,
  },
  {
    name: 'pack2x16snorm',
    suffix: 'f',
    result: 'u',
    build: (x, y) => `pack2x16snorm(vec2(${x}, ${y}) / 200)`,
  },
  {
    name: 'pack2x16unorm',
    suffix: 'f',
    result: 'u',
    build: (x, y) => `pack2x16unorm(vec2(${x}, ${y}) / 200)`,
  },
  {
    name: 'pack2x16float',
    suffix: 'f',
    result: 'u',
    // Plus 0: WGSL does not say which zero the remainder of -0 is, and Tint has another one than here.
    build: (x, y) => `pack2x16float(round(vec2(${x}, ${y})) % 1024 + 0)`,
  },
  { name: 'quantizeToF16', suffix: 'f', result: 'f', build: (x) => `quantizeToF16(round(${x}) % 2048)` },
  { name: 'unpack4x8unorm', suffix: 'u', result: 'f', build: (x) => `unpack4x8unorm(${x}).z` },
  { name: 'unpack4x8snorm', suffix: 'u', result: 'f', build: (x) => `unpack4x8snorm(${x}).w` },
  { name: 'unpack2x16unorm', suffix: 'u', result: 'f', build: (x) => `unpack2x16unorm(${x}).y` },
  { name: 'unpack2x16snorm', suffix: 'u', result: 'f', build: (x) => `unpack2x16snorm(${x}).x` },
  { name: 'unpack2x16float', suffix: 'u', result: 'f', build: (x) => `unpack2x16float(${x}).x` },
  {
    name: 'pack4xI8Clamp',
    suffix: 'i',
    result: 'u',
    build: (x, y) => `pack4xI8Clamp(vec4(${x}, ${y}, -200, 5))`,
  },
  { name: 'pack4xU8', suffix: 'u', result: 'u', build: (x, y) => `pack4xU8(vec4(${x}, ${y}, 7, 8))` },
  { name: 'unpack4xI8', suffix: 'u', result: 'i', build: (x) => `unpack4xI8(${x}).z` },
  { name: 'dot4I8Packed', suffix: 'u', result: 'i', build: (x, y) => `dot4I8Packed(${x}, ${y})` },
  { name: 'dot4U8Packed', suffix: 'u', result: 'u', build: (x, y) => `dot4U8Packed(${x}, ${y})` },
  { name: 'frexp.fract', suffix: 'f', result: 'f', build: (x) => `frexp(${x}).fract` },
  { name: 'frexp.exp', suffix: 'f', result: 'i', build: (x) => `frexp(${x}).exp` },
  { name: 'modf.fract', suffix: 'f', result: 'f', build: (x) => `modf(${x}).fract` },
  { name: 'ldexp', suffix: 'f', result: 'f', build: (x, y) => `ldexp(${x}, i32(${y}) % 20)` },
  {
    name: 'cross',
    suffix: 'f',
    result: 'f',
    build: (x, y) => `cross(vec3(${x}, ${y}, 1), vec3(${y}, 2, ${x})).z`,
  },
  { name: 'reflect', suffix: 'f', result: 'f', build: (x, y) => `reflect(vec2(${x}, 1), vec2(${y}, 0.5)).x` },
];

const arbitrary = { i: int32, u: uint32, f: float32 };

describe('constant evaluation', () => {
  it.each(EXACT)('$name: as Tint, to the bit', async ({ suffix, result, build }) => {
    const claims: string[] = [];
    const undefinedOnes: string[] = [];
    const values: fc.Arbitrary<number> = arbitrary[suffix];
    fc.assert(
      fc.property(values, values, (x, y) => {
        const expression = build(literal(x, suffix), literal(y, suffix));
        if (!foldable(expression)) {
          undefinedOnes.push(expression);
          return;
        }
        const value = fold(expression);
        claims.push(`(${expression}) == ${result === 'bool' ? value : literal(value as number, result)}`);
      }),
      { numRuns: 60 },
    );
    const verdict = await tint.judge(claims.map((claim) => `const_assert ${claim};`).join('\n'));
    expect(verdict && `${claims[verdict.line - 1]}: ${verdict.message}`).toBe(null);
    for (const expression of undefinedOnes.slice(0, 10)) {
      expect(await tint.judge(`const c = ${expression};`), expression).not.toBe(null);
    }
    expect(claims.length).toBeGreaterThan(10);
  });

  const CLOSE = [
    'acos(x / 20)',
    'acosh(x + 11)',
    'asin(x / 20)',
    'asinh(x)',
    'atan(x)',
    'atanh(x / 20)',
    'atan2(x, 3.0f)',
    'cos(x)',
    'cosh(x)',
    'degrees(x)',
    'distance(x, 3.0f)',
    'exp(x)',
    'exp2(x)',
    'inverseSqrt(x + 11)',
    'length(vec3(x, 2, 3))',
    'log(x + 11)',
    'log2(x + 11)',
    'normalize(vec2(x, 1)).x',
    'pow(x + 11, 1.5)',
    'radians(x)',
    'sin(x)',
    'sinh(x)',
    'smoothstep(-9.0f, 9, x)',
    'sqrt(x + 11)',
    'tan(x / 10)',
    'tanh(x)',
    'refract(vec2(x, 1), vec2(0.6, 0.8), 0.1).y',
    'faceForward(vec2(x), vec2(1), vec2(x)).x',
  ]; // prettier-ignore
  it.each(CLOSE)('%s: as Tint, to 2^-20', async (text) => {
    const xs = [-9.5, -3, -1, -0.25, 0.5, 1, 2, 7.75, 10];
    const claims = xs.map((x) => {
      const expression = text.replace(/(?<!\.)\bx\b/g, literal(x, 'f'));
      const value = literal(fold(expression) as number, 'f');
      return `const_assert abs(${expression} - ${value}) <= abs(${value}) * 0x1p-20f + 0x1p-30f;`;
    });
    expect(await tint.judge(claims.join('\n'))).toBe(null);
  });
});
