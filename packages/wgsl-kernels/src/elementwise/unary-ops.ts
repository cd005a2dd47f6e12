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
  readonly gradientFlop: number;
  /** WGSL functions that the expressions call. */
  readonly declarations?: string;
  readonly oracle: (x: number) => number;
  readonly oracleGradient: (dy: number, x: number, y: number) => number;
  /** Inputs on which function and gradient are smooth and of moderate size: what tests draw from. */
  readonly domain: readonly [number, number];
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
} as const satisfies Record<string, UnaryRow>;

/** Names of functions without parameters (leakyRelu with PyTorch's default slope of 0.01). */
export type UnaryName = keyof typeof unaryOps;

/** A function of one number: a name, or one with parameters. `affine` is y = scale x + shift. */
export type UnaryOp =
  | UnaryName
  | { readonly op: 'leakyRelu'; readonly slope: number }
  | { readonly op: 'affine'; readonly scale: number; readonly shift: number };

/** The table's row of an op. */
export function unaryRow(op: UnaryOp): UnaryRow {
  if (typeof op === 'string') return unaryOps[op];
  return op.op === 'leakyRelu' ? leakyRelu(op.slope) : affine(op.scale, op.shift);
}

/** The op's name in kernels and errors. */
export function unaryName(op: UnaryOp): string {
  return typeof op === 'string' ? op : op.op;
}
