/**
 * Logistic regression with an L2 penalty, as the linear probe of an embedding. Float64 Newton with conjugate gradients
 * inside (Lin, Weng and Keerthi, JMLR 2008) and a backtracking line search: it converges to the unique minimum,
 * so two solvers can be compared digit by digit.
 */
import { sigmoid, softplus } from './calibration.ts';
import { checkFinite, checkLabels, checkWhole } from './checks.ts';
import { rowsSum, rowsTimes } from './products.ts';

/** A fitted linear separator: log-odds = x . weights + bias. */
export interface LogisticModel {
  /** One factor for each column of x. */
  weights: Float64Array;
  /** Log-odds at x = 0. */
  bias: number;
  /** Newton steps taken. */
  iterations: number;
}

/**
 * Minimises C sum_i log(1 + exp(-s_i (x_i . w + b))) + |w|^2 / 2 (scikit-learn's objective; the bias is not penalised).
 *
 * @param x row-major [n, d]
 * @param labels 0/1
 * @param c inverse strength of the penalty
 * @throws if only one class is present, a label is neither 0 nor 1, a value is not finite, or `c` is not above 0
 */
export function fitLogistic(x: Float64Array, labels: ArrayLike<number>, d: number, c = 1): LogisticModel {
  const n = labels.length;
  if (x.length !== n * d) throw new Error(`fitLogistic: ${x.length} values for ${n} labels of width ${d}`);
  checkLabels('fitLogistic', labels);
  checkFinite('fitLogistic', x);
  if (!(c > 0 && c < Number.POSITIVE_INFINITY)) {
    throw new Error(`fitLogistic: c is ${c}; pass the inverse strength of the penalty, above 0`);
  }
  if (Array.prototype.every.call(labels, (label: number) => label === labels[0])) {
    throw new Error(`fitLogistic: the ${n} labels hold one class only; there is nothing to separate`);
  }
  const w = new Float64Array(d + 1);
  const z = new Float64Array(n);
  const gradient = new Float64Array(d + 1);
  const curvature = new Float64Array(n);
  let objective = objectiveAt(z, w, labels, d, c);
  let first = 0;
  let iterations = 0;
  for (; iterations < 200; iterations++) {
    const residual = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const p = sigmoid(z[i]);
      residual[i] = c * (p - labels[i]);
      curvature[i] = c * p * (1 - p);
    }
    transposeTimes(x, residual, d, gradient);
    for (let j = 0; j < d; j++) gradient[j] += w[j];
    const norm = Math.sqrt(dot(gradient, gradient));
    if (iterations === 0) first = norm;
    if (norm <= 1e-13 * Math.max(1, first)) break;
    const step = conjugateGradient(x, curvature, gradient, d, Math.min(0.1, Math.sqrt(norm / first)) * norm);
    const zStep = new Float64Array(n);
    times(x, step, d, zStep);
    const slope = dot(gradient, step);
    let length = 1;
    let improved = false;
    for (let tries = 0; tries < 40; tries++, length /= 2) {
      const trialW = w.map((value, j) => value + length * step[j]);
      const trialZ = z.map((value, i) => value + length * zStep[i]);
      const trial = objectiveAt(trialZ, trialW, labels, d, c);
      // Near the minimum the objective is flat to rounding: accept steps that do not raise it visibly.
      if (trial <= objective + 1e-4 * length * slope + 1e-14 * Math.abs(objective)) {
        w.set(trialW);
        z.set(trialZ);
        objective = trial;
        improved = true;
        break;
      }
    }
    if (!improved) break;
  }
  return { weights: w.slice(0, d), bias: w[d], iterations };
}

/**
 * Log-odds of each row of x [n, d].
 *
 * @throws if d is not the model's, or x does not make rows of it
 */
export function predictLogistic(model: LogisticModel, x: Float64Array, d: number): Float64Array {
  checkWhole('predictLogistic: the width', d, model.weights.length, model.weights.length);
  if (x.length % d !== 0) throw new Error(`predictLogistic: ${x.length} values do not make rows of ${d}`);
  const out = new Float64Array(x.length / d);
  times(x, Float64Array.from([...model.weights, model.bias]), d, out);
  return out;
}

function objectiveAt(
  z: Float64Array,
  w: Float64Array,
  labels: ArrayLike<number>,
  d: number,
  c: number,
): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += softplus(labels[i] === 1 ? -z[i] : z[i]);
  let penalty = 0;
  for (let j = 0; j < d; j++) penalty += w[j] * w[j];
  return c * sum + penalty / 2;
}

/** Solves (X'DX + I') s = -g until the residual is below `tolerance`; I' leaves the bias free. */
function conjugateGradient(
  x: Float64Array,
  curvature: Float64Array,
  gradient: Float64Array,
  d: number,
  tolerance: number,
): Float64Array {
  const n = curvature.length;
  const s = new Float64Array(d + 1);
  const r = gradient.map((g) => -g);
  const p = r.slice();
  const xp = new Float64Array(n);
  const hp = new Float64Array(d + 1);
  let rr = dot(r, r);
  for (let k = 0; k < 4 * (d + 1) && Math.sqrt(rr) > tolerance; k++) {
    times(x, p, d, xp);
    for (let i = 0; i < n; i++) xp[i] *= curvature[i];
    transposeTimes(x, xp, d, hp);
    for (let j = 0; j < d; j++) hp[j] += p[j];
    const php = dot(p, hp);
    if (php <= 0) break;
    const alpha = rr / php;
    for (let j = 0; j <= d; j++) {
      s[j] += alpha * p[j];
      r[j] -= alpha * hp[j];
    }
    const next = dot(r, r);
    for (let j = 0; j <= d; j++) p[j] = r[j] + (next / rr) * p[j];
    rr = next;
  }
  return s;
}

/** out = [X 1] v */
function times(x: Float64Array, v: Float64Array, d: number, out: Float64Array): void {
  rowsTimes(x, v.subarray(0, d), v[d], out);
}

/** out = [X 1]' v */
function transposeTimes(x: Float64Array, v: Float64Array, d: number, out: Float64Array): void {
  rowsSum(x, v, out.subarray(0, d));
  out[d] = v.reduce((sum, factor) => sum + factor, 0);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
