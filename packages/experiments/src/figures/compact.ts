/** Small drawings for the answers in two pages: half of an A4 page, or a phone, wide. */
import type { Interval } from '@glassbox/metrics';
import type { AutoencoderResult, EmbeddedPoints, EmbeddingSituation, Target } from '../report/results.ts';
import type { VariantSummary } from '../report/statistics.ts';
import { chart, series, TRAIN, type Trained, VALIDATION } from './curves.ts';
import { CLASS_NAMES, scatter } from './embeddings.ts';
import { type Figure, legend, text, textWidth } from './figure.ts';
import { greyImage } from './image.ts';
import { Plot, panel } from './panel.ts';
import { CLASS_COLOURS, NEUTRAL, SIZE } from './style.ts';

const WIDTH = 350;

/** One line of {@link dotRowsFigure}. */
export interface DotRow {
  label: string;
  value: number;
  interval?: Interval;
  colour: string;
}

/** Scores as dots with their intervals, one line each, the name above its line. */
export function dotRowsFigure(
  id: string,
  title: string,
  rows: readonly DotRow[],
  axis: string,
  rule?: { value: number; label: string },
): Figure {
  const line = 27;
  const height = rows.length * line + 40;
  const all = rows.flatMap(({ value, interval }) => [value, ...(interval ?? [])]);
  if (rule) all.push(rule.value);
  const pad = 0.06 * Math.max(0.05, Math.max(...all) - Math.min(...all));
  const domain = [Math.min(...all) - pad, Math.max(...all) + pad];
  let body = panel(0, 0, {
    width: WIDTH,
    height,
    marginLeft: 6,
    marginRight: 10,
    marginTop: 2,
    marginBottom: 38,
    x: { domain, grid: true, ticks: 5, label: axis, labelAnchor: 'center' },
    y: { domain: rows.map((_, i) => i), axis: null },
    marks: [
      ...(rule ? [Plot.ruleX([rule.value], { stroke: NEUTRAL, strokeDasharray: '4 3' })] : []),
      Plot.link(
        rows.flatMap((row, i) => (row.interval ? [{ ...row, interval: row.interval, i }] : [])),
        {
          x1: (row: { interval: Interval }) => row.interval[0],
          x2: (row: { interval: Interval }) => row.interval[1],
          y: 'i',
          dy: 6,
          stroke: 'colour',
          strokeWidth: 3,
          strokeOpacity: 0.55,
        },
      ),
      Plot.dot(
        rows.map((row, i) => ({ ...row, i })),
        { x: 'value', y: 'i', dy: 6, fill: 'colour', r: 4.5 },
      ),
    ],
    color: { type: 'identity' },
  });
  rows.forEach(({ label, value }, i) => {
    body += text(8, 2 + (i + 0.5) * line - 3, `${label}: ${value.toFixed(3)}`, { size: SIZE.tick });
  });
  const subtitle = rule ? `Dashed: ${rule.label}` : undefined;
  return {
    id,
    title,
    subtitle,
    alt: rows
      .map(
        ({ label, value, interval }) =>
          `${label} ${value.toFixed(3)}${interval ? ` (${interval[0].toFixed(3)} to ${interval[1].toFixed(3)})` : ''}`,
      )
      .join('; '),
    width: WIDTH,
    height,
    body,
  };
}

/** Recipes by one score, as {@link dotRowsFigure} draws them. */
export function recipeDots(
  variants: readonly VariantSummary[],
  metric: 'auc' | 'accuracy',
  colour: (v: VariantSummary, i: number) => string,
): DotRow[] {
  return variants.map((v, i) => ({
    label: v.name,
    value: v.test[metric].mean,
    interval: v.test[metric].interval,
    colour: colour(v, i),
  }));
}

/** Latent spaces side by side without axes. */
export function latentStripFigure(
  id: string,
  title: string,
  shown: readonly {
    label: string;
    method: 'pca' | 'tsne';
    situation: EmbeddingSituation;
    points: EmbeddedPoints;
  }[],
  target: Target,
): Figure {
  const gap = 8;
  const side = Math.min(150, (WIDTH - gap * (shown.length - 1)) / shown.length);
  const [zero, one] = CLASS_NAMES[target];
  const keys = legend(
    [
      { label: zero, colour: CLASS_COLOURS.healthy },
      { label: one, colour: CLASS_COLOURS.diseased },
    ],
    WIDTH,
  );
  let body = keys.body;
  shown.forEach(({ label, method, situation, points }, i) => {
    const x = i * (side + gap);
    body += text(x, keys.height + 12, label, { size: SIZE.tick, bold: true });
    body += scatter(x, keys.height + 18, side, method, situation, points, true);
  });
  return {
    id,
    title,
    alt: shown
      .map(
        ({ label, method, situation }) =>
          `${method === 'pca' ? 'PCA' : 't-SNE'} of ${label}: silhouette ` +
          `${situation.separation.silhouette.toFixed(2)}, probe AUC ${situation.separation.probeAuc.toFixed(2)}`,
      )
      .join('; '),
    width: WIDTH,
    height: keys.height + 18 + side,
    body,
  };
}

/** Losses of one recipe by epoch. */
export function lossFigure(id: string, title: string, runs: readonly Trained[]): Figure {
  const keys = legend(
    [
      { label: 'training', colour: TRAIN, kind: 'dashed' },
      { label: 'validation', colour: VALIDATION, kind: 'line' },
      { label: 'restored', colour: VALIDATION, kind: 'dot' },
    ],
    WIDTH,
  );
  const height = 150;
  return {
    id,
    title,
    alt:
      'Training and validation loss by epoch; restored: ' +
      `${runs.map((run) => `epoch ${run.bestEpoch} of ${run.history.length}`).join(', ')}`,
    width: WIDTH,
    height: keys.height + height,
    body:
      keys.body +
      chart({ x: 0, y: keys.height, width: WIDTH, height }, runs, 'cross-entropy', [
        { points: series(runs, (r) => r.trainLoss), colour: TRAIN, dashed: true },
        { points: series(runs, (r) => r.valLoss), colour: VALIDATION, marked: true },
      ]),
  };
}

/** A few inputs above their reconstructions. */
export function reconstructionStripFigure(id: string, title: string, result: AutoencoderResult): Figure {
  const shown = result.examples.slice(0, 5);
  const left = textWidth('output', SIZE.tick) + 10;
  const gap = 5;
  const side = (WIDTH - left) / 5 - gap;
  let body = text(0, side / 2 + 4, 'input', { size: SIZE.tick });
  body += text(0, side * 1.5 + gap + 4, 'output', { size: SIZE.tick });
  shown.forEach((example, i) => {
    const x = left + i * (side + gap);
    body += greyImage(example.input, result.size, { x, y: 0, width: side });
    body += greyImage(example.reconstruction, result.size, { x, y: side + gap, width: side });
  });
  return {
    id,
    title,
    alt:
      `${shown.length} test images above their reconstructions, PSNR ` +
      `${shown.map((e) => e.psnr.toFixed(1)).join(', ')} dB`,
    width: WIDTH,
    height: 2 * side + gap,
    body,
  };
}
