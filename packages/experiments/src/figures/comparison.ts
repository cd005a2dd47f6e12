/** Recipes side by side: every seed, mean, interval, and what others published. */
import type { MetricName } from '@glassbox/metrics';
import type { VariantSummary } from '../report/statistics.ts';
import { type Figure, legend, rowLabel, text } from './figure.ts';
import { Plot, panel } from './panel.ts';
import { NEUTRAL, PALETTE, type RecipeColour, SIZE } from './style.ts';

/** A published or trivial score drawn as a vertical line. */
export interface Reference {
  label: string;
  metric: MetricName;
  value: number;
}

/** Names of scores as people read them. */
export const METRIC_LABELS: Record<MetricName, string> = {
  accuracy: 'accuracy at 0.5',
  auc: 'AUC',
  balancedAccuracy: 'balanced accuracy',
  averagePrecision: 'average precision',
  sensitivity: 'sensitivity',
  specificity: 'specificity',
  mcc: 'MCC',
  accuracyAtValThreshold: 'accuracy, validation threshold',
  balancedAccuracyAtValThreshold: 'balanced accuracy, validation threshold',
  sensitivityAtValThreshold: 'sensitivity, validation threshold',
  specificityAtValThreshold: 'specificity, validation threshold',
  brier: 'Brier score',
  calibrationError: 'calibration error',
  logLoss: 'log loss',
};

/** One column of panels for each score, one line for each recipe. */
export function comparisonFigure(
  id: string,
  title: string,
  variants: readonly VariantSummary[],
  metrics: readonly MetricName[],
  colour: RecipeColour,
  references: readonly Reference[] = [],
): Figure {
  const left = 216;
  const column = 330;
  const gap = 20;
  const rowHeight = 34;
  const columns = Math.min(2, metrics.length);
  const width = left + columns * (column + gap) - gap;
  const seeds = Math.max(...variants.map((v) => v.seeds.length));
  const styles = new Map(
    [...new Set(references.map(({ label }) => label))].map((label, i) => [
      label,
      { colour: PALETTE[(i + 3) % PALETTE.length], dash: ['5 3', '2 3', '8 3 2 3', '1 4', '10 4'][i % 5] },
    ]),
  );
  const keys = legend(
    [
      { label: seeds > 1 ? `mean of ${seeds} seeds` : 'one seed', colour: NEUTRAL, kind: 'dot' },
      {
        label: `95 % interval over ${seeds > 1 ? 'seeds and ' : ''}test images`,
        colour: NEUTRAL,
        kind: 'line',
      },
      ...(seeds > 1 ? [{ label: 'one seed', colour: NEUTRAL, kind: 'ring' as const }] : []),
      ...[...styles].map(([label, { colour, dash }]) => ({ label, colour, dash, kind: 'dashed' as const })),
    ],
    width,
  );
  const height = variants.length * rowHeight + 52;
  const lines = Math.ceil(metrics.length / columns);
  let body = keys.body;
  for (let line = 0; line < lines; line++) {
    variants.forEach((v, i) => {
      const y = keys.height + line * (height + 10) + 24 + (i + 0.5) * rowHeight;
      body += rowLabel(left - 12, y, v.name, left - 20);
    });
  }
  metrics.forEach((metric, m) => {
    const items = variants.map((v, i) => ({
      name: v.name,
      colour: colour(v.variant, i),
      ...v.test[metric],
    }));
    const marks = references.filter((reference) => reference.metric === metric);
    const values = items.flatMap((item) => [...item.values, ...(item.interval ?? [])]);
    const all = [...values, ...marks.map(({ value }) => value)];
    const pad = 0.08 * Math.max(0.02, Math.max(...all) - Math.min(...all));
    const dots = items.flatMap((item) =>
      item.values.map((value) => ({ name: item.name, colour: item.colour, value })),
    );
    const x = left + (m % columns) * (column + gap);
    const y = keys.height + Math.floor(m / columns) * (height + 10);
    body += text(x, y + 14, METRIC_LABELS[metric], { bold: true, size: SIZE.subtitle });
    body += panel(x, y, {
      width: column,
      height,
      marginLeft: 4,
      marginRight: 12,
      marginTop: 24,
      marginBottom: 28,
      x: { domain: [Math.min(...all) - pad, Math.max(...all) + pad], grid: true, ticks: 4, label: null },
      y: { domain: items.map(({ name }) => name), axis: null },
      marks: [
        ...marks.map(({ label, value }) =>
          Plot.ruleX([value], {
            stroke: styles.get(label)!.colour,
            strokeWidth: 1.6,
            strokeDasharray: styles.get(label)!.dash,
          }),
        ),
        Plot.link(
          items.filter((item) => item.interval),
          {
            x1: (item: (typeof items)[number]) => item.interval![0],
            x2: (item: (typeof items)[number]) => item.interval![1],
            y: 'name',
            stroke: 'colour',
            strokeWidth: 3,
            strokeOpacity: 0.55,
          },
        ),
        ...(seeds > 1 ? [Plot.dot(dots, { x: 'value', y: 'name', stroke: 'colour', r: 3.2, dy: 9 })] : []),
        Plot.dot(items, { x: 'mean', y: 'name', fill: 'colour', r: 5 }),
      ],
      color: { type: 'identity' },
    });
  });
  return {
    id,
    title,
    subtitle:
      'Scores on the test set. Two recipes are compared image by image in the text, not by whether bars overlap',
    alt: variants
      .map(
        (v) =>
          `${v.name}: ${metrics.map((m) => `${METRIC_LABELS[m]} ${v.test[m].mean.toFixed(3)}`).join(', ')}`,
      )
      .join('; '),
    width,
    height: keys.height + lines * (height + 10),
    body,
  };
}

