/** What each instruction of arithmetic computes, on one lane. */
import { bitsOf } from './nodes.ts';

/** What an instruction computes, looked up once. */
export type Arithmetic =
  | { readonly kind: 'fused'; readonly sign: 1 | -1 }
  | { readonly kind: 'bitselect' }
  | { readonly kind: 'moved' }
  | {
      readonly kind: 'float1';
      readonly compute: (x: number) => number;
      readonly count: number;
      readonly name: string;
    }
  | { readonly kind: 'float2'; readonly compute: Two; readonly count: number; readonly name: string }
  | { readonly kind: 'compared'; readonly compute: (x: number, y: number) => boolean; readonly count: number }
  | {
      readonly kind: 'integer1';
      readonly compute: Two;
      readonly count: number;
      /** Between whole numbers and floats. */
      readonly converts: boolean;
    }
  | {
      readonly kind: 'integer2';
      readonly compute: Two;
      readonly count: number;
      /** All lanes are shifted by the same number. */
      readonly shift: boolean;
      /** A comparison of vectors: all bits or none. */
      readonly test: boolean;
    };

type Two = (x: number, y: number) => number;

/** @throws Error for an instruction that no kernel has had so far. */
export function arithmeticOf(instruction: string): Arithmetic {
  const [family, name] = instruction.split('.');
  const count = family.includes('x') || family === 'v128' ? 4 : 1;
  if (name === 'relaxed_madd') return { kind: 'fused', sign: 1 };
  if (name === 'relaxed_nmadd') return { kind: 'fused', sign: -1 };
  if (name === 'bitselect') return { kind: 'bitselect' };
  if (name.startsWith('reinterpret')) return { kind: 'moved' };
  if (family.startsWith('f32')) {
    if (float1[name]) return { kind: 'float1', compute: float1[name], count, name };
    if (float2[name]) return { kind: 'float2', compute: float2[name], count, name: names[name] ?? name };
    if (compared[name]) return { kind: 'compared', compute: compared[name], count };
  }
  const converts = name.startsWith('convert') || name.startsWith('trunc_sat');
  if (integer1[name]) return { kind: 'integer1', compute: integer1[name], count, converts };
  const vector = count === 4;
  const shift = vector && (name === 'shl' || name.startsWith('shr'));
  const test = vector && comparesIntegers.has(name);
  if (integer2[name]) return { kind: 'integer2', compute: integer2[name], count, shift, test };
  throw new Error(`traceKernel: the instruction ${instruction} is not known`);
}

const names: Readonly<Record<string, string>> = {
  add: 'add',
  sub: 'subtract',
  mul: 'multiply',
  div: 'divide',
  pmin: 'min',
  pmax: 'max',
};

/** To the nearest whole number, halves to the even one. */
function nearest(x: number): number {
  if (!(Math.abs(x) < 2 ** 23)) return x;
  const down = Math.floor(x);
  const rest = x - down;
  const rounded = rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}

const float1: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  neg: (x) => -x,
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest,
  sqrt: Math.sqrt,
};

const float2: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: Math.min,
  max: Math.max,
  // biome-ignore lint/complexity/useMathMinMax: of NaN and of zeros they give another one
  pmin: (x, y) => (y < x ? y : x),
  // biome-ignore lint/complexity/useMathMinMax: as above
  pmax: (x, y) => (x < y ? y : x),
};

const compared: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  gt: (x, y) => x > y,
  le: (x, y) => x <= y,
  ge: (x, y) => x >= y,
};

const saturated = (x: number, least: number, most: number) =>
  Number.isNaN(x) ? 0 : Math.min(most, Math.max(least, Math.trunc(x))) | 0;

/** Of one number: its bits, and what they are as a float. Gives bits. */
const integer1: Readonly<Record<string, (x: number, float: number) => number>> = {
  eqz: (x) => Number(x === 0),
  clz: (x) => Math.clz32(x),
  ctz: (x) => (x === 0 ? 32 : 31 - Math.clz32(x & -x)),
  not: (x) => ~x,
  neg: (x) => -x | 0,
  abs: (x) => Math.abs(x) | 0,
  convert_i32_s: (x) => bitsOf(x),
  convert_i32_u: (x) => bitsOf(x >>> 0),
  convert_i32x4_s: (x) => bitsOf(x),
  convert_i32x4_u: (x) => bitsOf(x >>> 0),
  trunc_sat_f32_s: (_, x) => saturated(x, -(2 ** 31), 2 ** 31 - 1),
  trunc_sat_f32_u: (_, x) => saturated(x, 0, 2 ** 32 - 1),
  trunc_sat_f32x4_s: (_, x) => saturated(x, -(2 ** 31), 2 ** 31 - 1),
  trunc_sat_f32x4_u: (_, x) => saturated(x, 0, 2 ** 32 - 1),
};

const comparesIntegers = new Set('eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'.split(' '));

const integer2: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => (x + y) | 0,
  sub: (x, y) => (x - y) | 0,
  mul: Math.imul,
  div_s: (x, y) => Math.trunc(x / y) | 0,
  div_u: (x, y) => Math.floor((x >>> 0) / (y >>> 0)) | 0,
  rem_s: (x, y) => (x % y) | 0,
  rem_u: (x, y) => ((x >>> 0) % (y >>> 0)) | 0,
  and: (x, y) => x & y,
  andnot: (x, y) => x & ~y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y) => x << (y & 31),
  shr_s: (x, y) => x >> (y & 31),
  shr_u: (x, y) => (x >>> (y & 31)) | 0,
  rotl: (x, y) => (x << (y & 31)) | (x >>> (-y & 31)),
  rotr: (x, y) => (x >>> (y & 31)) | (x << (-y & 31)),
  min_s: (x, y) => Math.min(x, y),
  max_s: (x, y) => Math.max(x, y),
  min_u: (x, y) => Math.min(x >>> 0, y >>> 0) | 0,
  max_u: (x, y) => Math.max(x >>> 0, y >>> 0) | 0,
  eq: (x, y) => Number(x === y),
  ne: (x, y) => Number(x !== y),
  lt_s: (x, y) => Number(x < y),
  lt_u: (x, y) => Number(x >>> 0 < y >>> 0),
  gt_s: (x, y) => Number(x > y),
  gt_u: (x, y) => Number(x >>> 0 > y >>> 0),
  le_s: (x, y) => Number(x <= y),
  le_u: (x, y) => Number(x >>> 0 <= y >>> 0),
  ge_s: (x, y) => Number(x >= y),
  ge_u: (x, y) => Number(x >>> 0 >= y >>> 0),
};
