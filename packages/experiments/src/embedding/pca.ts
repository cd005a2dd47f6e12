/**
 * Principal components of an embedding, by ml-pca's singular value decomposition in float64.
 *
 * Signs: a component is only defined up to its sign. Here the loading of largest magnitude is positive, so pictures
 * of two runs can be laid side by side.
 */

import { checkWhole } from '@glassbox/metrics';
import { PCA } from 'ml-pca';

/** The first k principal components of n points. */
export interface PcaResult {
  /** Row-major [n, k]: coordinates of the centred points. */
  scores: Float64Array;
  /** Row-major [k, d]: unit directions. */
  components: Float64Array;
  /** Sample variance (n - 1) along every direction, min(n, d) of them, falling. */
  explainedVariance: Float64Array;
  /** The same as shares of the total; all 0 where the points do not vary at all. */
  explainedVarianceRatio: Float64Array;
}

/**
 * @param points row-major [n, d]
 * @param k how many components to return coordinates for
 * @throws unless there are at least 2 points, all finite, and 1 <= k <= min(n, d)
 */
export function pca(points: Float32Array, n: number, d: number, k: number): PcaResult {
  checkPoints('pca', points, n, d);
  if (!Number.isInteger(k) || k < 1 || k > Math.min(n, d)) {
    throw new Error(`pca: ${k} components of [${n},${d}]; ask for 1 to ${Math.min(n, d)}`);
  }
  const rows = Array.from({ length: n }, (_, i) => Array.from(points.subarray(i * d, i * d + d)));
  const model = new PCA(rows, { method: 'SVD', center: true, scale: false });
  const loadings = model.getLoadings();
  const scored = model.predict(rows, { nComponents: k });
  const scores = new Float64Array(n * k);
  const components = new Float64Array(k * d);
  for (let c = 0; c < k; c++) {
    let largest = 0;
    for (let j = 0; j < d; j++) {
      if (Math.abs(loadings.get(c, j)) > Math.abs(loadings.get(c, largest))) largest = j;
    }
    const sign = loadings.get(c, largest) < 0 ? -1 : 1;
    for (let j = 0; j < d; j++) components[c * d + j] = sign * loadings.get(c, j);
    for (let i = 0; i < n; i++) scores[i * k + c] = sign * scored.get(i, c);
  }
  const explainedVariance = Float64Array.from(model.getEigenvalues().slice(0, Math.min(n, d)));
  const total = explainedVariance.reduce((sum, value) => sum + value, 0);
  return {
    scores,
    components,
    explainedVariance,
    explainedVarianceRatio: explainedVariance.map((value) => (total > 0 ? value / total : 0)),
  };
}

/** @throws on a length that does not fit, fewer than 2 points, or a value that is not finite */
export function checkPoints(op: string, points: ArrayLike<number>, n: number, d: number): void {
  checkWhole(`${op}: the number of points`, n, 0);
  checkWhole(`${op}: the number of dimensions`, d, 1);
  if (points.length !== n * d || n < 2) {
    throw new Error(`${op}: ${points.length} values given as [${n},${d}]; pass at least 2 points, row-major`);
  }
  for (let i = 0; i < points.length; i++) {
    if (!Number.isFinite(points[i])) {
      throw new Error(
        `${op}: point ${Math.floor(i / d)} has ${points[i]} in dimension ${i % d}; the embedding is not finite`,
      );
    }
  }
}
