/**
 * Scores of a classifier with two or more classes from its logits: accuracy, recall and precision of each class, areas
 * under the ROC curves of each class against the rest, calibration. With two classes the areas are those of the binary
 * scores.
 */
import { type BootstrapOptions, resampleCounts } from './bootstrap.ts';
import { binOf } from './calibration.ts';
import { checkFinite, checkWhole } from './checks.ts';
import { exp, log } from './portable-math.ts';
import { aucOf, averagePrecisionOf, type Ranking, rank } from './ranking.ts';
import { type Interval, percentileInterval } from './summary.ts';

/** Bins of the calibration error, of equal width. */
const bins = 15;

/** Outputs of a classifier for n images, and what is right. */
export interface ScoredClasses {
  /** Logits [n, width], row-major. */
  readonly logits: ArrayLike<number>;
  /** Number of classes. */
  readonly width: number;
  /** Class of each image, from 0. */
  readonly labels: ArrayLike<number>;
}

/** Scores of one class. NaN where they are not defined: a class without images, or that is never answered. */
export interface ClassMetrics {
  /** Images of this class. */
  readonly n: number;
  /** Share of its images that are answered rightly (sensitivity). */
  readonly recall: number;
  /** Share of its answers that are right. */
  readonly precision: number;
  /** Area under the ROC curve of this class against the rest. */
  readonly auc: number;
  /** Average precision of this class against the rest. */
  readonly averagePrecision: number;
}

/** Scores of a classifier on one split. */
export interface MulticlassMetrics {
  /** Images scored. */
  readonly n: number;
  /** Share of images whose most probable class is right. */
  readonly accuracy: number;
  /** Mean recall of the classes that have images here. */
  readonly balancedAccuracy: number;
  /** Mean area under the ROC curves of one class against the rest (macro average), of the classes with images here. */
  readonly auc: number;
  /**
   * Expected calibration error of the most probable class (Guo et al., ICML 2017), 15 bins: how far its probability is
   * from the share of right answers.
   */
  readonly calibrationError: number;
  /** Mean over images of the sum over classes of (probability - truth)^2 (Brier 1950): from 0 to 2. */
  readonly brier: number;
  /** Mean cross-entropy in nats. */
  readonly logLoss: number;
  /** Scores of each class, in the order of the logits. */
  readonly classes: readonly ClassMetrics[];
  /** Images by truth (first index) and answer (second). */
  readonly confusion: readonly (readonly number[])[];
}

/** The scores that {@link evaluateClasses} gives an interval. */
export type IntervalName = 'accuracy' | 'balancedAccuracy' | 'auc' | 'calibrationError' | 'brier' | 'logLoss';
const intervalNames: readonly IntervalName[] = [
  'accuracy',
  'balancedAccuracy',
  'auc',
  'calibrationError',
  'brier',
  'logLoss',
];

/** Scores with percentile bootstrap intervals over the images. */
export interface EvaluatedClasses {
  /** The scores themselves. */
  readonly scores: MulticlassMetrics;
  /** An interval of each score; absent where no resample defines it. */
  readonly intervals: Readonly<Partial<Record<IntervalName, Interval>>>;
  /** Of each class's recall; undefined where no resample has an image of it. */
  readonly recallIntervals: readonly (Interval | undefined)[];
}

/**
 * Scores a classifier on one split, with intervals.
 * @throws on labels that are no class, logits that are not finite, or as many of them as do not fit.
 */
export function evaluateClasses(split: ScoredClasses, bootstrap: BootstrapOptions = {}): EvaluatedClasses {
  const prepared = prepare(split);
  const resamples = resampleCounts(split.labels.length, bootstrap).map((counts) => score(prepared, counts));
  const interval = (pick: (scores: MulticlassMetrics) => number): Interval | undefined => {
    const values = resamples.map(pick).filter((value) => !Number.isNaN(value));
    return values.length > 0 ? percentileInterval(values, bootstrap.level ?? 0.95) : undefined;
  };
  const intervals: Partial<Record<IntervalName, Interval>> = {};
  for (const name of intervalNames) {
    const found = interval((scores) => scores[name]);
    if (found) intervals[name] = found;
  }
  const scores = score(prepared);
  return {
    scores,
    intervals,
    recallIntervals: scores.classes.map((_, k) => interval(({ classes }) => classes[k].recall)),
  };
}

