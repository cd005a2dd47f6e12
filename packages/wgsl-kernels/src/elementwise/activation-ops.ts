import { f32, splat } from './literal.ts';
import { expm1, log1p, stableSigmoid } from './special-functions.ts';
import { type UnaryRow, unaryOp } from './unary-row.ts';

// Activations that nets of the last years have.

const exactSoftplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const exactSigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * tanh(log(1 + eˣ)) is n / (n + 2) with n = eˣ (eˣ + 2). For positive x both are divided by e²ˣ, so that exp never sees
 * a positive argument. `rest` is 1 minus the gate, without the difference.
 */
const mishGate = `${stableSigmoid}
fn mishGate(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  let low = e * (e + 2f);
  let high = 1f + 2f * e;
  return select(low / (low + 2f), high / (high + 2f * e * e), x > vec4<f32>());
}
fn mishSlope(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  let low = e * (e + 2f);
  let rest = select(2f / (low + 2f), 2f * e * e / (1f + 2f * e + 2f * e * e), x > vec4<f32>());
  let gate = mishGate(x);
  return gate + x * rest * (1f + gate) * stableSigmoid(x);
}`;

/** x · tanh(softplus(x)). */
export const mishOp = /* @__PURE__ */ unaryOp('mish', {
  forward: 'x * mishGate(x)',
  gradient: 'dy * mishSlope(x)',
  declarations: mishGate,
  saves: 'input',
  mapsZeroToZero: true,
  gradientMapsZeroToZero: true,
  flop: 13,
  gradientFlop: 30,
  oracle: (x) => x * Math.tanh(exactSoftplus(x)),
  oracleGradient: (dy, x) => {
    const gate = Math.tanh(exactSoftplus(x));
    return dy * (gate + x * (1 - gate * gate) * exactSigmoid(x));
  },
  domain: [-20, 20],
  steep: [-5, 20],
  leastGradient: 0.05,
});

/** log(1 + exp(beta x)) / beta; x itself where beta x is above the threshold. */
export function softplusOp({ beta, threshold }: { beta: number; threshold: number }) {
  const above = `${f32(beta)} * x > ${splat(threshold)}`;
  return unaryOp(
    'softplus',
    {
      forward: `select(softplus(${f32(beta)} * x) / ${f32(beta)}, x, ${above})`,
      gradient: `select(dy * stableSigmoid(${f32(beta)} * x), dy, ${above})`,
      declarations: `${stableSigmoid}${log1p}
fn softplus(x: vec4<f32>) -> vec4<f32> {
  return max(x, vec4<f32>()) + log1p(exp(-abs(x)));
}`,
      saves: 'input',
      mapsZeroToZero: false,
      gradientMapsZeroToZero: true,
      flop: 30,
      gradientFlop: 9,
      oracle: (x) => (beta * x > threshold ? x : exactSoftplus(beta * x) / beta),
      oracleGradient: (dy, x) => (beta * x > threshold ? dy : dy * exactSigmoid(beta * x)),
      domain: [-20, 20],
      steep: [-3, 20],
      corners: [threshold / beta],
    },
    { beta, threshold },
  );
}

/** x where positive, alpha (exp(x) - 1) elsewhere. */
export function eluOp({ alpha }: { alpha: number }) {
  return unaryOp(
    'elu',
    {
      forward: `select(${f32(alpha)} * expm1(min(x, vec4<f32>())), x, x > vec4<f32>())`,
      gradient: `select(dy * ${f32(alpha)} * exp(min(x, vec4<f32>())), dy, x > vec4<f32>())`,
      declarations: expm1,
      saves: 'input',
      mapsZeroToZero: true,
      gradientMapsZeroToZero: true,
      flop: 27,
      gradientFlop: 4,
      oracle: (x) => (x > 0 ? x : alpha * Math.expm1(x)),
      oracleGradient: (dy, x) => (x > 0 ? dy : dy * alpha * Math.exp(x)),
      domain: [-20, 6],
      steep: [-3, 6],
      corners: alpha === 1 ? [] : [0],
    },
    { alpha },
  );
}

/** x · clamp(x + 3, 0, 6) / 6. */
export const hardswishOp = /* @__PURE__ */ unaryOp('hardswish', {
  forward: 'x * (clamp(x + 3f, vec4<f32>(), vec4<f32>(6f)) / 6f)',
  gradient:
    'dy * select(select(x / 3f + 0.5f, vec4<f32>(1f), x > vec4<f32>(3f)), vec4<f32>(), x < vec4<f32>(-3f))',
  saves: 'input',
  mapsZeroToZero: true,
  gradientMapsZeroToZero: true,
  flop: 5,
  gradientFlop: 6,
  oracle: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  oracleGradient: (dy, x) => (x < -3 ? 0 : x > 3 ? dy : dy * (x / 3 + 0.5)),
  domain: [-6, 6],
  corners: [-3, 3],
  leastGradient: 0.05,
});

/** clamp(x + 3, 0, 6) / 6. */
export const hardsigmoidOp = /* @__PURE__ */ unaryOp('hardsigmoid', {
  forward: 'clamp(x + 3f, vec4<f32>(), vec4<f32>(6f)) / 6f',
  gradient: 'select(vec4<f32>(), dy / 6f, (x > vec4<f32>(-3f)) & (x < vec4<f32>(3f)))',
  saves: 'input',
  mapsZeroToZero: false,
  gradientMapsZeroToZero: true,
  flop: 4,
  gradientFlop: 4,
  oracle: (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
  oracleGradient: (dy, x) => (x > -3 && x < 3 ? dy / 6 : 0),
  domain: [-6, 6],
  corners: [-3, 3],
  leastGradient: 0.05,
});

function hardtanh(min: number, max: number): UnaryRow {
  return {
    forward: `clamp(x, ${splat(min)}, ${splat(max)})`,
    gradient: `select(vec4<f32>(), dy, (x > ${splat(min)}) & (x < ${splat(max)}))`,
    saves: 'input',
    mapsZeroToZero: min <= 0 && max >= 0,
    gradientMapsZeroToZero: true,
    flop: 2,
    gradientFlop: 4,
    oracle: (x) => Math.min(Math.max(x, min), max),
    oracleGradient: (dy, x) => (x > min && x < max ? dy : 0),
    domain: [min - 2, max + 2],
    corners: [min, max],
    leastGradient: 0.05,
  };
}

/** x from min to max, and those beyond; as in PyTorch the gradient is 0 at min and max themselves. */
export function hardtanhOp({ min, max }: { min: number; max: number }) {
  return unaryOp('hardtanh', hardtanh(min, max), { min, max });
}

/** x from 0 to 6, and those beyond. */
export const relu6Op = /* @__PURE__ */ unaryOp('relu6', /* @__PURE__ */ hardtanh(0, 6));
