import { f32, splat } from './literal.ts';
import { density, nearAndFarErf, normalBelow, stableSigmoid } from './special-functions.ts';
import { unaryOp } from './unary-row.ts';

// PyTorch's names and conventions. Each function is a constant of its own, so that bundlers leave out those that a page
// does not use.

/** WGSL's own tanh may be off by 1e-5. Near 0, where 1 - e cancels, the Taylor series to x^9 is exact enough. */
const stableTanh = `
fn stableTanh(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-2f * abs(x));
  let s = x * x;
  let series = x * (1f + s * (-0.33333334f + s * (0.13333334f + s * (-0.053968254f + s * 0.021869488f))));
  return select(sign(x) * (1f - e) / (1f + e), series, abs(x) < vec4<f32>(0.3f));
}`;

/**
 * The share of the normal distribution below x, (1 + erf(x / √2)) / 2, and x times its density. A small share keeps its
 * digits: nothing is taken from 1. Beyond 15 the share is 0 or 1 in float32, and the density 0.
 */
const normal = `${nearAndFarErf}
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

/** Beyond 10 erf is 1 in float32, and its slope 0. */
const erf = `${nearAndFarErf}
fn erf(x: vec4<f32>) -> vec4<f32> {
  let z = min(abs(x), vec4<f32>(10f));
  return select(sign(x) * (1f - farErfc(z)), nearErf(x), z < vec4<f32>(0.927734375f));
}
fn erfSlope(x: vec4<f32>) -> vec4<f32> {
  let c = min(abs(x), vec4<f32>(10f));
  return 1.12837917f * exp(-c * c);
}`;

/** x where positive, slope · x elsewhere. */
export function leakyReluOp({ slope }: { slope: number }) {
  return unaryOp(
    'leakyRelu',
    {
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
    },
    { slope },
  );
}

/** scale · x + shift. */
export function affineOp({ scale, shift }: { scale: number; shift: number }) {
  return unaryOp(
    'affine',
    {
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
    },
    { scale, shift },
  );
}

/** max(x, 0). The gradient at 0 is 0, as PyTorch has it. */
export const reluOp = /* @__PURE__ */ unaryOp('relu', {
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
});

/** 1 / (1 + exp(-x)). */
export const sigmoidOp = /* @__PURE__ */ unaryOp('sigmoid', {
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
});

/** Hyperbolic tangent. */
export const tanhOp = /* @__PURE__ */ unaryOp('tanh', {
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
});

/** e to the power of x. */
export const expOp = /* @__PURE__ */ unaryOp('exp', {
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
});

/** Natural logarithm. */
export const logOp = /* @__PURE__ */ unaryOp('log', {
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
});

/** Square root. */
export const sqrtOp = /* @__PURE__ */ unaryOp('sqrt', {
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
});

/** x · x. */
export const squareOp = /* @__PURE__ */ unaryOp('square', {
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
});

/** x with the other sign. */
export const negOp = /* @__PURE__ */ unaryOp('neg', {
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
});

/** |x|. The gradient at 0 is 0, as PyTorch has it. */
export const absOp = /* @__PURE__ */ unaryOp('abs', {
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
});

/** 1 / x. */
export const reciprocalOp = /* @__PURE__ */ unaryOp('reciprocal', {
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
});

/** x times the share of the normal distribution below x. */
export const geluOp = /* @__PURE__ */ unaryOp('gelu', {
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
});

/** The tanh form of GELU. */
export const geluTanhOp = /* @__PURE__ */ unaryOp('geluTanh', {
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
});

/** x · sigmoid(x). */
export const siluOp = /* @__PURE__ */ unaryOp('silu', {
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
});

/** The error function. */
export const erfOp = /* @__PURE__ */ unaryOp('erf', {
  forward: 'erf(x)',
  gradient: 'dy * erfSlope(x)',
  declarations: erf,
  saves: 'input',
  mapsZeroToZero: true,
  gradientMapsZeroToZero: true,
  flop: 42,
  gradientFlop: 5,
  oracle: (x) => Math.sign(x) * (2 * normalBelow(Math.abs(x) * Math.SQRT2) - 1),
  oracleGradient: (dy, x) => (dy * 2 * Math.exp(-x * x)) / Math.sqrt(Math.PI),
  domain: [-4, 4],
  steep: [-2, 2],
});

/** (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, written so that nothing cancels. */
function geluShare(x: number): number {
  return 1 / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
