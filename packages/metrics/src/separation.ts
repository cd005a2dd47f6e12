/**
 * How well two classes separate in an embedding, measured in the full space: silhouette, nearest neighbours, linear
 * probe. A 2-D picture may hide or invent clusters; these numbers cannot.
 */
import { checkOptions, type OptionTable, whole } from '@glassbox/options';
import { accuracyOf, balancedAccuracyOf, confusion } from './binary.ts';
import { checkDistances, checkLabels, checkWhole } from './checks.ts';
import { fitLogistic, predictLogistic } from './logistic.ts';
import { checkMatrix } from './products.ts';
import { random, shuffle } from './random.ts';
import { auc } from './ranking.ts';

/**
 * Mean silhouette (Rousseeuw 1987): (b - a) / max(a, b) with a the mean distance to a point's own class and b to the
 * nearest other class; 0 for a class of one point.
 *
 * @param distances full matrix [n, n]
 * @throws unless at least two classes are present and the distances are n x n and finite
 */
export function silhouette(distances: Float64Array, labels: ArrayLike<number>): number {
  const n = labels.length;
  checkDistances('silhouette', distances, n);
  const classes = [...new Set(Array.from(labels))];
  if (classes.length < 2) {
    throw new Error(`silhouette: ${n} points of label ${classes[0] ?? 'none'} alone; it needs two classes`);
  }
  const index = Array.from(labels, (label) => classes.indexOf(label));
  const sizes = classes.map((label) => Array.from(labels).filter((other) => other === label).length);
  let total = 0;
  const sums = new Float64Array(classes.length);
  for (let i = 0; i < n; i++) {
    sums.fill(0);
    for (let j = 0; j < n; j++) sums[index[j]] += distances[i * n + j];
    const own = index[i];
    if (sizes[own] === 1) continue;
    const a = sums[own] / (sizes[own] - 1);
    let b = Number.POSITIVE_INFINITY;
    for (let c = 0; c < classes.length; c++) if (c !== own) b = Math.min(b, sums[c] / sizes[c]);
    const larger = Math.max(a, b);
    if (larger > 0) total += (b - a) / larger;
  }
  return total / n;
}

/** The k nearest rows of `from` for one row of a distance matrix, nearest first; equal distances by row number. */
function nearest(row: Float64Array, k: number, except = -1): Int32Array {
  const best = new Int32Array(k).fill(-1);
  let filled = 0;
  for (let j = 0; j < row.length; j++) {
    if (j === except) continue;
    let at = filled;
    while (at > 0 && row[best[at - 1]] > row[j]) at--;
    if (at >= k) continue;
    best.copyWithin(at + 1, at, Math.min(filled, k - 1));
    best[at] = j;
    if (filled < k) filled++;
  }
  return best.subarray(0, filled);
}

function vote(neighbours: Int32Array, labels: ArrayLike<number>): number {
  let ones = 0;
  for (const j of neighbours) ones += labels[j];
  return 2 * ones > neighbours.length ? 1 : 0;
}

/**
 * Leave-one-out prediction of k nearest neighbours: each point is labelled by the majority of the k others nearest to
 * it (0 on a tie, as scikit-learn).
 *
 * @throws on a k outside 1 to n - 1, labels other than 0 and 1, or distances that are not n x n and finite
 */
export function knnLeaveOneOut(distances: Float64Array, labels: ArrayLike<number>, k = 5): Uint8Array {
  const n = labels.length;
  checkLabels('knnLeaveOneOut', labels);
  checkDistances('knnLeaveOneOut', distances, n);
  checkWhole(`knnLeaveOneOut: k for ${n} points`, k, 1, n - 1);
  return Uint8Array.from({ length: n }, (_, i) =>
    vote(nearest(distances.subarray(i * n, i * n + n), k, i), labels),
  );
}

/**
 * Labels of `test` [m, d] by the k nearest rows of `train` [n, d].
 *
 * @throws on a k outside 1 to n, labels other than 0 and 1, or values that do not make rows of d or are not finite
 */
export function knnPredict(
  train: ArrayLike<number>,
  labels: ArrayLike<number>,
  test: ArrayLike<number>,
  d: number,
  k = 5,
): Uint8Array {
  const n = labels.length;
  checkLabels('knnPredict', labels);
  checkMatrix('knnPredict: train', train, n, d);
  checkMatrix('knnPredict: test', test, Math.ceil(test.length / d), d);
  checkWhole(`knnPredict: k for ${n} training points`, k, 1, n);
  const row = new Float64Array(n);
  return Uint8Array.from({ length: test.length / d }, (_, i) => {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let c = 0; c < d; c++) sum += (test[i * d + c] - train[j * d + c]) ** 2;
      row[j] = sum;
    }
    return vote(nearest(row, k), labels);
  });
}

/**
 * Mean share of each point's k nearest neighbours that two embeddings of the same points have in common.
 * Two unrelated embeddings share k/(n-1) by chance.
 *
 * @throws on a k outside 1 to n - 1, or distances that are not n x n and finite
 */
export function neighbourOverlap(a: Float64Array, b: Float64Array, n: number, k: number): number {
  checkDistances('neighbourOverlap', a, n);
  checkDistances('neighbourOverlap', b, n);
  checkWhole(`neighbourOverlap: k for ${n} points`, k, 1, n - 1);
  let shared = 0;
  for (let i = 0; i < n; i++) {
    const inA = new Set(nearest(a.subarray(i * n, i * n + n), k, i));
    for (const j of nearest(b.subarray(i * n, i * n + n), k, i)) if (inA.has(j)) shared++;
  }
  return shared / (n * k);
}

