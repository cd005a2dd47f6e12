/**
 * All scores of one trained net at once, from its log-odds on validation and test.
 *
 * Log-odds z = log(p/(1-p)) (for two logits: z1 - z0) rather than probabilities, because confident nets round to 1
 * and would tie.
 */
import type { Confusion } from './binary.ts';
import {
  accuracyOf,
  balancedAccuracyOf,
  checkScored,
  mccOf,
  sensitivityOf,
  specificityOf,
} from './binary.ts';
import { type BootstrapOptions, resampleCounts } from './bootstrap.ts';
import { binOf, sigmoid, softplus } from './calibration.ts';
import { aucOf, averagePrecisionOf, type Ranking, rank } from './ranking.ts';
import { type Interval, percentileInterval } from './summary.ts';
import { bestThreshold } from './threshold.ts';

/** Bins of the calibration error. */
export const CALIBRATION_BINS = 15;

/** Scores of one trained net on one split. Rates and areas are in [0, 1], MCC in [-1, 1]. */
export interface SplitMetrics {
  /** At the fixed threshold p(diseased) >= 0.5. */
  accuracy: number;
  /** Area under the ROC curve: how often a positive scores higher than a negative, ties counted half. */
  auc: number;
  /** Mean of sensitivity and specificity, at 0.5. */
  balancedAccuracy: number;
  /** Area under the precision-recall curve, as steps. */
  averagePrecision: number;
  /** Share of the positives that are found, at 0.5. */
  sensitivity: number;
  /** Share of the negatives that are left alone, at 0.5. */
  specificity: number;
  /** Matthews' correlation of predictions and labels, at 0.5. */
  mcc: number;
  /** At the threshold that maximised accuracy on the validation split (on `val` itself: optimistic by design). */
  accuracyAtValThreshold: number;
  /** Mean of sensitivity and specificity, at that threshold. */
  balancedAccuracyAtValThreshold: number;
  /** Share of the positives that are found, at that threshold. */
  sensitivityAtValThreshold: number;
  /** Share of the negatives that are left alone, at that threshold. */
  specificityAtValThreshold: number;
  /** Mean squared error of the probability. */
  brier: number;
  /** Expected calibration error, 15 bins of equal width. */
  calibrationError: number;
  /** Mean cross-entropy in nats, recomputed from the scores. */
  logLoss: number;
  /** Images scored, and how many of them are positive (diseased). */
  n: number;
  /** How many of the images are positive (diseased). */
  positives: number;
}

/** The members of {@link SplitMetrics} that are scores, not counts. */
export type MetricName = Exclude<keyof SplitMetrics, 'n' | 'positives'>;

/** Every score, in the order in which a report shows them. */
export const METRIC_NAMES = [
  'accuracy',
  'auc',
  'balancedAccuracy',
  'averagePrecision',
  'sensitivity',
  'specificity',
  'mcc',
  'accuracyAtValThreshold',
  'balancedAccuracyAtValThreshold',
  'sensitivityAtValThreshold',
  'specificityAtValThreshold',
  'brier',
  'calibrationError',
  'logLoss',
] as const satisfies readonly MetricName[];

/** One split, prepared once so that thousands of resamples can be scored in linear time each. */
export interface PreparedSplit {
  /** Log-odds of the positive class for each image. */
  logOdds: ArrayLike<number>;
  /** The same as probabilities. */
  probabilities: Float64Array;
  /** Label of each image, 0 or 1. */
  labels: ArrayLike<number>;
  /** The images sorted by their log-odds. */
  ranking: Ranking;
  /** The threshold that validation chose. */
  threshold: number;
}

/**
 * Ranks a split once, so that many resamples of it can be scored.
 * @param threshold probability threshold chosen on validation
 */
export function prepareSplit(
  logOdds: ArrayLike<number>,
  labels: ArrayLike<number>,
  threshold: number,
): PreparedSplit {
  checkScored(logOdds, labels, 'evaluate');
  return {
    logOdds,
    probabilities: Float64Array.from(logOdds, sigmoid),
    labels,
    ranking: rank(logOdds, labels),
    threshold,
  };
}

/**
 * Scores a split; with `counts`, a resample of it. AUC is NaN where the (re)sample lacks a class, as are
 * sensitivity or specificity.
 */
