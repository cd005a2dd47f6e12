/** The run's scores beside those that others published. */

import type { Interval } from '@glassbox/metrics';
import { PUBLISHED } from '../figures/published.ts';
import { type Context, figure, type Section } from '../report/context.ts';
import { html, type Part, paragraph, table } from '../report/html.ts';
import { decimal, percent, seedCount, spread, whole } from '../report/phrases.ts';
import type { VariantSummary } from '../report/statistics.ts';

/** Published scores beside the run's own. */
export function published(context: Context): Section | undefined {
  const targets = context.analysis.summaries.filter((v) => v.target === 'pneumonia');
  if (targets.length === 0) return undefined;
  const name = context.names.pneumonia;
  const synthetic = context.results.data.some((d) => d.target === 'pneumonia' && d.kind === 'synthetic');
  const dash = 'not given';
  const value = (x?: number): string => (x === undefined ? dash : decimal(x));
  const interval = (x?: Interval): Part => x && html`<small>${decimal(x[0])} to ${decimal(x[1])}</small>`;
  return {
    id: 'published',
    title: 'Beside published figures',
    body: html`${paragraph(
      name.published
        ? 'PneumoniaMNIST’s test set is the same for all rows below. Published nets are larger and most ' +
            `were trained longer; a point or two on ${whole(targets[0].rows[0].test.n)} images is noise.`
        : synthetic
          ? html`<b>The images of this run are synthetic</b>: the published scores belong to the real
          test set and cannot be compared with this run’s.`
          : html`<b>The images of this run are those of ${name.long}</b>: the published scores belong to
          another test set and cannot be compared with this run’s.`,
      'The published ChestMNIST figures are means over 14 separate findings and must not be compared ' +
        'with the binary task here.',
    )}
${table(
  [
    'Net',
    name.published ? 'PneumoniaMNIST AUC' : 'AUC (this run: other images)',
    name.published ? 'PneumoniaMNIST accuracy' : 'accuracy (this run: other images)',
    'ChestMNIST, 14 findings: AUC',
    'accuracy',
  ],
  [
    ...targets.map((v) => [
      `this run${name.published ? '' : `, on ${name.short}`}: ${v.name}`,
      html`${spread(v.test.auc)}${interval(v.test.auc.interval)}`,
      html`${spread(v.test.accuracy)}${interval(v.test.accuracy.interval)}`,
      'another task',
      'another task',
    ]),
    ...PUBLISHED.map((row) => [
      `${row.name}${name.published ? '' : ', on PneumoniaMNIST'}`,
      value(row.pneumonia?.auc),
      value(row.pneumonia?.accuracy),
      value(row.chestMultiLabel?.auc),
      value(row.chestMultiLabel?.accuracy),
    ]),
  ],
  `Sources: MedMNIST v2 (Yang et al. 2023) and MedMNIST+ (2025). This run: ${seedCount(targets[0].seeds.length)}`,
)}
${figure(context, 'pneumonia-comparison')}
${figure(context, 'pneumonia-roc-pr')}
${figure(context, 'pneumonia-confusion')}
${figure(context, 'pneumonia-calibration')}
${paragraph(calibrationNote(targets))}`,
  };
}

function calibrationNote(targets: readonly VariantSummary[]): string {
  const sorted = [...targets].sort((a, b) => a.test.calibrationError.mean - b.test.calibrationError.mean);
  const [best] = sorted;
  const worst = sorted[sorted.length - 1];
  if (sorted.length === 1) return `Expected calibration error: ${decimal(best.test.calibrationError.mean)}.`;
  return (
    `Expected calibration error runs from ${decimal(best.test.calibrationError.mean)} (${best.name}) to ` +
    `${decimal(worst.test.calibrationError.mean)} (${worst.name}): stated probabilities miss the observed ` +
    `shares by ${percent(best.test.calibrationError.mean, 0)} to ` +
    `${percent(worst.test.calibrationError.mean, 0)} on average.`
  );
}
