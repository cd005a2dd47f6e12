/** Which nets may stand for a recipe where one line has to do: none that early stopping kept before it had learnt. */
import { mean } from '@glassbox/metrics';
import { keptUntrained } from './learning.ts';
import { decimal, list, seedCount } from './phrases.ts';
import type { ResultRow, VariantId } from './results.ts';
import type { Analysis, VariantSummary } from './statistics.ts';

/** The same training as `variant`, kept by validation AUC. */
const byAuc = (variant: VariantId): VariantId => `${variant}-kept-by-auc`;

const trained = (v: VariantSummary | undefined): boolean =>
  v?.rows.every((row) => !keptUntrained(row)) ?? false;

/**
 * The recipes to compare for a statement on `a` and `b`: themselves, or, where a net of either was kept untrained,
 * the same trainings kept by validation AUC. Undefined where that leaves nothing to compare.
 */
export function fairPair(
  analysis: Analysis,
  a: VariantId,
  b: VariantId,
): { a: VariantId; b: VariantId; replaced: boolean } | undefined {
  const [one, other] = [analysis.find(a), analysis.find(b)];
  if (!one || !other) return undefined;
  if (trained(one) && trained(other)) return { a, b, replaced: false };
  const [oneByAuc, otherByAuc] = [byAuc(a), byAuc(b)];
  if (!trained(analysis.find(oneByAuc)) || !trained(analysis.find(otherByAuc))) return undefined;
  return { a: oneByAuc, b: otherByAuc, replaced: true };
}

/** What to say of a recipe in one line. */
export interface Headline {
  /** The recipe whose scores may be given; absent where every choice has untrained nets. */
  readonly shown?: VariantSummary;
  /** Said beside the scores, or instead of them. */
  readonly note?: string;
}

/** The recipe itself, or what has to be said before any score of it. Undefined where it was not run. */
export function headline(analysis: Analysis, variant: VariantId): Headline | undefined {
  const summary = analysis.find(variant);
  if (!summary) return undefined;
  const early = summary.rows.filter(keptUntrained);
  if (early.length === 0) return { shown: summary };
  const told = `early stopping on the ${summary.rows[0].training.monitor.replace(/ \(.*/, '')} kept ${
    summary.rows.length === 1 ? 'its net' : `${early.length} of ${summary.rows.length} nets`
  } before ${early.length === 1 ? 'it' : 'they'} had learnt: ${epochs(early)}, validation AUC ${few(early.map((row) => decimal(row.val.auc)))}`;
  const alternative = analysis.find(byAuc(variant));
  if (alternative && trained(alternative)) {
    return { shown: alternative, note: `kept by validation AUC, since ${told}` };
  }
  const rest = summary.rows.filter((row) => !keptUntrained(row));
  const others =
    rest.length === 0
      ? 'its scores are near those of initial weights and say nothing of the recipe'
      : `the other ${seedCount(rest.length)} ${rest.length === 1 ? 'has' : 'have'} test AUC ${decimal(mean(rest.map((row) => row.test.auc)))}${rest.length > 1 ? ' on average' : ''}`;
  return { note: `${told}; ${others}` };
}

/**
 * The recipe that may stand for `variant` in a comparison: itself, or the same training kept by AUC; else undefined.
 */
export function standIn(analysis: Analysis, variant: VariantId): VariantSummary | undefined {
  return headline(analysis, variant)?.shown;
}

function epochs(rows: readonly ResultRow[]): string {
  const kept = [...new Set(rows.map(({ bestEpoch }) => bestEpoch))];
  if (kept.length === 1 && kept[0] === 0) return 'no epoch';
  return `${kept.length === 1 ? 'epoch' : 'epochs'} ${few(kept.map(String))}`;
}

/** All of a few, or the first ones of many. */
function few(items: readonly string[], most = 4): string {
  return items.length > most ? `${items.slice(0, most).join(', ')}, …` : list(items);
}
