/** Differences between latent spaces, judged by the noise of the images that they were measured on. */
import { aucStandardError } from '@glassbox/metrics';
import type { EmbeddingSituation } from '../results.ts';
import { type Verdict, verdictOf } from '../statistics.ts';

/** How the probe AUC of one space stands to another's. */
export interface ProbeDifference {
  readonly gap: number;
  /** Two standard errors of the gap over the choice of images; a little too large, since both saw the same ones. */
  readonly noise: number;
  readonly verdict: Verdict;
}

/** Probe AUC of `a` minus that of `b`. */
export function probeDifference(a: EmbeddingSituation, b: EmbeddingSituation): ProbeDifference {
  const gap = a.separation.probeAuc - b.separation.probeAuc;
  const noise = 2 * Math.hypot(probeError(a), probeError(b));
  return { gap, noise, verdict: verdictOf(gap, [gap - noise, gap + noise]) };
}

/** Whether a linear probe reads the label better than chance. */
export function probeAboveChance(s: EmbeddingSituation): boolean {
  return s.separation.probeAuc - 2 * probeError(s, 0.5) > 0.5;
}

/** Standard error of a situation's probe AUC over the choice of images. */
function probeError({ n, separation }: EmbeddingSituation, area = separation.probeAuc): number {
  const larger = Math.round(n * separation.majorityShare);
  return aucStandardError(area, n - larger, larger);
}
