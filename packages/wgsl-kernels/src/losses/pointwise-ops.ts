import { f32, splat } from '../elementwise/literal.ts';

/** Loss of one element; kernels, oracles and tests come from this row. */
export interface PointwiseLossRow {
  /** Names of the operands that the expressions mention, besides dy. */
  readonly operands: readonly ('x' | 't' | 'weight' | 'posWeight')[];
  /** WGSL over `vec4<f32>` in the operands. */
  readonly forward: string;
  /** Derivative by x. */
  readonly gradient: string;
  /** WGSL functions that the expressions call. */
  readonly declarations?: string;
  /** The loss is 0 where every operand is 0. */
  readonly mapsZeroToZero: boolean;
  /** The gradient is 0 where every operand is 0. */
  readonly gradientMapsZeroToZero: boolean;
  /** Operations per element; exp, log and divisions count as one. */
  readonly flop: number;
  /** The loss of one element in float64. */
  readonly oracle: (x: number, t: number, weight: number, posWeight: number) => number;
  /** Its derivative by x in float64. */
  readonly oracleGradient: (x: number, t: number, weight: number, posWeight: number) => number;
}

/** The name of a loss that is computed element by element. */
export type PointwiseLoss = 'mse' | 'l1' | 'huber' | 'smoothL1' | 'bceWithLogits';

/** exp never sees a positive argument: nothing overflows. softplusNegative(x) = log(1 + exp(-x)). */
const stableBce = `
fn softplusNegative(x: vec4<f32>) -> vec4<f32> {
  return max(-x, vec4<f32>()) + log(1f + exp(-abs(x)));
}
fn sigmoidNegative(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(vec4<f32>(1f), e, x >= vec4<f32>()) / (1f + e);
}`;

/**
 * Squared up to a difference of `at`, from there on linear, in one piece: d²/2 or at (|d| - at/2); `smoothL1` is that
 * divided by `at`.
 */
function huber(at: number, scale: number): PointwiseLossRow {
  const size = (d: number) => (Math.abs(d) <= at ? d * d * 0.5 : at * (Math.abs(d) - 0.5 * at));
  const near = `(x - t) * (x - t) * ${f32(0.5 * scale)}`;
  const far = `(abs(x - t) - ${splat(0.5 * at)}) * ${f32(at * scale)}`;
  return {
    operands: ['x', 't'],
    forward: `select(${far}, ${near}, abs(x - t) <= ${splat(at)})`,
    gradient: `clamp(x - t, ${splat(-at)}, ${splat(at)}) * ${f32(scale)}`,
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 8,
    oracle: (x, t) => size(x - t) * scale,
    oracleGradient: (x, t) => Math.min(Math.max(x - t, -at), at) * scale,
  };
}

const rows: Record<'mse' | 'l1', PointwiseLossRow> = {
  mse: {
    operands: ['x', 't'],
    forward: '(x - t) * (x - t)',
    gradient: '2f * (x - t)',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 3,
    oracle: (x, t) => (x - t) ** 2,
    oracleGradient: (x, t) => 2 * (x - t),
  },
  l1: {
    operands: ['x', 't'],
    forward: 'abs(x - t)',
    gradient: 'sign(x - t)',
    mapsZeroToZero: true,
    gradientMapsZeroToZero: true,
    flop: 2,
    oracle: (x, t) => Math.abs(x - t),
    oracleGradient: (x, t) => Math.sign(x - t),
  },
};

/**
 * The row of a loss. Binary cross-entropy with logits, as PyTorch:
 * w ((1 - t) x + (1 + (p - 1) t) log(1 + exp(-x))), w the element's weight and p the weight of positives.
 */
export function pointwiseLossRow(
  loss: PointwiseLoss,
  {
    weighted,
    posWeighted,
    at,
  }: { readonly weighted: boolean; readonly posWeighted: boolean; readonly at: number },
): PointwiseLossRow {
  if (loss !== 'bceWithLogits') {
    if (weighted || posWeighted) {
      throw new TypeError(`${loss}: takes no weights; multiply and sum instead, or use bceWithLogits`);
    }
    if (loss === 'huber') return huber(at, 1);
    return loss === 'smoothL1' ? huber(at, 1 / at) : rows[loss];
  }
  const w = weighted ? 'weight * ' : '';
  const p = posWeighted ? '(1f + (posWeight - 1f) * t) * ' : '';
  return {
    operands: [
      'x',
      't',
      ...(weighted ? ['weight' as const] : []),
      ...(posWeighted ? ['posWeight' as const] : []),
    ],
    forward: `${w}((1f - t) * x + ${p}softplusNegative(x))`,
    gradient: `${w}((1f - t) - ${p}sigmoidNegative(x))`,
    declarations: stableBce,
    mapsZeroToZero: false,
    gradientMapsZeroToZero: false,
    flop: 9 + (weighted ? 1 : 0) + (posWeighted ? 4 : 0),
    oracle: (x, t, weight, posWeight) =>
      weight *
      ((1 - t) * x + (1 + (posWeight - 1) * t) * (Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x))))),
    oracleGradient: (x, t, weight, posWeight) =>
      weight * (1 - t - (1 + (posWeight - 1) * t) / (1 + Math.exp(x))),
  };
}
