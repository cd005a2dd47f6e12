import { f32, splat } from './literal.ts';

/**
 * One elementwise function. Expressions are WGSL over `vec4<f32>`: the kernels, the oracles and the tests all come
 * from this row.
 */
export interface UnaryRow {
  /** y in `x`. */
  readonly forward: string;
  /** dx in `dy` and whichever of `x` and `y` is saved. */
  readonly gradient: string;
  /** What the gradient needs from the forward pass. */
  readonly saves: 'input' | 'output' | 'none';
  /** f(0) = 0, so padding stays 0 by itself. */
  readonly mapsZeroToZero: boolean;
  /** The gradient is 0 where dy and the saved tensor are 0. */
  readonly gradientMapsZeroToZero: boolean;
  /** Operations per element, forward and gradient; exp, log, sqrt and divisions count as one. */
  readonly flop: number;
  /** Operations per element of the gradient. */
  readonly gradientFlop: number;
  /** WGSL functions that the expressions call. */
  readonly declarations?: string;
  /** The function in float64, for one element. */
  readonly oracle: (x: number) => number;
  /** The gradient in float64, for one element. */
  readonly oracleGradient: (dy: number, x: number, y: number) => number;
  /** Inputs on which function and gradient are smooth and of moderate size: what tests draw from. */
  readonly domain: readonly [number, number];
  /** Where the gradient is not so small that float32 has few digits of it, if that is less than the domain. */
  readonly steep?: readonly [number, number];
  /** The gradient has a zero where its terms cancel: errors of smaller ones are measured against this size. */
  readonly leastGradient?: number;
  /** The op that computes this with certain arguments after x, if it is not the op of the row's own name. */
  readonly op?: { readonly name: string; readonly args: readonly unknown[] };
}

/** exp never sees a positive argument, so nothing overflows for inputs of any size. */
const stableSigmoid = `
fn stableSigmoid(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(e, vec4<f32>(1f), x >= vec4<f32>()) / (1f + e);
}`;

/** WGSL's own tanh may be off by 1e-5. Near 0, where 1 - e cancels, the Taylor series to x^9 is exact enough. */
const stableTanh = `
fn stableTanh(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-2f * abs(x));
  let s = x * x;
  let series = x * (1f + s * (-0.33333334f + s * (0.13333334f + s * (-0.053968254f + s * 0.021869488f))));
  return select(sign(x) * (1f - e) / (1f + e), series, abs(x) < vec4<f32>(0.3f));
}`;

/**
 * The share of the normal distribution below x, (1 + erf(x / √2)) / 2, and x times its density. erf comes from its
 * series near 0 (by Norbert Juffa), elsewhere from erfc = 1 - erf (by Numerical Recipes), so that a small share keeps
 * its digits: nothing is taken from 1. Beyond 15 the share is 0 or 1 in float32, and the density 0.
 */
const normal = `
fn nearErf(z: vec4<f32>) -> vec4<f32> {
  let s = z * z;
  return z + z * (0.128379166f + s * (-0.376125336f + s * (0.112819925f + s * (-0.0267681349f
    + s * (0.00499119423f + s * -0.000596761703f)))));
}
fn farErfc(z: vec4<f32>) -> vec4<f32> {
  let t = 1f / (1f + 0.5f * z);
  return t * exp(-z * z - 1.26551223f + t * (1.00002368f + t * (0.37409196f + t * (0.09678418f
    + t * (-0.18628806f + t * (0.27886807f + t * (-1.13520398f + t * (1.48851587f
    + t * (-0.82215223f + t * 0.17087277f)))))))));
}
fn normalBelow(x: vec4<f32>) -> vec4<f32> {
  let z = clamp(x, vec4<f32>(-15f), vec4<f32>(15f)) * 0.707106781f;
  let beyond = 0.5f * farErfc(abs(z));
  let far = select(beyond, 1f - beyond, z > vec4<f32>());
  return select(far, 0.5f + 0.5f * nearErf(z), abs(z) < vec4<f32>(0.927734375f));
}
fn timesDensity(x: vec4<f32>) -> vec4<f32> {
  let c = clamp(x, vec4<f32>(-15f), vec4<f32>(15f));
  return c * exp(-0.5f * c * c) * 0.398942280f;
}`;

