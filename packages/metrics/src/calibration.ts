/** Do probabilities mean what they say? Reliability bins, expected calibration error, Brier score, log loss. */
import { checkScored } from './binary.ts';
import { checkProbabilities, checkWhole } from './checks.ts';
import { exp, log1p } from './portable-math.ts';

/** One bin of equal width of the predicted probability of the positive class. */
export interface ReliabilityBin {
  /** The least probability of the bin. */
  low: number;
  /** The upper end of the bin; only the last one holds it. */
  high: number;
  /** Samples whose probability lies in the bin. */
  count: number;
  /** Mean predicted probability in the bin; NaN where it is empty. */
  meanProbability: number;
  /** Share of positives in the bin; NaN where it is empty. */
  positiveShare: number;
}

/** The bin of a probability: (0, 1/b] is 0, (1/b, 2/b] is 1, ...; 0 itself falls into the first (as scikit-learn). */
export function binOf(probability: number, bins: number): number {
  let bin = Math.max(0, Math.ceil(probability * bins) - 1);
  // The product may round across an edge: compare with the edges themselves.
  if (bin > 0 && probability <= bin / bins) bin--;
  else if (probability > (bin + 1) / bins) bin++;
  return bin;
}

/**
 * Bins [0,1/b], (1/b,2/b], ... of p(positive), closed on the right. For two classes this is the reliability diagram
 * of the positive class, not of the winning class.
 *
 * @throws if a probability lies outside [0, 1], or `bins` is no whole number of 1 or more
 */
export function reliability(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  bins = 15,
): ReliabilityBin[] {
  checkScored(probabilities, labels, 'reliability');
  checkProbabilities('reliability', probabilities);
  checkWhole('reliability: bins', bins, 1);
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  const positives = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    const p = probabilities[i];
    const bin = binOf(p, bins);
    counts[bin]++;
    sums[bin] += p;
    positives[bin] += labels[i];
  }
  return Array.from({ length: bins }, (_, b) => ({
    low: b / bins,
    high: (b + 1) / bins,
    count: counts[b],
    meanProbability: sums[b] / counts[b],
    positiveShare: positives[b] / counts[b],
  }));
}

/**
 * Expected calibration error: sum over bins of count/n |mean probability - share of positives|
 * (Naeini et al., AAAI 2015, on the positive class).
 */
export function calibrationError(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  bins = 15,
): number {
  let error = 0;
  for (const bin of reliability(probabilities, labels, bins)) {
    if (bin.count > 0) error += bin.count * Math.abs(bin.meanProbability - bin.positiveShare);
  }
  return error / labels.length;
}

/** Mean squared difference of probability and label; .25 for a constant 0.5. */
export function brier(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkScored(probabilities, labels, 'brier');
  checkProbabilities('brier', probabilities);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += (probabilities[i] - labels[i]) ** 2;
  return sum / labels.length;
}

/** Mean cross-entropy in nats from log-odds: log(1 + e^-z) for positives, log(1 + e^z) for negatives. */
export function logLoss(logOdds: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkScored(logOdds, labels, 'logLoss');
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += softplus(labels[i] === 1 ? -logOdds[i] : logOdds[i]);
  return sum / labels.length;
}

/** log(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + log1p(exp(-Math.abs(x)));
}

/** 1 / (1 + e^-x) without overflow. */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}
