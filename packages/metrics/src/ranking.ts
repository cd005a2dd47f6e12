/**
 * Scores and curves that depend only on the order of the scores: ROC, its area, precision-recall, average precision.
 *
 * All of them walk the samples once from the highest score down, one step for each distinct score, so ties are
 * treated as scikit-learn does. The sorted form is kept ({@link Ranking}) because a bootstrap needs thousands of
 * such walks over one order with other weights.
 */
import { checkScored } from './binary.ts';

/** Samples sorted by falling score. */
export interface Ranking {
  /** Sample numbers, highest score first. */
  order: Int32Array;
  /** `ends[g]`: one past the last position in `order` of the g-th group of equal scores. */
  ends: Int32Array;
  /** Label of each sample by its number, 0 or 1. */
  labels: ArrayLike<number>;
}

/**
 * Sorts samples by falling score; samples of equal score are one group.
 * @throws on unequal lengths, labels other than 0 and 1, or non-finite scores
 */
export function rank(scores: ArrayLike<number>, labels: ArrayLike<number>): Ranking {
  checkScored(scores, labels, 'rank');
  const order = Int32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => scores[b] - scores[a] || a - b,
  );
  const ends: number[] = [];
  for (let i = 0; i < order.length; i++) {
    if (i + 1 === order.length || scores[order[i]] !== scores[order[i + 1]]) ends.push(i + 1);
  }
  return { order, ends: Int32Array.from(ends), labels };
}

/**
 * Calls `step` after each group of equal scores with the summed weights above the cut, and returns the totals.
 * Without weights every sample counts 1.
 */
function walk(
  ranking: Ranking,
  weights: ArrayLike<number> | undefined,
  step: (truePositives: number, falsePositives: number, group: number) => void,
): void {
  const { order, ends, labels } = ranking;
  let truePositives = 0;
  let falsePositives = 0;
  let position = 0;
  if (weights !== undefined && weights.length !== order.length) {
    throw new Error(`ranking: ${weights.length} weights for ${order.length} samples; pass one for each`);
  }
  for (let g = 0; g < ends.length; g++) {
    for (; position < ends[g]; position++) {
      const sample = order[position];
      const weight = weights === undefined ? 1 : weights[sample];
      if (labels[sample] === 1) truePositives += weight;
      else falsePositives += weight;
    }
    step(truePositives, falsePositives, g);
  }
}

/**
 * Area under the ROC curve: the chance that a random positive outranks a random negative, ties counting half
 * (Mann-Whitney U over the number of pairs). NaN where a class is missing.
 */
export function aucOf(ranking: Ranking, weights?: ArrayLike<number>): number {
  let twiceArea = 0;
  let lastTrue = 0;
  let lastFalse = 0;
  walk(ranking, weights, (tp, fp) => {
    twiceArea += (fp - lastFalse) * (tp + lastTrue);
    lastTrue = tp;
    lastFalse = fp;
  });
  return twiceArea / (2 * lastTrue * lastFalse);
}

/**
 * Average precision: sum over distinct scores of (R_n - R_{n-1}) P_n, with no interpolation. NaN without positives.
 */
export function averagePrecisionOf(ranking: Ranking, weights?: ArrayLike<number>): number {
  let sum = 0;
  let lastTrue = 0;
  walk(ranking, weights, (tp, fp) => {
    if (tp > lastTrue) sum += ((tp - lastTrue) * tp) / (tp + fp);
    lastTrue = tp;
  });
  return sum / lastTrue;
}

/**
 * Area under the ROC curve: how often a positive scores higher than a negative, ties counted half.
 * @throws where a class is missing: the area is not defined then
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const area = aucOf(rank(scores, labels));
  if (Number.isNaN(area)) {
    throw new Error(
      `auc: all ${labels.length} labels are ${labels[0]}; the area needs samples of both classes`,
    );
  }
  return area;
}

/**
 * Area under the precision-recall curve as steps: the mean precision over the positives.
 * @throws where there are no positives
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const average = averagePrecisionOf(rank(scores, labels));
  if (Number.isNaN(average)) {
    throw new Error(
      `averagePrecision: none of the ${labels.length} labels is 1; there is no precision to average`,
    );
  }
  return average;
}

/** Points of a ROC curve from (0,0) to (1,1); `thresholds[0]` is Infinity. */
export interface RocCurve {
  /** Share of the negatives at or above each threshold, rising. */
  falsePositiveRate: number[];
  /** Share of the positives at or above each threshold, rising. */
  truePositiveRate: number[];
  /** The score of each point, falling. */
  thresholds: number[];
}

/**
 * ROC curve, without the points that lie on a straight line between their neighbours (as scikit-learn's default).
 *
 * @throws where a class is missing: one of the rates is not defined then
 */