/** The tanh form of GELU has (1 + tanh(u)) / 2 = sigmoid(2u) in place of the normal distribution: 0 or 1 beyond 14. */
const geluTanh = `${stableSigmoid}
fn geluShare(x: vec4<f32>) -> vec4<f32> {
  let c = clamp(x, vec4<f32>(-14f), vec4<f32>(14f));
  return stableSigmoid(1.59576912f * (c + 0.044715f * c * c * c));
}
fn geluTanhSlope(x: vec4<f32>) -> vec4<f32> {
  let c = clamp(x, vec4<f32>(-14f), vec4<f32>(14f));
  let s = geluShare(x);
  return s + s * geluShare(-c) * c * 1.59576912f * (1f + 0.134145f * c * c);
}`;

/** 1 - sigmoid(x) is sigmoid(-x), which keeps its digits. */
const siluSlope = `${stableSigmoid}
fn siluSlope(x: vec4<f32>) -> vec4<f32> {
  return stableSigmoid(x) * (1f + x * stableSigmoid(-x));
}`;

function leakyRelu(slope: number): UnaryRow {
  return {
    forward: `select(x * ${f32(slope)}, x, x > vec4<f32>())`,
    gradient: `select(dy * ${f32(slope)}, dy, x > vec4<f32>())`,
    saves: 'input',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 2,
    gradientFlop: 2,
    oracle: (x) => (x > 0 ? x : x * slope),
    oracleGradient: (dy, x) => (x > 0 ? dy : dy * slope),
    domain: [-4, 4],
  };
}

function affine(scale: number, shift: number): UnaryRow {
  return {
    forward: `x * ${f32(scale)} + ${splat(shift)}`,
    gradient: `dy * ${f32(scale)}`,
    saves: 'none',
    mapsZeroToZero: shift === 0,
    gradientMapsZeroToZero: true,
    flop: 2,
    gradientFlop: 1,
    oracle: (x) => x * scale + shift,
    oracleGradient: (dy) => dy * scale,
    domain: [-4, 4],
  };
}

