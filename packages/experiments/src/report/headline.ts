/** Which nets may stand for a recipe where one line has to do: none that early stopping kept before it had learnt. */
import { mean } from '@glassbox/metrics';
import { html, type Part } from './html.ts';
import { keptUntrained } from './learning.ts';
import { decimal, list, seedCount, spread, verdictWords } from './phrases.ts';
import { byAuc, type ResultRow } from './results.ts';
import type { Analysis, VariantSummary } from './statistics.ts';

const trained = (v: VariantSummary | undefined): boolean =>
  v?.rows.every((row) => !keptUntrained(row)) ?? false;

/**
 * The recipes to compare for a statement on `a` and `b`: themselves, or, where a net of either was kept untrained,
 * the same trainings kept by validation AUC. Undefined where that leaves nothing to compare.
 */
export function fairPair(
  analysis: Analysis,
  a: string,
  b: string,
): { a: string; b: string; replaced: boolean } | undefined {
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
export function headline(analysis: Analysis, variant: string): Headline | undefined {
  const summary = analysis.find(variant);
  if (!summary) return undefined;
  const early = summary.rows.filter(keptUntrained);
  if (early.length === 0) return { shown: summary };
  const monitor = summary.rows[0].training.monitor.replace(/ \(.*/, '');
  const nets = summary.rows.length === 1 ? 'its net' : `${early.length} of ${summary.rows.length} nets`;
  const told =
    `early stopping on the ${monitor} kept ${nets} before ${early.length === 1 ? 'it' : 'they'} had learnt: ` +
    `${epochs(early)}, validation AUC ${few(early.map((row) => decimal(row.val.auc)))}`;
  const alternative = analysis.find(byAuc(variant));
  if (alternative && trained(alternative)) {
    return { shown: alternative, note: `kept by validation AUC, since ${told}` };
  }
  const rest = summary.rows.filter((row) => !keptUntrained(row));
  const others =
    rest.length === 0
      ? 'its scores are near those of initial weights and say nothing of the recipe'
      : `the other ${seedCount(rest.length)} ${rest.length === 1 ? 'has' : 'have'} test AUC ` +
        `${decimal(mean(rest.map((row) => row.test.auc)))}${rest.length > 1 ? ' on average' : ''}`;
  return { note: `${told}; ${others}` };
}

/**
 * The recipe that may stand for `variant` in a comparison: itself, or the same training kept by AUC; else undefined.
 */
export function standIn(analysis: Analysis, variant: string): VariantSummary | undefined {
  return headline(analysis, variant)?.shown;
}

/** A recipe's scores in one line of the summary. */
export function scores(v: VariantSummary): string {
  return `AUC ${spread(v.test.auc)}, accuracy ${spread(v.test.accuracy)}`;
}

/** A line of the summary: what may be said of a recipe, and how it stands to another. */
export function summaryLine(name: string, { shown, note }: Headline, ending = ''): Part {
  if (!shown) return html`${name}: <b>no score to go by</b>: ${note}.`;
  return html`${name}: ${scores(shown)}${note ? ` (${note})` : ''}${ending}.`;
}

/** How a recipe's AUC stands to another's, between nets that were trained: the ending of such a line. */
export function standing(analysis: Analysis, a: string, b: string, name = 'training from scratch'): string {
  const pair = fairPair(analysis, a, b);
  const difference = pair && analysis.difference(pair.a, pair.b, 'auc');
  if (!difference) return '';
  const both = pair.replaced ? ', both kept by AUC' : '';
  if (difference.verdict === 'undecided') return `; AUC not shown to differ from ${name}${both}`;
  return `; AUC ${verdictWords(difference)} than ${name} by ${decimal(Math.abs(difference.value))}${both}`;
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