/**
 * Fold number of each sample, every class spread evenly over the folds, drawn with a seed.
 *
 * @throws unless `folds` is a whole number, 2 to 255
 */
export function stratifiedFolds(labels: ArrayLike<number>, folds: number, seed: number): Uint8Array {
  checkWhole('stratifiedFolds: folds', folds, 2, 255);
  const out = new Uint8Array(labels.length);
  const rng = random(seed);
  let next = 0;
  for (const label of [...new Set(Array.from(labels))].sort()) {
    const members = Array.from(labels, (_, i) => i).filter((i) => labels[i] === label);
    for (const i of shuffle(members, rng)) out[i] = next++ % folds;
  }
  return out;
}

/** Penalty of the probe (scikit-learn's C): strong, because embeddings are wider than the points are many. */
export const PROBE_C = 0.01;

/**
 * Cross-validated log-odds of a linear probe: logistic regression on the embedding standardised with the training
 * folds' mean and deviation (constant dimensions only centred), each point scored by the fit that did not see it.
 *
 * @throws on lengths that do not fit, values that are not finite, or a fold without which only one class is left
 */
export function linearProbe(
  points: ArrayLike<number>,
  labels: ArrayLike<number>,
  d: number,
  fold: ArrayLike<number>,
  c = PROBE_C,
): Float64Array {
  const n = labels.length;
  checkMatrix('linearProbe', points, n, d);
  if (fold.length !== n)
    throw new Error(`linearProbe: ${fold.length} folds for ${n} labels; pass one for each`);
  const out = new Float64Array(n);
  for (const held of new Set(Array.from(fold))) {
    const train = Array.from({ length: n }, (_, i) => i).filter((i) => fold[i] !== held);
    const test = Array.from({ length: n }, (_, i) => i).filter((i) => fold[i] === held);
    const { centre, scale } = standardiser(points, train, d);
    const standardised = (rows: number[]): Float64Array => {
      const x = new Float64Array(rows.length * d);
      rows.forEach((row, i) => {
        for (let j = 0; j < d; j++) x[i * d + j] = (points[row * d + j] - centre[j]) / scale[j];
      });
      return x;
    };
    const trainLabels = train.map((i) => labels[i]);
    const model = fitLogistic(standardised(train), trainLabels, d, c);
    const scores = predictLogistic(model, standardised(test), d);
    test.forEach((row, i) => {
      out[row] = scores[i];
    });
  }
  return out;
}

function standardiser(
  points: ArrayLike<number>,
  rows: number[],
  d: number,
): { centre: Float64Array; scale: Float64Array } {
  const centre = new Float64Array(d);
  const scale = new Float64Array(d);
  for (const row of rows) for (let j = 0; j < d; j++) centre[j] += points[row * d + j] / rows.length;
  for (const row of rows) for (let j = 0; j < d; j++) scale[j] += (points[row * d + j] - centre[j]) ** 2;
  for (let j = 0; j < d; j++) {
    const deviation = Math.sqrt(scale[j] / rows.length);
    // Rounding leaves a constant column with a tiny deviation: dividing by it would blow noise up to 1.
    scale[j] = deviation > 1e-12 * (1 + Math.abs(centre[j])) ? deviation : 1;
  }
  return { centre, scale };
}

/** How well the two classes separate in an embedding, in the full space (never in the 2-D picture). */
export interface Separation {
  /** Mean silhouette of the two classes, Euclidean, in [-1, 1]; 0 means overlapping. */
  silhouette: number;
  /** Leave-one-out accuracy of k nearest neighbours. */
  knnAccuracy: number;
  /** The same, with each class counting alike. */
  knnBalancedAccuracy: number;
  /** Neighbours that were asked. */
  k: number;
  /** Cross-validated (stratified folds) logistic regression on the standardised embedding. */
  probeAccuracy: number;
  /** Its balanced accuracy. */
  probeBalancedAccuracy: number;
  /** Its area under the ROC curve. */
  probeAuc: number;
  /** Folds of the cross-validation. */
  folds: number;
  /** Share of the larger class among the points: what guessing it would score. */
  majorityShare: number;
}

/** Options of {@link measureSeparation}. */
export interface SeparationOptions {
  /** Neighbours to ask. Default 5. */
  k?: number;
  /** Folds of the cross-validation. Default 5. */
  folds?: number;
  /** Seed of the folds. Default 0. */
  seed?: number;
}

const optionNames: OptionTable<SeparationOptions> = { k: whole(1), folds: whole(2), seed: whole(0) };

/** All separation scores of an embedding [n, d] with labels 0/1. `distances`: reuse of `pairwiseDistances`. */
export function measureSeparation(
  points: ArrayLike<number>,
  labels: ArrayLike<number>,
  d: number,
  distances: Float64Array,
  options: SeparationOptions = {},
): Separation {
  checkOptions('measureSeparation', options, optionNames);
  const { k = 5, folds = 5, seed = 0 } = options;
  const n = labels.length;
  const knn = confusion(knnLeaveOneOut(distances, labels, k), labels);
  const probe = linearProbe(points, labels, d, stratifiedFolds(labels, folds, seed));
  const probed = confusion(probe, labels, 0);
  let ones = 0;
  for (let i = 0; i < n; i++) ones += labels[i];
  return {
    silhouette: silhouette(distances, labels),
    knnAccuracy: accuracyOf(knn),
    knnBalancedAccuracy: balancedAccuracyOf(knn),
    k,
    probeAccuracy: accuracyOf(probed),
    probeBalancedAccuracy: balancedAccuracyOf(probed),
    probeAuc: auc(probe, labels),
    folds,
    majorityShare: Math.max(ones, n - ones) / n,
  };
}