/** PyTorch's names and conventions: the gradient of relu and abs at 0 is 0. */
export const unaryOps = {
  relu: {
    forward: 'max(x, vec4<f32>())',
    // As PyTorch: a NaN lets the gradient through.
    gradient: 'select(dy, vec4<f32>(), y <= vec4<f32>())',
    saves: 'output',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 1,
    gradientFlop: 1,
    oracle: (x) => Math.max(x, 0),
    oracleGradient: (dy, _x, y) => (y <= 0 ? 0 : dy),
    domain: [-4, 4],
  },
  leakyRelu: leakyRelu(0.01),
  sigmoid: {
    forward: 'stableSigmoid(x)',
    gradient: 'dy * y * (1f - y)',
    declarations: stableSigmoid,
    saves: 'output',
    mapsZeroToZero: false,
    gradientMapsZeroToZero: true,
    flop: 4,
    gradientFlop: 3,
    oracle: (x) => 1 / (1 + Math.exp(-x)),
    oracleGradient: (dy, _x, y) => dy * y * (1 - y),
    domain: [-30, 30],
    steep: [-3, 3],
  },
  tanh: {
    forward: 'stableTanh(x)',
    gradient: 'dy * (1f - y) * (1f + y)',
    declarations: stableTanh,
    saves: 'output',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 16,
    gradientFlop: 4,
    oracle: Math.tanh,
    oracleGradient: (dy, _x, y) => dy * (1 - y * y),
    domain: [-6, 6],
    steep: [-3, 3],
  },
  exp: {
    forward: 'exp(x)',
    gradient: 'dy * y',
    saves: 'output',
    mapsZeroToZero: false,
    gradientMapsZeroToZero: true,
    flop: 1,
    gradientFlop: 1,
    oracle: Math.exp,
    oracleGradient: (dy, _x, y) => dy * y,
    domain: [-4, 4],
  },
  log: {
    forward: 'log(x)',
    gradient: 'dy / x',
    saves: 'input',
    mapsZeroToZero: false,
    gradientMapsZeroToZero: false,
    flop: 1,
    gradientFlop: 1,
    oracle: Math.log,
    oracleGradient: (dy, x) => dy / x,
    domain: [0.1, 9],
  },
  sqrt: {
    forward: 'sqrt(x)',
    gradient: '0.5f * dy / y',
    saves: 'output',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: false,
    flop: 1,
    gradientFlop: 2,
    oracle: Math.sqrt,
    oracleGradient: (dy, _x, y) => (0.5 * dy) / y,
    domain: [0.1, 9],
  },
  square: {
    forward: 'x * x',
    gradient: '2f * dy * x',
    saves: 'input',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 1,
    gradientFlop: 2,
    oracle: (x) => x * x,
    oracleGradient: (dy, x) => 2 * dy * x,
    domain: [-4, 4],
  },
  neg: {
    forward: '-x',
    gradient: '-dy',
    saves: 'none',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 1,
    gradientFlop: 1,
    oracle: (x) => -x,
    oracleGradient: (dy) => -dy,
    domain: [-4, 4],
  },
  abs: {
    forward: 'abs(x)',
    gradient: 'dy * sign(x)',
    saves: 'input',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 1,
    gradientFlop: 2,
    oracle: Math.abs,
    oracleGradient: (dy, x) => dy * Math.sign(x),
    domain: [-4, 4],
  },
  reciprocal: {
    forward: '1f / x',
    gradient: '-dy * y * y',
    saves: 'output',
    mapsZeroToZero: false,
    gradientMapsZeroToZero: true,
    flop: 1,
    gradientFlop: 3,
    oracle: (x) => 1 / x,
    oracleGradient: (dy, _x, y) => -dy * y * y,
    domain: [0.2, 9],
  },
  gelu: {
    forward: 'x * normalBelow(x)',
    gradient: 'dy * (normalBelow(x) + timesDensity(x))',
    declarations: normal,
    saves: 'input',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 47,
    gradientFlop: 53,
    oracle: (x) => x * normalBelow(x),
    oracleGradient: (dy, x) => dy * (normalBelow(x) + x * density(x)),
    domain: [-6, 6],
    leastGradient: 0.05,
  },
  geluTanh: {
    forward: 'x * geluShare(x)',
    gradient: 'dy * geluTanhSlope(x)',
    declarations: geluTanh,
    saves: 'input',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 10,
    gradientFlop: 27,
    oracle: (x) => x * geluShare(x),
    oracleGradient: (dy, x) => {
      const share = geluShare(x);
      const slope = 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
      return dy * (share + x * share * (1 - share) * slope);
    },
    domain: [-6, 6],
    leastGradient: 0.05,
    op: { name: 'gelu', args: [{ approximate: 'tanh' }] },
  },
  silu: {
    forward: 'x * stableSigmoid(x)',
    gradient: 'dy * siluSlope(x)',
    declarations: siluSlope,
    saves: 'input',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 5,
    gradientFlop: 12,
    oracle: (x) => x / (1 + Math.exp(-x)),
    oracleGradient: (dy, x) => {
      const s = 1 / (1 + Math.exp(-x));
      return dy * s * (1 + x * (1 - s));
    },
    domain: [-30, 30],
    steep: [-6, 30],
    leastGradient: 0.05,
  },
} as const satisfies Record<string, UnaryRow>;

/** Names of functions without parameters (leakyRelu with PyTorch's default slope of 0.01). */
export type UnaryName = keyof typeof unaryOps;

/** A function of one number: a name, or one with parameters. `affine` is y = scale x + shift. */
export type UnaryOp =
  | UnaryName
  | { readonly op: 'leakyRelu'; readonly slope: number }
  | { readonly op: 'affine'; readonly scale: number; readonly shift: number };

/**
 * Below x in the normal distribution, in float64: by the series x + x³/3 + x⁵/15 + …, all of one sign; far below 0,
 * where 0.5 would take its digits, by a continued fraction.
 */
function normalBelow(x: number): number {
  if (x < -3) {
    let fraction = -x;
    for (let n = 200; n > 0; n--) fraction = -x + n / fraction;
    return density(x) / fraction;
  }
  if (x > 9) return 1;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

function density(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, written so that nothing cancels. */
function geluShare(x: number): number {
  return 1 / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** The table's row of an op. */
export function unaryRow(op: UnaryOp): UnaryRow {
  if (typeof op === 'string') return unaryOps[op];
  return op.op === 'leakyRelu' ? leakyRelu(op.slope) : affine(op.scale, op.shift);
}

/** The op's name in kernels and errors. */
export function unaryName(op: UnaryOp): string {
  return typeof op === 'string' ? op : op.op;
}
