/**
 * The scores of the MedMNIST benchmark by the definitions of its Python package (`medmnist/evaluator.py`, version
 * 3.0.2; Yang et al., Scientific Data 10, 2023), and beside them what these two numbers hide: each class, and how far
 * probabilities can be trusted. All are computed from probabilities, which the benchmark keeps in files.
 */
import { type BootstrapOptions, resampleCounts } from './bootstrap.ts';
import { binOf } from './calibration.ts';
import { checkProbabilities, checkWhole } from './checks.ts';
import type { ClassMetrics } from './multiclass.ts';
import { aucOf, averagePrecisionOf, type Ranking, rank } from './ranking.ts';
import { type Interval, percentileInterval } from './summary.ts';

/** What the labels of a MedMNIST set mean, as its package says it. */
export type MedmnistTask =
  | 'multi-class'
  | 'binary-class'
  | 'multi-label, binary-class'
  | 'ordinal-regression';

/** Bins of the calibration error, of equal width. */
const bins = 15;

/** Probabilities of n images, and what is right. */
export interface ScoredProbabilities {
  /** What the labels mean. */
  readonly task: MedmnistTask;
  /** Probabilities [n, width], row-major: of each class (softmax), or of each finding (sigmoid) if multi-label. */
  readonly probabilities: ArrayLike<number>;
  /** Number of classes, or of findings. */
  readonly width: number;
  /** The class of each image; if multi-label [n, width] of 0 and 1. */
  readonly labels: ArrayLike<number>;
}

/** Scores of one split. */
export interface MedmnistScores {
  /** Images scored. */
  readonly n: number;
  /**
   * The benchmark's AUC. Two classes: of the last column. More classes, also ordered ones: the mean of each class
   * against the rest. Findings: the mean over the findings. Only columns whose AUC is defined count; NaN if none is.
   */
  readonly auc: number;
  /**
   * The benchmark's accuracy. Two classes: the last column above 0.5 (not at it). More classes: the largest column,
   * the first of equal ones. Findings: above 0.5, and the mean over the findings.
   */
  readonly accuracy: number;
  /** Columns whose AUC is not defined, because all images have this class or none has. The package fails on them. */
  readonly undefinedAuc: readonly number[];
  /** Mean recall of the classes or findings that have images here. */
  readonly meanRecall: number;
  /**
   * Expected calibration error, 15 bins: of the most probable class (Guo et al., ICML 2017), or the mean over the
   * findings of that of each probability (Naeini et al., AAAI 2015).
   */
  readonly calibrationError: number;
  /**
   * Mean squared difference of probability and truth (Brier 1950): the sum over the classes, from 0 to 2; or the mean
   * over the findings, from 0 to 1.
   */
  readonly brier: number;
  /** Scores of each class or finding, in the order of the columns. */
  readonly classes: readonly ClassMetrics[];
  /** Images by truth (first index) and answer (second); absent if multi-label. */
  readonly confusion?: readonly (readonly number[])[];
}

/** Percentile bootstrap intervals over the images; absent where no resample defines the score. */
export interface MedmnistIntervals {
  /** Of the benchmark's AUC. */
  readonly auc?: Interval;
  /** Of the benchmark's accuracy. */
  readonly accuracy?: Interval;
}

const isMultiLabel = (task: MedmnistTask) => task === 'multi-label, binary-class';

/** What thousands of resamples share. */
interface Prepared extends ScoredProbabilities {
  readonly n: number;
  /** Rankings of the columns that count for the AUC, and of all columns. */
  readonly counted: readonly Ranking[];
  readonly rankings: readonly Ranking[];
  /** Share of right answers of each image. */
  readonly right: Float64Array;
}

/**
 * Scores a split.
 * @throws on probabilities outside [0, 1], labels that are no class, or numbers of them that do not fit.
 */
export function medmnistScores(scored: ScoredProbabilities): MedmnistScores {
  const prepared = prepare(scored);
  const { task, width, n, rankings, counted, right } = prepared;
  const aucs = rankings.map((ranking) => aucOf(ranking));
  const confusion = isMultiLabel(task) ? undefined : confusionOf(prepared);
  const classes = rankings.map((ranking, k): ClassMetrics => {
    const { own, answered, found } = confusion ? fromConfusion(confusion, k) : countFinding(prepared, k);
    const averagePrecision = averagePrecisionOf(ranking);
    return { n: own, recall: found / own, precision: found / answered, auc: aucs[k], averagePrecision };
  });
  const undefinedAuc = aucs.flatMap((auc, k) => (Number.isNaN(auc) ? [k] : []));
  return {
    n,
    auc: meanOf(defined(counted.map((ranking) => aucOf(ranking)))),
    accuracy: meanOf([...right]),
    undefinedAuc: task === 'binary-class' ? undefinedAuc.filter((k) => k === width - 1) : undefinedAuc,
    meanRecall: meanOf(defined(classes.map(({ recall }) => recall))),
    calibrationError: errorOfCalibration(prepared),
    brier: brierOf(prepared),
    classes,
    ...(confusion ? { confusion } : {}),
  };
}