/** The fall from validation to test: one dumbbell for each recipe, accuracy at 0.5 and AUC. */
export function validationToTestFigure(
  id: string,
  title: string,
  variants: readonly VariantSummary[],
): Figure {
  const left = 236;
  const column = 300;
  const gap = 20;
  const rowHeight = 33;
  const metrics = ['accuracy', 'auc'] as const;
  const width = left + 2 * column + gap;
  const [from, to] = [NEUTRAL, PALETTE[1]];
  const keys = legend(
    [
      { label: 'validation', colour: from, kind: 'ring' },
      { label: 'test', colour: to, kind: 'dot' },
    ],
    width,
  );
  const height = variants.length * rowHeight + 52;
  let body = keys.body;
  variants.forEach((v, i) => {
    body += rowLabel(left - 12, keys.height + 24 + (i + 0.5) * rowHeight, v.name, left - 20);
  });
  metrics.forEach((metric, m) => {
    const items = variants.map((v) => ({ name: v.name, val: v.val[metric].mean, test: v.test[metric].mean }));
    const all = items.flatMap(({ val, test }) => [val, test]);
    const pad = 0.08 * Math.max(0.02, Math.max(...all) - Math.min(...all));
    const x = left + m * (column + gap);
    body += text(x, keys.height + 14, METRIC_LABELS[metric], { bold: true, size: SIZE.subtitle });
    body += panel(x, keys.height, {
      width: column,
      height,
      marginLeft: 4,
      marginRight: 12,
      marginTop: 24,
      marginBottom: 28,
      x: { domain: [Math.min(...all) - pad, Math.max(...all) + pad], grid: true, ticks: 5, label: null },
      y: { domain: items.map(({ name }) => name), axis: null },
      marks: [
        Plot.link(items, {
          x1: 'val',
          x2: 'test',
          y: 'name',
          stroke: 'currentColor',
          strokeOpacity: 0.45,
          strokeWidth: 1.6,
        }),
        Plot.dot(items, { x: 'val', y: 'name', stroke: from, strokeWidth: 1.8, r: 4.5 }),
        Plot.dot(items, { x: 'test', y: 'name', fill: to, r: 5 }),
      ],
    });
  });
  return {
    id,
    title,
    subtitle: 'Means over seeds; the net and the threshold were chosen on validation',
    alt: variants
      .map(
        (v) => `${v.name}: accuracy ${v.val.accuracy.mean.toFixed(3)} to ${v.test.accuracy.mean.toFixed(3)}`,
      )
      .join('; '),
    width,
    height: keys.height + height,
    body,
  };
}