export function rocCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): RocCurve {
  const ranking = rank(scores, labels);
  const tps: number[] = [];
  const fps: number[] = [];
  const cuts: number[] = [];
  walk(ranking, undefined, (tp, fp, g) => {
    tps.push(tp);
    fps.push(fp);
    cuts.push(scores[ranking.order[ranking.ends[g] - 1]]);
  });
  const last = tps.length - 1;
  if (tps[last] === 0 || fps[last] === 0) {
    throw new Error(
      `rocCurve: all ${labels.length} labels are ${labels[0]}; it needs samples of both classes`,
    );
  }
  const corner = (i: number): boolean =>
    i === 0 ||
    i === last ||
    tps[i + 1] - 2 * tps[i] + tps[i - 1] !== 0 ||
    fps[i + 1] - 2 * fps[i] + fps[i - 1] !== 0;
  const curve: RocCurve = { falsePositiveRate: [0], truePositiveRate: [0], thresholds: [Infinity] };
  for (let i = 0; i <= last; i++) {
    if (!corner(i)) continue;
    curve.falsePositiveRate.push(fps[i] / fps[last]);
    curve.truePositiveRate.push(tps[i] / tps[last]);
    curve.thresholds.push(cuts[i]);
  }
  return curve;
}

/** Points of a precision-recall curve, by falling recall, ending at recall 0 with precision 1. */
export interface PrCurve {
  /** Share of positives among what is at or above each threshold. */
  precision: number[];
  /** Share of the positives that are at or above each threshold. */
  recall: number[];
  /** One fewer than the points: the last has no threshold. */
  thresholds: number[];
}

/**
 * Precision-recall curve over all distinct scores, in scikit-learn's order.
 *
 * @throws where there are no positives: recall is not defined then
 */
export function prCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): PrCurve {
  const ranking = rank(scores, labels);
  const precision: number[] = [];
  const recall: number[] = [];
  const thresholds: number[] = [];
  walk(ranking, undefined, (tp, fp, g) => {
    precision.push(tp / (tp + fp));
    recall.push(tp);
    thresholds.push(scores[ranking.order[ranking.ends[g] - 1]]);
  });
  const positives = recall[recall.length - 1];
  if (positives === 0)
    throw new Error(`prCurve: none of the ${labels.length} labels is 1; recall needs some`);
  return {
    precision: [...precision.reverse(), 1],
    recall: [...recall.reverse().map((tp) => tp / positives), 0],
    thresholds: thresholds.reverse(),
  };
}

/**
 * A step or polyline curve read off at `xs` by linear interpolation. Used to average ROC curves.
 *
 * @throws on a curve without points, with more of x than of y, or whose x falls or is NaN
 */
export function interpolate(xs: ArrayLike<number>, x: ArrayLike<number>, y: ArrayLike<number>): number[] {
  if (x.length === 0 || x.length !== y.length) {
    throw new Error(`interpolate: ${x.length} x and ${y.length} y; pass one y for each x, at least one`);
  }
  for (let i = 0; i < x.length; i++) {
    if (!(x[i] >= x[Math.max(0, i - 1)])) {
      throw new Error(`interpolate: x is ${x[i]} at point ${i}, after ${x[Math.max(0, i - 1)]}; x must rise`);
    }
  }
  return Array.from({ length: xs.length }, (_, i) => {
    const at = xs[i];
    let hi = 0;
    while (hi < x.length - 1 && x[hi] < at) hi++;
    // On a vertical rise take its top: the curve's best value at this x.
    while (hi < x.length - 1 && x[hi + 1] === at) hi++;
    if (x[hi] <= at || hi === 0) return y[hi];
    const share = (at - x[hi - 1]) / (x[hi] - x[hi - 1]);
    return y[hi - 1] + share * (y[hi] - y[hi - 1]);
  });
}

/**
 * Standard error of an AUC over the choice of images (Hanley and McNeil, Radiology 1982): exact for exponential
 * scores, near for others. Two AUCs on the same images differ by less chance than two such errors, since they share
 * the images.
 *
 * @param positives number of positive samples
 * @param negatives number of negative samples
 * @throws on an area outside [0, 1], or a class without samples
 */
export function aucStandardError(area: number, positives: number, negatives: number): number {
  if (!(area >= 0 && area <= 1 && positives >= 1 && negatives >= 1)) {
    throw new Error(
      `aucStandardError: area ${area} of ${positives} positives and ${negatives} negatives; it needs both, ` +
        'and an area in [0, 1]',
    );
  }
  const square = area * area;
  const twoPositives = area / (2 - area) - square;
  const twoNegatives = (2 * square) / (1 + area) - square;
  const variance = area * (1 - area) + (positives - 1) * twoPositives + (negatives - 1) * twoNegatives;
  return Math.sqrt(variance / (positives * negatives));
}