export function scoreSplit(split: PreparedSplit, counts?: ArrayLike<number>): SplitMetrics {
  const { probabilities, labels, logOdds } = split;
  if (counts !== undefined && counts.length !== labels.length) {
    throw new Error(`scoreSplit: ${counts.length} counts for ${labels.length} samples; pass one for each`);
  }
  const half = tally();
  const chosen = tally();
  const binGap = new Float64Array(CALIBRATION_BINS);
  let n = 0;
  let positives = 0;
  let squared = 0;
  let entropy = 0;
  for (let i = 0; i < labels.length; i++) {
    const weight = counts === undefined ? 1 : counts[i];
    if (weight === 0) continue;
    const label = labels[i];
    const p = probabilities[i];
    count(half, p >= 0.5, label, weight);
    count(chosen, p >= split.threshold, label, weight);
    const bin = binOf(p, CALIBRATION_BINS);
    binGap[bin] += weight * (p - label);
    n += weight;
    positives += weight * label;
    squared += weight * (p - label) ** 2;
    entropy += weight * softplus(label === 1 ? -logOdds[i] : logOdds[i]);
  }
  return {
    accuracy: accuracyOf(half),
    auc: aucOf(split.ranking, counts),
    balancedAccuracy: balancedAccuracyOf(half),
    averagePrecision: averagePrecisionOf(split.ranking, counts),
    sensitivity: sensitivityOf(half),
    specificity: specificityOf(half),
    mcc: mccOf(half),
    accuracyAtValThreshold: accuracyOf(chosen),
    balancedAccuracyAtValThreshold: balancedAccuracyOf(chosen),
    sensitivityAtValThreshold: sensitivityOf(chosen),
    specificityAtValThreshold: specificityOf(chosen),
    brier: squared / n,
    // sum over bins of |sum of (p - label)| / n: the counts cancel
    calibrationError: binGap.reduce((sum, gap) => sum + Math.abs(gap), 0) / n,
    logLoss: entropy / n,
    n,
    positives,
  };
}

function tally(): Confusion {
  return { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };
}

function count(c: Confusion, predicted: boolean, label: number, weight: number): void {
  if (label === 1) c[predicted ? 'truePositives' : 'falseNegatives'] += weight;
  else c[predicted ? 'falsePositives' : 'trueNegatives'] += weight;
}

/** What {@link evaluateRow} contributes to a result row. */
export interface RowEvaluation {
  /** Scores on the validation split. */
  val: SplitMetrics;
  /** Scores on the test split. */
  test: SplitMetrics;
  /** The probability from which on an image counts as positive, chosen on validation. */
  valThreshold: number;
  /** Bootstrap interval of each test score. */
  testIntervals: Partial<Record<MetricName, Interval>>;
  /** The rounded log-odds that all of this can be computed from again. */
  logOdds: { val: number[]; test: number[] };
}

/** Log-odds of the positive class and labels (0/1) of one split. */
export interface ScoredSplit {
  /** Log-odds of the positive class for each image. */
  logOdds: ArrayLike<number>;
  /** Label of each image, 0 or 1. */
  labels: ArrayLike<number>;
}

/**
 * Scores one trained net: the threshold is chosen on `val`, then applied to `test`; intervals are a percentile
 * bootstrap over the test images. Log-odds are rounded to seven significant digits first, so that everything can be
 * recomputed exactly from what `results.json` keeps.
 *
 * @throws if either split lacks one of the classes (AUC, sensitivity or specificity would be undefined)
 */
export function evaluateRow(
  splits: { val: ScoredSplit; test: ScoredSplit },
  bootstrap: BootstrapOptions = {},
): RowEvaluation {
  const rounded = { val: round(splits.val.logOdds), test: round(splits.test.logOdds) };
  for (const name of ['val', 'test'] as const) {
    checkScored(rounded[name], splits[name].labels, `evaluateRow (${name})`);
    const { labels } = splits[name];
    if (Array.prototype.every.call(labels, (label: number) => label === labels[0])) {
      throw new Error(
        `evaluateRow: all ${labels.length} ${name} labels are ${labels[0]}; scores need both classes`,
      );
    }
  }
  const valProbabilities = Float64Array.from(rounded.val, sigmoid);
  const { threshold } = bestThreshold(valProbabilities, splits.val.labels, 'accuracy');
  const test = prepareSplit(rounded.test, splits.test.labels, threshold);
  const resamples = resampleCounts(rounded.test.length, bootstrap).map((counts) => scoreSplit(test, counts));
  const testIntervals: Partial<Record<MetricName, Interval>> = {};
  for (const metric of METRIC_NAMES) {
    const values = resamples.map((scores) => scores[metric]).filter((value) => !Number.isNaN(value));
    if (values.length > 0) testIntervals[metric] = percentileInterval(values, bootstrap.level ?? 0.95);
  }
  return {
    val: scoreSplit(prepareSplit(rounded.val, splits.val.labels, threshold)),
    test: scoreSplit(test),
    valThreshold: threshold,
    testIntervals,
    logOdds: rounded,
  };
}

function round(values: ArrayLike<number>): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(7)));
}
