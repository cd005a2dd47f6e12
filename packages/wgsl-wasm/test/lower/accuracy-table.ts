/** The functions that are computed by approximation: where, against what, and how exact they must be. */
import { samples, ulpError } from './accuracy.ts';
import { evaluate } from './harness.ts';

export interface AccuracyRow {
  readonly expression: string;
  /** Arguments are taken from these ranges, one for each of `a` and `b`. */
  readonly domains: readonly (readonly [number, number])[];
  readonly reference: (a: number, b: number) => number;
  /** The largest error in ulp that this package allows itself. */
  readonly limit: number;
  /** Made of vectors, so that it cannot be evaluated on `a` and `b` as vectors as well. */
  readonly geometric?: boolean;
  /** What WGSL allows ("Accuracy of Concrete Floating Point Expressions"). */
  readonly wgsl: string;
}

const ALL: readonly [number, number] = [-3.4e38, 3.4e38];
const POSITIVE: readonly [number, number] = [1e-45, 3.4e38];
const UNIT: readonly [number, number] = [0.001, 1];
const PLANE: readonly [number, number] = [0.001, 1e3];
const CIRCLE: readonly [number, number] = [-3.1415925, 3.1415925];

function row(
  expression: string,
  domain: readonly [number, number],
  reference: (a: number) => number,
  limit: number,
  wgsl: string,
): AccuracyRow {
  return { expression, domains: [domain], reference, limit, wgsl };
}

export const ACCURACY: readonly AccuracyRow[] = [
  row('exp(a)', [-104, 89], Math.exp, 1.1, '3 + 2 abs(x) ulp'),
  row('exp2(a)', [-150, 128], (x) => 2 ** x, 1.1, '3 + 2 abs(x) ulp'),
  row('log(a)', POSITIVE, Math.log, 0.95, '3 ulp'),
  row('log(a)', [0.5, 2], Math.log, 0.95, 'absolute error 2^-21'),
  row('log2(a)', POSITIVE, Math.log2, 1.6, '3 ulp'),
  row('log2(a)', [0.5, 2], Math.log2, 1.6, 'absolute error 2^-21'),
  row('inverseSqrt(a)', POSITIVE, (x) => 1 / Math.sqrt(x), 1.6, '2 ulp'),
  row('sqrt(a)', POSITIVE, Math.sqrt, 0.5, 'as 1 / inverseSqrt(x)'),
  row('sin(a)', CIRCLE, Math.sin, 1.6, 'absolute error 2^-11'),
  row('cos(a)', CIRCLE, Math.cos, 1.6, 'absolute error 2^-11'),
  row('sin(a)', [-1e6, 1e6], Math.sin, 1.6, 'none'),
  row('cos(a)', [-1e6, 1e6], Math.cos, 1.6, 'none'),
  row('tan(a)', [-1.5, 1.5], Math.tan, 3.1, 'as sin(x) / cos(x)'),
  row('asin(a)', [-1, 1], Math.asin, 2.5, 'absolute error 6.81e-5'),
  row('acos(a)', [-1, 1], Math.acos, 1.6, 'absolute error 6.77e-5'),
  row('atan(a)', ALL, Math.atan, 2.7, '4096 ulp'),
  {
    expression: 'atan2(a, b)',
    domains: [
      [-1e3, 1e3],
      [-1e3, 1e3],
    ],
    reference: Math.atan2,
    limit: 3.2,
    wgsl: '4096 ulp',
  },
  row('sinh(a)', [-89, 89], Math.sinh, 2, 'as (exp(x) - exp(-x)) / 2'),
  row('cosh(a)', [-89, 89], Math.cosh, 2, 'as (exp(x) + exp(-x)) / 2'),
  row('tanh(a)', [-50, 50], Math.tanh, 1.5, 'absolute error 1e-5'),
  row('asinh(a)', ALL, Math.asinh, 4, 'as log(x + sqrt(x * x + 1))'),
  row('acosh(a)', [1.01, 3.4e38], Math.acosh, 8, 'as log(x + sqrt(x * x - 1))'),
  row('atanh(a)', [-0.9999, 0.9999], Math.atanh, 2, 'as log((1 + x) / (1 - x)) / 2'),
  {
    expression: 'pow(a, b)',
    domains: [
      [0.01, 100],
      [-8, 8],
    ],
    reference: (x, y) => x ** y,
    limit: 64,
    wgsl: 'as exp2(y * log2(x))',
  },
  row('degrees(a)', [-1e6, 1e6], (x) => (x * 180) / Math.PI, 1, 'as x * 57.295779513082322865'),
  row('radians(a)', [-1e6, 1e6], (x) => (x * Math.PI) / 180, 1, 'as x * 0.017453292519943295474'),
  row('smoothstep(T(0.0), T(1.0), a)', UNIT, (t) => t * t * (3 - 2 * t), 2.5, 'as t * t * (3 - 2 * t)'),
  {
    expression: 'mix(a, b, T(0.25))',
    domains: [UNIT, UNIT],
    reference: (x, y) => 0.75 * x + 0.25 * y,
    limit: 1.5,
    wgsl: 'as x * (1 - z) + y * z',
  },
  {
    expression: 'dot(vec3(a, b, T(1.0)), vec3(a, b, T(2.0)))',
    domains: [PLANE, PLANE],
    geometric: true,
    reference: (x, y) => x * x + y * y + 2,
    limit: 1.5,
    wgsl: 'as the sum of products',
  },
  {
    expression: 'length(vec2(a, b))',
    domains: [PLANE, PLANE],
    geometric: true,
    reference: Math.hypot,
    limit: 1.5,
    wgsl: 'as sqrt(dot(x, x))',
  },
  {
    expression: 'distance(vec2(a, b), vec2(b, T(1.0)))',
    domains: [PLANE, PLANE],
    geometric: true,
    reference: (x, y) => Math.hypot(x - y, y - 1),
    limit: 2,
    wgsl: 'as length(x - y)',
  },
  {
    expression: 'normalize(vec2(a, b)).x',
    domains: [PLANE, PLANE],
    geometric: true,
    reference: (x, y) => x / Math.hypot(x, y),
    limit: 2.5,
    wgsl: 'as x / length(x)',
  },
];

export interface Measured {
  readonly worst: number;
  /** Where. */
  readonly at: readonly number[];
  readonly found: number;
  readonly expected: number;
  /** Whether scalars and vectors gave the same bits everywhere. */
  readonly shapesAgree: boolean;
}

/** The largest error of a row over `count` samples. */
export function measure(entry: AccuracyRow, count: number, seed: number, relaxedSimd?: boolean): Measured {
  const columns = entry.domains.map(([low, high], k) => samples(low, high, count, seed + 1000 * k));
  const rows = Array.from({ length: count }, (_, i) => columns.map((column) => column[i]));
  const types = [...entry.domains.map(() => 'f32'), 'f32'];
  const { scalar, vector } = evaluate(entry.expression, types, rows, {
    relaxedSimd,
    scalarOnly: entry.geometric,
  });
  let worst = -1;
  let where = 0;
  rows.forEach(([a, b], i) => {
    const error = ulpError(vector[i], entry.reference(a, b));
    if (!(error <= worst)) {
      worst = error;
      where = i;
    }
  });
  const [a, b] = rows[where];
  return {
    worst,
    at: rows[where],
    found: vector[where],
    expected: entry.reference(a, b),
    shapesAgree: rows.every((_, i) => Object.is(scalar[i], vector[i])),
  };
}
