/**
 * Choosing a decision threshold on validation data.
 *
 * Candidates are 0.5 itself, and for every pair of neighbouring distinct probabilities the point halfway between
 * them, plus one below all and one above all. The candidate with the highest criterion wins; of equals, the one nearest
 * to 0.5, and of two as near, the lower. So a threshold moves away from 0.5 only where validation data reward it.
 */
import { checkScored } from './binary.ts';
import { checkProbabilities } from './checks.ts';
import { rank } from './ranking.ts';

/** What the threshold maximises. */
export type ThresholdCriterion = 'accuracy' | 'balancedAccuracy';

/**
 * Chooses the probability from which on a sample counts as positive.
 * @param probabilities p(positive) of each validation sample
 * @returns the threshold t (predict positive where p >= t) and the criterion's value there
 * @throws on probabilities outside [0, 1], another criterion, or for `balancedAccuracy` where a class is missing
 */
export function bestThreshold(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  criterion: ThresholdCriterion = 'accuracy',
): { threshold: number; value: number } {
  checkScored(probabilities, labels, 'bestThreshold');
  checkProbabilities('bestThreshold', probabilities);
  if (criterion !== 'accuracy' && criterion !== 'balancedAccuracy') {
    throw new Error(`bestThreshold: criterion '${criterion}'; pass 'accuracy' or 'balancedAccuracy'`);
  }
  const ranking = rank(probabilities, labels);
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i];
  const negatives = labels.length - positives;
  if (criterion === 'balancedAccuracy' && (positives === 0 || negatives === 0)) {
    throw new Error(`bestThreshold: all labels are ${labels[0]}; balanced accuracy needs both classes`);
  }
  const criterionAt = (tp: number, fp: number): number =>
    criterion === 'accuracy'
      ? (tp + negatives - fp) / labels.length
      : (tp / positives + (negatives - fp) / negatives) / 2;

  const score = (position: number): number => probabilities[ranking.order[position]];
  let best = { threshold: Number.NaN, value: -1 };
  const consider = (threshold: number, value: number): void => {
    const nearer = Math.abs(threshold - 0.5) - Math.abs(best.threshold - 0.5);
    if (
      value > best.value ||
      (value === best.value && (nearer < 0 || (nearer === 0 && threshold < best.threshold)))
    ) {
      best = { threshold, value };
    }
  };
  // Cut k: the k highest-scoring groups are called positive.
  let tp = 0;
  let fp = 0;
  let position = 0;
  for (let cut = 0; cut <= ranking.ends.length; cut++) {
    const above = position === 0 ? 1 + 1e-9 : score(position - 1);
    const below = position === labels.length ? 0 : score(position);
    // Anything in (below, above] makes this cut; 0.5 itself, where it lies there.
    const value = criterionAt(tp, fp);
    if (below < 0.5 && 0.5 <= above) consider(0.5, value);
    else if (position === 0) consider(above, value);
    else consider(position === labels.length ? 0 : halfway(below, above), value);
    if (cut === ranking.ends.length) break;
    for (; position < ranking.ends[cut]; position++) {
      if (labels[ranking.order[position]] === 1) tp++;
      else fp++;
    }
  }
  return best;
}

/** The midpoint of (below, above]; `above` where rounding would return `below`. */
function halfway(below: number, above: number): number {
  const middle = (below + above) / 2;
  return middle > below ? middle : above;
}
