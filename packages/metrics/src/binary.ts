/**
 * Scores of a binary classifier at a threshold: everything that follows from the four counts.
 * Definitions as in scikit-learn; the positive class is 1 (diseased), predicted where `score >= threshold`.
 */

import { checkLabels } from './checks.ts';

/** Counts of a thresholded prediction. Not always integers: a bootstrap may weight samples. */
export interface Confusion {
  /** Samples of label 1 that are predicted as 1. */
  truePositives: number;
  /** Samples of label 0 that are predicted as 1. */
  falsePositives: number;
  /** Samples of label 0 that are predicted as 0. */
  trueNegatives: number;
  /** Samples of label 1 that are predicted as 0. */
  falseNegatives: number;
}

/**
 * Refuses scores and labels that no score of a classifier can be computed from.
 * @throws if the lengths differ, a label is not 0 or 1, a score is not finite, or there are no samples.
 */
export function checkScored(scores: ArrayLike<number>, labels: ArrayLike<number>, what: string): void {
  if (scores.length !== labels.length || scores.length === 0) {
    throw new Error(
      `${what}: ${scores.length} scores for ${labels.length} labels; pass one score for each label, at least one`,
    );
  }
  checkLabels(what, labels);
  for (let i = 0; i < labels.length; i++) {
    if (!Number.isFinite(scores[i])) {
      throw new Error(
        `${what}: score ${i} is ${scores[i]}; the net's output is not finite, so nothing can be ranked`,
      );
    }
  }
}

/**
 * Counts at `score >= threshold`.
 *
 * @throws as {@link checkScored}, and where the threshold is NaN
 */
export function confusion(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold = 0.5): Confusion {
  checkScored(scores, labels, 'confusion');
  if (Number.isNaN(threshold)) throw new Error('confusion: the threshold is NaN; no score reaches it');
  const counts = { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };
  for (let i = 0; i < scores.length; i++) {
    const predicted = scores[i] >= threshold;
    if (labels[i] === 1) counts[predicted ? 'truePositives' : 'falseNegatives']++;
    else counts[predicted ? 'falsePositives' : 'trueNegatives']++;
  }
  return counts;
}

/** Share of right predictions. */
export function accuracyOf(c: Confusion): number {
  return (c.truePositives + c.trueNegatives) / total(c);
}

/** Share of the diseased that are found (recall); NaN where there are none. */
export function sensitivityOf(c: Confusion): number {
  return c.truePositives / (c.truePositives + c.falseNegatives);
}

/** Share of the healthy that are left alone; NaN where there are none. */
export function specificityOf(c: Confusion): number {
  return c.trueNegatives / (c.trueNegatives + c.falsePositives);
}

/** Mean of the recalls of the classes present (scikit-learn's rule where one class is missing). */
export function balancedAccuracyOf(c: Confusion): number {
  const recalls = [sensitivityOf(c), specificityOf(c)].filter((recall) => !Number.isNaN(recall));
  return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
}

/** Matthews correlation coefficient, in [-1, 1]; 0 where a margin of the table is empty. */
export function mccOf(c: Confusion): number {
  const { truePositives: tp, falsePositives: fp, trueNegatives: tn, falseNegatives: fn } = c;
  const margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return margins === 0 ? 0 : (tp * tn - fp * fn) / Math.sqrt(margins);
}

function total(c: Confusion): number {
  return c.truePositives + c.falsePositives + c.trueNegatives + c.falseNegatives;
}

/**
 * Share of right predictions, where a score of `threshold` or more predicts 1.
 * @throws as `confusion`
 */
export function accuracy(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold = 0.5): number {
  return accuracyOf(confusion(scores, labels, threshold));
}

/**
 * Mean of sensitivity and specificity, where a score of `threshold` or more predicts 1.
 * @throws as `confusion`
 */
export function balancedAccuracy(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  threshold = 0.5,
): number {
  return balancedAccuracyOf(confusion(scores, labels, threshold));
}

/**
 * Share of the positives that a score of `threshold` or more finds.
 * @throws as `confusion`
 */
export function sensitivity(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold = 0.5): number {
  return sensitivityOf(confusion(scores, labels, threshold));
}

/**
 * Share of the negatives whose score is below `threshold`.
 * @throws as `confusion`
 */
export function specificity(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold = 0.5): number {
  return specificityOf(confusion(scores, labels, threshold));
}

/**
 * Matthews' correlation of predictions and labels, where a score of `threshold` or more predicts 1.
 * @throws as `confusion`
 */
export function mcc(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold = 0.5): number {
  return mccOf(confusion(scores, labels, threshold));
}
