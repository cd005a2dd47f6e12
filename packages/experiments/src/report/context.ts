/** What every section of the report works from, and the pieces that several of them share. */

import type { MetricName } from '@glassbox/metrics';
import { METRIC_LABELS } from '../figures/comparison.ts';
import { type Figure, inlineSvg } from '../figures/figure.ts';
import { nameOf } from './data-names.ts';
import { Html, html, type Part, table } from './html.ts';
import { decimal, duration, scoreCell, seedCount } from './phrases.ts';
import type { RunResults, TaskId } from './results.ts';
import type { Analysis, VariantSummary } from './statistics.ts';

/** One report in the making. */
export interface Context {
  results: RunResults;
  analysis: Analysis;
  figures: ReadonlyMap<string, Figure>;
}

/** A part of the report with an entry in the table of contents. */
export interface Section {
  id: string;
  title: string;
  body: Part;
}

/** The figure, if the run has data for it; undefined otherwise. */
export function figure(context: Context, id: string): Html | undefined {
  const drawn = context.figures.get(id);
  if (!drawn) return undefined;
  return html`<figure id="fig-${id}"${drawn.points ? html` data-points="${drawn.points}"` : ''}><div class="plot scroll" role="group" tabindex="0" aria-label="Figure: ${drawn.title}">${new Html(inlineSvg(drawn))}</div>
<figcaption><b>${drawn.title}.</b> ${drawn.subtitle ? `${drawn.subtitle}.` : ''}</figcaption></figure>`;
}

const COLUMNS: readonly MetricName[] = [
  'auc',
  'accuracy',
  'accuracyAtValThreshold',
  'balancedAccuracy',
  'averagePrecision',
  'sensitivity',
  'specificity',
  'mcc',
];

/** Test scores of recipes, mean and deviation over seeds with the interval below. */
export function rowsTable(context: Context, variants: readonly VariantSummary[]): Html | undefined {
  if (variants.length === 0) return undefined;
  const seeds = variants[0].seeds.length;
  const same = variants.every((v) => v.seeds.length === seeds);
  const over = same ? `over ${seedCount(seeds)}` : 'over seeds';
  return html`${table(
    [
      `Test images of ${nameOf(context.results.data, variants[0].target).short}`,
      ...COLUMNS.map((metric) => METRIC_LABELS[metric]),
      'epochs (best)',
    ],
    variants.map((v) => [
      same ? v.name : `${v.name} (${seedCount(v.seeds.length)})`,
      ...COLUMNS.map((metric) => scoreCell(v.test[metric])),
      `${decimal(v.epochs, 0)} (${decimal(v.bestEpoch, 0)})`,
    ]),
    same && seeds === 1
      ? 'One seed; small: 95 % bootstrap interval over the test images'
      : `Mean ± standard deviation ${over}; small: 95 % bootstrap interval over seeds and test images`,
  )}${perSeed(variants)}`;
}

function perSeed(variants: readonly VariantSummary[]): Html {
  const columns: MetricName[] = [
    'auc',
    'accuracy',
    'accuracyAtValThreshold',
    'balancedAccuracy',
    'mcc',
    'calibrationError',
  ];
  return html`<details><summary>Every seed</summary>${table(
    [
      'Row',
      'seed',
      ...columns.map((m) => METRIC_LABELS[m]),
      'validation AUC',
      'threshold',
      'epochs (best)',
      'ended by',
      'training',
    ],
    variants.flatMap((v) =>
      v.rows.map((row) => [
        v.name,
        row.seed,
        ...columns.map((metric) => decimal(row.test[metric])),
        decimal(row.val.auc),
        decimal(row.valThreshold, 2),
        `${row.epochs} (${row.bestEpoch})`,
        {
          patience: 'early stopping',
          limit: 'epoch limit',
          interrupted: 'interruption',
          'non-finite': 'NaN loss',
        }[row.stopReason],
        duration(row.trainSeconds),
      ]),
    ),
  )}</details>`;
}

/** Recipes of the given tasks and, where given, of one target, in the order of the run. */
export function variantsOf(
  context: Context,
  tasks: readonly TaskId[],
  target?: VariantSummary['target'],
): VariantSummary[] {
  return context.analysis.summaries.filter(
    (v) => tasks.includes(v.task) && (target === undefined || v.target === target),
  );
}

/** Numbers of the latent spaces of a target, one line for each net. */
export function separationTable(context: Context, ids?: readonly string[]): Html | undefined {
  const situations = context.results.embeddings.filter((s) => ids === undefined || ids.includes(s.id));
  if (situations.length === 0) return undefined;
  const k = situations[0].separation.k;
  return table(
    [
      `Latent space of ${nameOf(context.results.data, situations[0].target).short} images`,
      'seed, epoch',
      'silhouette',
      `${k}-NN balanced accuracy`,
      'probe balanced accuracy',
      'probe AUC',
      'variance of PC 1, PC 2',
      'PC 1 with label',
      'PC 1 with brightness',
      'directions in use',
      'dead units',
      't-SNE divergence',
    ],
    situations.map((s) => [
      s.title,
      `${s.seed}, ${!s.net ? 'restored' : s.net.epochs === 0 ? 'untrained' : `${s.net.epoch} of ${s.net.epochs}`}`,
      decimal(s.separation.silhouette),
      decimal(s.separation.knnBalancedAccuracy),
      decimal(s.separation.probeBalancedAccuracy),
      decimal(s.separation.probeAuc),
      s.pca.explainedVarianceRatio
        .slice(0, 2)
        .map((share) => `${(100 * share).toFixed(0)} %`)
        .join(', '),
      decimal(s.correlation.label[0], 2),
      s.correlation.brightness ? decimal(s.correlation.brightness[0], 2) : 'not measured',
      decimal(s.effectiveDimensions, 1),
      `${(100 * s.deadShare).toFixed(0)} %`,
      decimal(s.tsne.klDivergence, 2),
    ]),
    'Measured in the full space, not in the pictures. Silhouette 0 and balanced accuracy 0.5 mean no separation. ' +
      'Directions in use: participation ratio of the variances. Correlations are Pearson’s; the sign of a component is arbitrary',
  );
}