/** The mean area under the ROC curves of each class against the rest. NaN where a class has no image. */
export function macroAuc(split: ScoredClasses): number {
  return meanOf(prepare(split).rankings.map((ranking) => aucOf(ranking)));
}

/**
 * Log-odds of one class against all others: z_k - log(sum of e^z of the others). Confident nets do not tie in them, as
 * they do in probabilities.
 */
export function logOddsAgainstRest(
  { logits, width }: Omit<ScoredClasses, 'labels'>,
  k: number,
): Float64Array {
  return Float64Array.from({ length: logits.length / width }, (_, n) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < width; j++) if (j !== k) largest = Math.max(largest, logits[n * width + j]);
    let sum = 0;
    for (let j = 0; j < width; j++) if (j !== k) sum += exp(logits[n * width + j] - largest);
    return logits[n * width + k] - largest - log(sum);
  });
}

/** What thousands of resamples share. */
interface Prepared {
  readonly width: number;
  readonly labels: ArrayLike<number>;
  /** The most probable class of each image, and its probability. */
  readonly answers: Int32Array;
  readonly confidences: Float64Array;
  readonly squares: Float64Array;
  readonly entropies: Float64Array;
  /** One for each class against the rest. */
  readonly rankings: readonly Ranking[];
}

function prepare({ logits, width, labels }: ScoredClasses): Prepared {
  checkWhole('evaluateClasses: the number of classes', width, 2);
  const n = labels.length;
  if (n === 0 || logits.length !== n * width) {
    throw new Error(`evaluateClasses: ${logits.length} logits of ${width} classes for ${n} labels`);
  }
  checkFinite('evaluateClasses', logits);
  const answers = new Int32Array(n);
  const [confidences, squares, entropies] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    checkWhole(`evaluateClasses: label ${i}`, labels[i], 0, width - 1);
    const row = Array.from({ length: width }, (_, k) => logits[i * width + k]);
    const largest = Math.max(...row);
    const sum = row.reduce((total, z) => total + exp(z - largest), 0);
    answers[i] = row.indexOf(largest);
    confidences[i] = 1 / sum;
    entropies[i] = log(sum) + largest - row[labels[i]];
    squares[i] = row.reduce((t, z, k) => t + (exp(z - largest) / sum - Number(k === labels[i])) ** 2, 0);
  }
  const rankings = Array.from({ length: width }, (_, k) =>
    rank(
      logOddsAgainstRest({ logits, width }, k),
      Array.from(labels, (label) => Number(label === k)),
    ),
  );
  return { width, labels, answers, confidences, squares, entropies, rankings };
}

function score(prepared: Prepared, counts?: ArrayLike<number>): MulticlassMetrics {
  const { width, labels, answers, confidences, squares, entropies, rankings } = prepared;
  const confusion = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  const gaps = new Float64Array(bins);
  let [n, right, squared, entropy] = [0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    const weight = counts === undefined ? 1 : counts[i];
    if (weight === 0) continue;
    const isRight = Number(answers[i] === labels[i]);
    confusion[labels[i]][answers[i]] += weight;
    gaps[binOf(confidences[i], bins)] += weight * (confidences[i] - isRight);
    n += weight;
    right += weight * isRight;
    squared += weight * squares[i];
    entropy += weight * entropies[i];
  }
  const classes = rankings.map((ranking, k) => {
    const own = confusion[k].reduce((sum, count) => sum + count, 0);
    const answered = confusion.reduce((sum, row) => sum + row[k], 0);
    return {
      n: own,
      recall: confusion[k][k] / own,
      precision: confusion[k][k] / answered,
      auc: aucOf(ranking, counts),
      averagePrecision: averagePrecisionOf(ranking, counts),
    };
  });
  return {
    n,
    accuracy: right / n,
    balancedAccuracy: meanOf(defined(classes.map(({ recall }) => recall))),
    auc: meanOf(defined(classes.map(({ auc }) => auc))),
    calibrationError: gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / n,
    brier: squared / n,
    logLoss: entropy / n,
    classes,
    confusion,
  };
}

/** A resample may lack a rare class. */
const defined = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
