/** What the labels alone say: how many images carry each finding, and what a constant answer would score. */

import { accuracyOf, balancedAccuracyOf, mccOf, sensitivityOf, specificityOf } from './binary.ts';
import { checkLabels } from './checks.ts';

/** Counts over one split. */
export interface LabelCounts {
  /** Number of images. */
  n: number;
  /** Images with at least one finding. */
  positives: number;
  /** How many images have each finding. */
  findings: { name: string; count: number }[];
}

/**
 * Counts each finding of a multi-label array.
 *
 * @param labels 0/1, row-major [n, names.length] (ChestMNIST's 14 findings)
 * @throws if the length is not a multiple of the number of names, or a value is neither 0 nor 1
 */
export function labelDistribution(labels: ArrayLike<number>, names: readonly string[]): LabelCounts {
  const k = names.length;
  if (k === 0 || labels.length % k !== 0) {
    throw new Error(`labelDistribution: ${labels.length} labels do not make rows of ${k} findings`);
  }
  const n = labels.length / k;
  const counts = new Array<number>(k).fill(0);
  let positives = 0;
  for (let i = 0; i < n; i++) {
    let any = false;
    for (let f = 0; f < k; f++) {
      const label = labels[i * k + f];
      if (label !== 0 && label !== 1) {
        throw new Error(`labelDistribution: ${names[f]} of row ${i} is ${label}; labels must be 0 or 1`);
      }
      if (label === 1) {
        counts[f]++;
        any = true;
      }
    }
    if (any) positives++;
  }
  return { n, positives, findings: names.map((name, f) => ({ name, count: counts[f] })) };
}

/** Scores of answering "healthy" (0) always, or "diseased" (1) always. Ranking scores are those of a constant. */
export interface ConstantBaseline {
  /** Share of right answers. */
  accuracy: number;
  /** Mean of sensitivity and specificity: 0.5 for a constant. */
  balancedAccuracy: number;
  /** 0 for the answer "healthy", 1 for "diseased". */
  sensitivity: number;
  /** 1 for the answer "healthy", 0 for "diseased". */
  specificity: number;
  /** Matthews' correlation: 0 for a constant. */
  mcc: number;
  /** Area under the ROC curve: 0.5 for a constant score. */
  auc: number;
  /** Average precision of a constant score: the share of positives. */
  averagePrecision: number;
}

/**
 * Scores of a classifier that always gives one answer: what any other must beat.
 * @param answer 0: always healthy (the default); 1: always diseased
 * @throws on no labels, or one that is neither 0 nor 1
 */
export function constantBaseline(labels: ArrayLike<number>, answer: 0 | 1 = 0): ConstantBaseline {
  checkLabels('constantBaseline', labels);
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0 && labels[i] !== 1) {
      throw new Error(`constantBaseline: label ${i} is ${labels[i]}; labels must be 0 or 1`);
    }
    positives += labels[i];
  }
  const negatives = labels.length - positives;
  const counts =
    answer === 0
      ? { truePositives: 0, falsePositives: 0, trueNegatives: negatives, falseNegatives: positives }
      : { truePositives: positives, falsePositives: negatives, trueNegatives: 0, falseNegatives: 0 };
  return {
    accuracy: accuracyOf(counts),
    balancedAccuracy: balancedAccuracyOf(counts),
    sensitivity: sensitivityOf(counts),
    specificity: specificityOf(counts),
    mcc: mccOf(counts),
    auc: 0.5,
    averagePrecision: positives / labels.length,
  };
}

/** The classifier that calls everyone healthy: what an accuracy has to beat. */
export function alwaysHealthy(labels: ArrayLike<number>): ConstantBaseline {
  return constantBaseline(labels, 0);
}