/** Intervals of the benchmark's two scores. @throws as {@link medmnistScores} */
export function medmnistIntervals(
  scored: ScoredProbabilities,
  bootstrap: BootstrapOptions = {},
): MedmnistIntervals {
  const { n, counted, right } = prepare(scored);
  const resamples = resampleCounts(n, bootstrap);
  const interval = (values: readonly number[]) =>
    values.length > 0 ? percentileInterval(values, bootstrap.level ?? 0.95) : undefined;
  const auc = interval(
    defined(resamples.map((counts) => meanOf(defined(counted.map((ranking) => aucOf(ranking, counts)))))),
  );
  const accuracy = interval(
    resamples.map((counts) => right.reduce((sum, share, i) => sum + counts[i] * share, 0) / n),
  );
  return { ...(auc ? { auc } : {}), ...(accuracy ? { accuracy } : {}) };
}

function prepare(scored: ScoredProbabilities): Prepared {
  const { task, probabilities, width, labels } = scored;
  const columns = isMultiLabel(task) ? width : 1;
  checkWhole('medmnistScores: the number of columns', width, columns === 1 ? 2 : 1);
  if (task === 'binary-class' && width !== 2) {
    throw new Error(`medmnistScores: ${width} columns for a task of two classes; pass a probability of each`);
  }
  const n = probabilities.length / width;
  if (n === 0 || labels.length !== n * columns) {
    throw new Error(
      `medmnistScores: ${probabilities.length} probabilities of ${width} columns for ${labels.length} labels; ` +
        `with this task (${task}) there are ${columns} labels for each image`,
    );
  }
  checkProbabilities('medmnistScores', probabilities);
  for (let i = 0; i < labels.length; i++) {
    checkWhole(`medmnistScores: label ${i}`, labels[i], 0, columns === 1 ? width - 1 : 1);
  }
  const column = (k: number) => Float64Array.from({ length: n }, (_, i) => probabilities[i * width + k]);
  const truth = (k: number) =>
    Uint8Array.from({ length: n }, (_, i) =>
      Number(columns === 1 ? labels[i] === k : labels[i * width + k] === 1),
    );
  const rankings = Array.from({ length: width }, (_, k) => rank(column(k), truth(k)));
  const counted = task === 'binary-class' ? rankings.slice(-1) : rankings;
  return { ...scored, n, rankings, counted, right: rightShares(scored, n) };
}

function rightShares(scored: ScoredProbabilities, n: number): Float64Array {
  const { task, probabilities, width, labels } = scored;
  return Float64Array.from({ length: n }, (_, i) => {
    if (!isMultiLabel(task)) return Number(answerOf(scored, i) === labels[i]);
    let right = 0;
    for (let k = 0; k < width; k++) {
      right += Number(Number(probabilities[i * width + k] > 0.5) === labels[i * width + k]);
    }
    return right / width;
  });
}

/** The first of the largest columns; with two classes the second if it is above 0.5. */
function answerOf({ task, probabilities, width }: ScoredProbabilities, i: number): number {
  if (task === 'binary-class') return Number(probabilities[i * width + 1] > 0.5);
  let answer = 0;
  for (let k = 1; k < width; k++) {
    if (probabilities[i * width + k] > probabilities[i * width + answer]) answer = k;
  }
  return answer;
}

function confusionOf(prepared: Prepared): number[][] {
  const { width, labels, n } = prepared;
  const confusion = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  for (let i = 0; i < n; i++) confusion[labels[i]][answerOf(prepared, i)]++;
  return confusion;
}

const fromConfusion = (confusion: readonly (readonly number[])[], k: number) => ({
  own: confusion[k].reduce((sum, count) => sum + count, 0),
  answered: confusion.reduce((sum, row) => sum + row[k], 0),
  found: confusion[k][k],
});

function countFinding({ probabilities, width, labels, n }: Prepared, k: number) {
  let [own, answered, found] = [0, 0, 0];
  for (let i = k; i < n * width; i += width) {
    const said = Number(probabilities[i] > 0.5);
    own += labels[i];
    answered += said;
    found += said * labels[i];
  }
  return { own, answered, found };
}

function errorOfCalibration(prepared: Prepared): number {
  const { task, probabilities, width, labels, n } = prepared;
  if (isMultiLabel(task)) {
    const errors = Array.from({ length: width }, (_, k) =>
      binnedGap(n, (i) => [probabilities[i * width + k], labels[i * width + k]]),
    );
    return meanOf(errors);
  }
  return binnedGap(n, (i) => {
    const answer = answerOf(prepared, i);
    return [probabilities[i * width + answer], Number(answer === labels[i])];
  });
}

function brierOf({ task, probabilities, width, labels, n }: Prepared): number {
  const findings = isMultiLabel(task);
  let sum = 0;
  for (let at = 0; at < n * width; at++) {
    const truth = findings ? labels[at] : Number(labels[Math.floor(at / width)] === at % width);
    sum += (probabilities[at] - truth) ** 2;
  }
  return sum / (findings ? n * width : n);
}

/** Sum over bins of |sum of (probability - truth)| / n. */
function binnedGap(n: number, pair: (i: number) => readonly [probability: number, truth: number]): number {
  const gaps = new Float64Array(bins);
  for (let i = 0; i < n; i++) {
    const [probability, truth] = pair(i);
    gaps[binOf(probability, bins)] += probability - truth;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / n;
}

const defined = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
