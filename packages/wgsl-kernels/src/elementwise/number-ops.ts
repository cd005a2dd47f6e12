import { f32, splat } from './literal.ts';
import { unaryOp } from './unary-row.ts';

// Functions of a tensor and numbers.

/** x, but at least `min` and at most `max`; null for no such bound. The gradient passes at the bounds themselves. */
export function clampOp({ min, max }: { min: number | null; max: number | null }) {
  const [low, high] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
  const raised = min === null ? 'x' : `max(x, ${splat(min)})`;
  const inside = [
    ...(min === null ? [] : [`(x >= ${splat(min)})`]),
    ...(max === null ? [] : [`(x <= ${splat(max)})`]),
  ].join(' & ');
  return unaryOp(
    'clamp',
    {
      forward: max === null ? raised : `min(${raised}, ${splat(max)})`,
      gradient: `select(vec4<f32>(), dy, ${inside})`,
      saves: 'input',
      mapsZeroToZero: low <= 0 && high >= 0,
      gradientMapsZeroToZero: true,
      flop: 2,
      gradientFlop: 4,
      oracle: (x) => Math.min(Math.max(x, low), high),
      oracleGradient: (dy, x) => (x >= low && x <= high ? dy : 0),
      domain: [(min ?? max ?? 0) - 2, (max ?? min ?? 0) + 2],
      corners: [low, high],
      leastGradient: 0.05,
    },
    { min, max },
  );
}

/** Whole exponents up to this size are products: as exact as these, and right for negative x. */
const mostFactors = 8;

/** x to the power of a number. Where the exponent is not whole, x must not be negative. */
export function powOp({ exponent }: { exponent: number }) {
  const whole = Number.isInteger(exponent);
  const anySign = whole && exponent >= 0;
  return unaryOp(
    'pow',
    {
      forward: power(exponent),
      gradient: exponent === 0 ? 'vec4<f32>()' : `dy * ${f32(exponent)} * ${power(exponent - 1)}`,
      saves: 'input',
      mapsZeroToZero: exponent > 0,
      gradientMapsZeroToZero: exponent === 0 || exponent >= 1,
      flop: whole ? Math.max(1, Math.abs(exponent)) : 3,
      gradientFlop: whole ? Math.max(1, Math.abs(exponent)) + 1 : 5,
      oracle: (x) => x ** exponent,
      oracleGradient: (dy, x) => (exponent === 0 ? 0 : dy * exponent * x ** (exponent - 1)),
      domain: !anySign ? [0.3, 3] : exponent > 4 ? [-1.2, 1.2] : [-2, 2],
    },
    { exponent },
  );
}

function power(exponent: number): string {
  if (exponent === 0) return 'vec4<f32>(1f)';
  if (exponent === 1) return 'x';
  if (exponent === 0.5) return 'sqrt(x)';
  if (Number.isInteger(exponent) && Math.abs(exponent) <= mostFactors) {
    const product = `(${Array.from({ length: Math.abs(exponent) }, () => 'x').join(' * ')})`;
    return exponent > 0 ? product : `(1f / ${product})`;
  }
  const size = `pow(abs(x), ${splat(exponent)})`;
  if (!Number.isInteger(exponent)) return `pow(x, ${splat(exponent)})`;
  return exponent % 2 === 0 ? size : `(sign(x) * ${size})`;
}
