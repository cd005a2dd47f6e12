/**
 * Whether a net learnt anything, by its validation scores: what the report may headline, and whose latent space is
 * worth a look.
 */

import { aucStandardError, type SplitMetrics } from '@glassbox/metrics';
import type { LoggedEpoch, ResultRow } from './results.ts';

/** A gain in validation AUC after the kept epoch that says that there was more to learn. */
const STILL_IMPROVED = 0.02;

/** Whether an AUC is more than two standard errors (of chance, over the choice of images) above 0.5. */
export function aboveChance({ auc, n, positives }: Pick<SplitMetrics, 'auc' | 'n' | 'positives'>): boolean {
  return auc > 0.5 + 2 * aucStandardError(0.5, positives, n - positives);
}

/** Whether the validation split shows that the net ranks better than chance. */
export function provenToRank({ val }: Pick<ResultRow, 'val'>): boolean {
  return aboveChance(val);
}

/** What an epoch scored by ranking on validation, where it was computed. */
export type Ranked = LoggedEpoch & { readonly valAuc: number };

/** A net's kept epoch beside the one with its highest validation AUC; undefined where no epoch was ranked. */
export function rankedEpochs({
  history,
  bestEpoch,
}: Pick<ResultRow, 'history' | 'bestEpoch'>): { kept: Ranked; highest: Ranked } | undefined {
  const epochs = history.filter((record): record is Ranked => record.valAuc !== undefined);
  const kept = epochs.find(({ epoch }) => epoch === bestEpoch);
  return kept && { kept, highest: epochs.reduce((best, one) => (one.valAuc > best.valAuc ? one : best)) };
}

/**
 * Whether early stopping kept an epoch that validation cannot tell from chance although training went on: the first
 * one (or none), or one that a later epoch outranked. With few validation images the loss, which also punishes
 * confidence, may turn before anything is learnt.
 */
export function keptUntrained(row: ResultRow): boolean {
  if (row.epochs <= row.bestEpoch || provenToRank(row)) return false;
  const ranked = rankedEpochs(row);
  const outranked = ranked !== undefined && ranked.highest.valAuc > ranked.kept.valAuc + STILL_IMPROVED;
  return row.bestEpoch <= 1 || outranked;
}
