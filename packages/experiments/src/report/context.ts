/** What every section of the report works from, and the pieces that several of them share. */

import type { MetricName } from '@glassbox/metrics';
import { type DotRow, recipeDots } from '../figures/compact.ts';
import { METRIC_LABELS } from '../figures/comparison.ts';
import { learningCurvesFigure } from '../figures/curves.ts';
import type { Figure } from '../figures/figure.ts';
import type { RecipeColour } from '../figures/style.ts';
import type { DataName } from './data-names.ts';
import { figurePart } from './figure-part.ts';
import { type Html, html, type Part, table } from './html.ts';
import { decimal, duration, scoreCell, seedCount } from './phrases.ts';
import type { RunResults, Target } from './results.ts';
import type { Analysis, VariantSummary } from './statistics.ts';

/** A run as figures, sections and answers see it. */
export interface Context {
  readonly results: RunResults;
  readonly analysis: Analysis;
  /** Of the whole run; empty while they are drawn. */
  readonly figures: ReadonlyMap<string, Figure>;
  readonly colour: RecipeColour;
  /** What the images of a target are called. */
  readonly names: Readonly<Record<Target, DataName>>;
  /** The plain training on all labels of a target. */
  baseline(target: Target): VariantSummary | undefined;
}

/** A part of the report with an entry in the table of contents. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Part;
}

/** The figure, if the run has data for it; undefined otherwise. */
export function figure(context: Context, id: string): Html | undefined {
  const drawn = context.figures.get(id);
  return drawn && figurePart(drawn);
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
      `Test images of ${context.names[variants[0].target].short}`,
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
        }[row.stopReason],
        duration(row.trainSeconds),
      ]),
    ),
  )}</details>`;
}

/** Recipes of the given tasks and, where given, of one target, in the order of the run. */
export function variantsOf(context: Context, tasks: readonly string[], target?: Target): VariantSummary[] {
  return context.analysis.summaries.filter(
    (v) => tasks.includes(v.task) && (target === undefined || v.target === target),
  );
}

/** Learning curves of recipes, if any was run; the data's name is added to the title. */
export function curves(
  { names }: Context,
  id: string,
  title: string,
  variants: readonly VariantSummary[],
): Figure | undefined {
  if (variants.length === 0) return undefined;
  return learningCurvesFigure(id, `${title}, ${names[variants[0].target].short}`, variants);
}

/** Those of the recipes that were run, as rows of dots by their AUC. */
export function aucDots({ analysis, colour }: Context, variants: readonly string[]): DotRow[] {
  const found = variants.map((id) => analysis.find(id)).filter((v) => v !== undefined);
  return recipeDots(found, 'auc', (v, i) => colour(v.variant, i));
}
