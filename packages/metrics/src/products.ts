/**
 * Products and distances of rows. Four rows run beside each other, since one sum alone waits for each of its additions;
 * each keeps its own order, so the bits are those of one row at a time.
 */
import { checkFinite, checkWhole } from './checks.ts';

/** out[i] = start + sum_j rows[i][j] v[j], for each row of `out.length` rows as wide as `v`. */
export function rowsTimes(
  rows: ArrayLike<number>,
  v: ArrayLike<number>,
  start: number,
  out: Float64Array,
): void {
  const d = v.length;
  let i = 0;
  for (; i + 3 < out.length; i += 4) {
    let [s0, s1, s2, s3] = [start, start, start, start];
    for (let j = 0, a = i * d, b = a + d, c = b + d, e = c + d; j < d; j++) {
      const factor = v[j];
      s0 += rows[a++] * factor;
      s1 += rows[b++] * factor;
      s2 += rows[c++] * factor;
      s3 += rows[e++] * factor;
    }
    out[i] = s0;
    out[i + 1] = s1;
    out[i + 2] = s2;
    out[i + 3] = s3;
  }
  for (; i < out.length; i++) {
    let sum = start;
    for (let j = 0, a = i * d; j < d; j++, a++) sum += rows[a] * v[j];
    out[i] = sum;
  }
}

/** out[j] = sum_i factors[i] rows[i][j], for rows as wide as `out`. */
export function rowsSum(rows: Float64Array, factors: Float64Array, out: Float64Array): void {
  const d = out.length;
  out.fill(0);
  let i = 0;
  for (; i + 3 < factors.length; i += 4) {
    const [f0, f1, f2, f3] = [factors[i], factors[i + 1], factors[i + 2], factors[i + 3]];
    for (let j = 0, a = i * d, b = a + d, c = b + d, e = c + d; j < d; j++) {
      out[j] = out[j] + rows[a++] * f0 + rows[b++] * f1 + rows[c++] * f2 + rows[e++] * f3;
    }
  }
  for (; i < factors.length; i++) for (let j = 0, a = i * d; j < d; j++, a++) out[j] += rows[a] * factors[i];
}

/**
 * Dot products of all pairs of rows of [n, d], as a full symmetric matrix [n, n].
 *
 * @throws on a length that does not fit, or values that are not finite
 */
export function gramMatrix(rows: Float64Array, n: number, d: number): Float64Array {
  checkMatrix('gramMatrix', rows, n, d);
  return symmetric(n, (i, out) => rowsTimes(rows.subarray(i * d), rows.subarray(i * d, i * d + d), 0, out));
}

/**
 * Euclidean distances of all pairs of rows of [n, d], as a full symmetric matrix [n, n].
 *
 * @throws on a length that does not fit, or values that are not finite
 */
export function pairwiseDistances(points: ArrayLike<number>, n: number, d: number): Float64Array {
  checkMatrix('pairwiseDistances', points, n, d);
  const rows = Float64Array.from(points);
  return symmetric(n, (i, out) => distancesOfFirst(rows.subarray(i * d), d, out));
}

/** out[i] = the distance of row i from row 0. */
function distancesOfFirst(rows: Float64Array, d: number, out: Float64Array): void {
  let i = 0;
  for (; i + 3 < out.length; i += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let j = 0, a = i * d, b = a + d, c = b + d, e = c + d; j < d; j++) {
      const here = rows[j];
      const [g0, g1, g2, g3] = [here - rows[a++], here - rows[b++], here - rows[c++], here - rows[e++]];
      s0 += g0 * g0;
      s1 += g1 * g1;
      s2 += g2 * g2;
      s3 += g3 * g3;
    }
    out[i] = Math.sqrt(s0);
    out[i + 1] = Math.sqrt(s1);
    out[i + 2] = Math.sqrt(s2);
    out[i + 3] = Math.sqrt(s3);
  }
  for (; i < out.length; i++) {
    let sum = 0;
    for (let j = 0, a = i * d; j < d; j++, a++) sum += (rows[j] - rows[a]) ** 2;
    out[i] = Math.sqrt(sum);
  }
}

/** A symmetric matrix [n, n], of which `fill` writes each row from its diagonal on. */
function symmetric(n: number, fill: (i: number, out: Float64Array) => void): Float64Array {
  const all = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    fill(i, all.subarray(i * n + i, i * n + n));
    for (let j = i + 1; j < n; j++) all[j * n + i] = all[i * n + j];
  }
  return all;
}

/** @throws unless `points` is as long as [n, d] and finite */
export function checkMatrix(what: string, points: ArrayLike<number>, n: number, d: number): void {
  checkWhole(`${what}: the width`, d, 1);
  if (points.length !== n * d) throw new Error(`${what}: ${points.length} values do not make [${n},${d}]`);
  checkFinite(what, points);
}
