/**
 * Numbers and comparisons as words. Every sentence about a difference goes through here, so none outruns its
 * interval.
 */

import type { MetricName } from '@glassbox/metrics';
import { METRIC_LABELS } from '../figures/comparison.ts';
import { type Html, html, type Part } from './html.ts';
import type { TrainingSettings } from './results.ts';
import {
  type Analysis,
  type Difference,
  type MetricSummary,
  type VariantSummary,
  type Verdict,
  verdictOf,
} from './statistics.ts';

/** Three decimals with a true minus sign, which a rounded zero does not get. */
export function decimal(value: number, digits = 3): string {
  const size = Math.abs(value).toFixed(digits);
  return value < 0 && Number(size) !== 0 ? `−${size}` : size;
}

/** With a sign, unless it rounds to zero. */
export function signed(value: number, digits = 3): string {
  const written = decimal(value, digits);
  return Number(Math.abs(value).toFixed(digits)) !== 0 && value > 0 ? `+${written}` : written;
}

/** `12.3 %` of a share. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** `1,371`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** `3 min 20 s`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  // Rounded first: 179.7 s are 3 min 0 s, not 2 min 60 s.
  const rounded = Math.round(seconds);
  const minutes = Math.floor(rounded / 60);
  if (minutes < 90) return `${minutes} min ${rounded % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `0.608 ± 0.073`; without deviation for one seed. */
export function spread(summary: MetricSummary, digits = 3): string {
  const value = decimal(summary.mean, digits);
  return summary.values.length > 1 ? `${value} ± ${summary.std.toFixed(digits)}` : value;
}

/** Values in a row, once where all are equal: `20`, or `18, 23 and 20`. */
export function each(values: readonly number[]): string {
  return new Set(values).size === 1 ? String(values[0]) : list(values.map(String));
}

/** A table cell: mean and deviation, interval below. */
export function scoreCell(summary: MetricSummary): Html {
  return html`${spread(summary)}${
    summary.interval &&
    html`<small>${decimal(summary.interval[0])} –
  ${decimal(summary.interval[1])}</small>`
  }`;
}

/** Names within a sentence. */
function inProse(metric: MetricName): string {
  return metric === 'accuracy' ? 'accuracy' : METRIC_LABELS[metric];
}

/** `AUC 0.608 ± 0.073`. */
export function scored(summary: VariantSummary, metric: MetricName): string {
  return `${inProse(metric)} ${spread(summary.test[metric])}`;
}

/** `one seed`, `3 seeds`. */
export function seedCount(n: number): string {
  return n === 1 ? 'one seed' : `${n} seeds`;
}

/** `all 4,708 images`, or `2,000 of 4,708 images` of a quick budget. */
export function imagesUsed(training: TrainingSettings | undefined): string {
  if (!training) return 'all images';
  const { trainImages, availableImages } = training;
  if (availableImages === undefined) return `${whole(trainImages)} images`;
  const part = trainImages < availableImages ? `${whole(trainImages)} of` : 'all';
  return `${part} ${whole(availableImages)} images`;
}

/** `a, b and c`. */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Position of a score against a fixed value, judged by its interval. */
export function against(summary: MetricSummary, value: number): 'above' | 'below' | 'undecided' {
  if (!summary.interval) return 'undecided';
  const [low, high] = summary.interval;
  const verdict = verdictOf(summary.mean - value, [low - value, high - value]);
  return ({ higher: 'above', lower: 'below', undecided: 'undecided' } as const)[verdict];
}

/** What has to be added to a verdict on nets of one seed. */
export const forOneSeed = (seeds: number): string => (seeds === 1 ? ' for this one seed' : '');

/** A verdict in words; with one seed the interval covers the choice of test images only. */
export function verdictWords({ verdict, seeds }: Pick<Difference, 'verdict' | 'seeds'>): string {
  if (verdict === 'undecided') return 'no difference shown';
  return `${verdict}${forOneSeed(seeds)}`;
}

/** What several scores of two recipes say together. */
export interface Conclusion {
  /**
   * `better` or `worse`: the first score decides and no other contradicts it; `undecided`: none shows a difference;
   * `mixed`: some show one, but not the first, or in opposite directions.
   */
  readonly kind: 'better' | 'worse' | 'mixed' | 'undecided';
  readonly seeds: number;
  /** `accuracy is higher, AUC not shown to differ`. */
  readonly words: string;
}

/**
 * Draws one conclusion from several scores: whatever the report says of a pair of recipes as a whole comes from here.
 */
export function conclude(
  analysis: Analysis,
  a: string,
  b: string,
  metrics: readonly [MetricName, ...MetricName[]] = ['auc', 'accuracy'],
): Conclusion | undefined {
  const differences = metrics.map((metric) => analysis.difference(a, b, metric));
  if (!differences.every((one) => one !== undefined)) return undefined;
  const verdicts = differences.map(({ verdict }) => verdict);
  const [first] = verdicts;
  const any = (verdict: Verdict) => verdicts.includes(verdict);
  const kind =
    !any('higher') && !any('lower')
      ? 'undecided'
      : first === 'higher' && !any('lower')
        ? 'better'
        : first === 'lower' && !any('higher')
          ? 'worse'
          : 'mixed';
  const words = (['higher', 'lower', 'undecided'] as const).flatMap((verdict) => {
    const of = metrics.filter((_, i) => verdicts[i] === verdict).map(inProse);
    if (of.length === 0) return [];
    return (
      `${list(of)} ` +
      `${verdict === 'undecided' ? 'not shown to differ' : `${of.length === 1 ? 'is' : 'are'} ${verdict}`}`
    );
  });
  return { kind, seeds: differences[0].seeds, words: list(words) };
}

/** What the noise is made of that a difference has to exceed. */
export function noiseOf(seeds: number): string {
  return seeds === 1 ? 'the choice of test images' : `${seedCount(seeds)} and the choice of test images`;
}

/**
 * One sentence on how recipe a compares with b. Says "higher" or "lower" only where the joint interval of the
 * difference excludes zero.
 */
export function compared(
  analysis: Analysis,
  a: string,
  b: string,
  metric: MetricName,
  names: readonly [string, string],
): Part {
  const difference = analysis.difference(a, b, metric);
  if (!difference) return undefined;
  const { value, interval } = difference;
  const amount = `${inProse(metric)} ${signed(value)}`;
  if (!interval) {
    return `${names[0]} against ${names[1]}: ${amount}; without kept scores no interval can be given.`;
  }
  const bounds = `95 % interval ${signed(interval[0])} to ${signed(interval[1])}`;
  return html`${names[0]} against ${names[1]}: ${amount} (${bounds}): <b>${verdictWords(difference)}</b>.`;
}
