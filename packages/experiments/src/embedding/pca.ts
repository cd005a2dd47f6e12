/**
 * Principal components of an embedding: eigenvectors, by ml-matrix in float64, of the smaller of X'X and XX' with X the
 * centred points. Where XX' is the smaller, its eigenvectors u give the directions X'u / |X'u|.
 *
 * Signs: a component is only defined up to its sign. Here the loading of largest magnitude is positive, so pictures
 * of two runs can be laid side by side.
 */

import { checkWhole, gramMatrix } from '@glassbox/metrics';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** The first k principal components of n points. */
export interface PcaResult {
  /** Row-major [n, k]: coordinates of the centred points. */
  scores: Float64Array;
  /** Row-major [k, d]: unit directions; 0 for one along which nothing varies. */
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
  const wide = n < d;
  const centred = centre(points, n, d);
  const [rows, height] = wide ? [centred, n] : [transpose(centred, n, d), d];
  const width = rows.length / height;
  const gram = Matrix.from1DArray(height, height, gramMatrix(rows, height, width));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const scores = new Float64Array(n * k);
  const components = new Float64Array(k * d);
  for (let c = 0; c < k; c++) {
    const vector = Float64Array.from(eigenvectorMatrix.getColumn(height - 1 - c));
    const image = new Float64Array(width);
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) image[j] += rows[i * width + j] * vector[i];
    }
    const length = Math.sqrt(image.reduce((sum, value) => sum + value * value, 0));
    const direction = wide ? image.map((value) => (length > 0 ? value / length : 0)) : vector;
    const coordinates = wide ? vector.map((value) => value * length) : image;
    const largest = direction.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    const sign = largest < 0 ? -1 : 1;
    for (let j = 0; j < d; j++) components[c * d + j] = sign * direction[j];
    for (let i = 0; i < n; i++) scores[i * k + c] = sign * coordinates[i];
  }
  // What rounding leaves of a direction without variance may be below 0.
  const explainedVariance = Float64Array.from(
    realEigenvalues,
    (value) => Math.max(0, value) / (n - 1),
  ).reverse();
  const total = explainedVariance.reduce((sum, value) => sum + value, 0);
  return {
    scores,
    components,
    explainedVariance,
    explainedVarianceRatio: explainedVariance.map((value) => (total > 0 ? value / total : 0)),
  };
}
/** Points [n, d] with the mean of each column taken off. */
export function centre(points: ArrayLike<number>, n: number, d: number): Float64Array {
  const centred = Float64Array.from(points);
  for (let j = 0; j < d; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += points[i * d + j];
    for (let i = 0; i < n; i++) centred[i * d + j] -= sum / n;
  }
  return centred;
}

function transpose(rows: Float64Array, n: number, d: number): Float64Array {
  return Float64Array.from({ length: n * d }, (_, at) => rows[(at % n) * d + Math.floor(at / n)]);
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
