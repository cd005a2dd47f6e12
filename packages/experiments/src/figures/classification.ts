/** What the nets answer on the test set: confusion, ROC, precision-recall, calibration. */

import { binOf, confusion, interpolate, mean, prCurve, rocCurve, sigmoid } from '@glassbox/metrics';
import type { Target } from '../report/results.ts';
import type { VariantSummary } from '../report/statistics.ts';
import { CLASS_NAMES } from './embeddings.ts';
import { type Figure, legend, shortName, text, twoLines } from './figure.ts';
import { Plot, panel } from './panel.ts';
import { CLASS_COLOURS, NEUTRAL, type RecipeColour, SIZE } from './style.ts';

const GRID = Array.from({ length: 201 }, (_, i) => i / 200);

/**
 * Confusion matrices, mean over seeds: one column for each recipe, threshold 0.5 above, the one from validation below.
 */
export function confusionFigure(
  id: string,
  title: string,
  target: Target,
  variants: readonly VariantSummary[],
  labels: ArrayLike<number>,
): Figure {
  const [zero, one] = CLASS_NAMES[target];
  const many = variants.length > 4;
  const cell = many ? 54 : 74;
  const gap = many ? 22 : 34;
  const left = 96;
  const lines = ['threshold 0.5', 'threshold from validation'];
  const block = 2 * cell;
  const names = 30;
  let body = '';
  variants.forEach((variant, column) => {
    const x = left + column * (block + gap);
    twoLines(shortName(variant.name), block + gap - 6, SIZE.tick).forEach((part, i) => {
      body += text(x + cell, 12 + 14 * i, part, { anchor: 'middle', bold: true, size: SIZE.tick });
    });
    lines.forEach((_, line) => {
      const y = names + 8 + line * (block + 52);
      const tables = variant.rows.map((row) =>
        confusion(Float64Array.from(row.logOdds.test, sigmoid), labels, line === 0 ? 0.5 : row.valThreshold),
      );
      const at = (key: keyof (typeof tables)[number]): number => mean(tables.map((table) => table[key]));
      const cells = [
        [at('trueNegatives'), at('falsePositives')],
        [at('falseNegatives'), at('truePositives')],
      ];
      cells.forEach((row, truth) => {
        const total = row[0] + row[1];
        row.forEach((count, answer) => {
          const right = truth === answer;
          const share = count / total;
          const colour = right ? CLASS_COLOURS.healthy : CLASS_COLOURS.diseased;
          const cx = x + answer * cell;
          const cy = y + truth * cell;
          body +=
            `<rect x="${cx + 1}" y="${cy + 1}" width="${cell - 2}" height="${cell - 2}" rx="3" ` +
            `fill="${colour}" fill-opacity="${(0.1 + 0.6 * share).toFixed(3)}"/>`;
          body += text(cx + cell / 2, cy + cell / 2, Number(count.toFixed(1)).toLocaleString('en'), {
            anchor: 'middle',
            bold: true,
            size: many ? SIZE.subtitle : SIZE.title - 1,
          });
          body += text(cx + cell / 2, cy + cell / 2 + 15, `${(100 * share).toFixed(0)} %`, {
            anchor: 'middle',
            size: SIZE.tick,
          });
        });
      });
      [zero, one].forEach((name, i) => {
        if (column === 0) {
          body += text(left - 8, y + (i + 0.5) * cell + 4, name, { anchor: 'end', size: SIZE.tick });
        }
        body += text(x + (i + 0.5) * cell, y + block + 15, name, {
          anchor: 'middle',
          size: SIZE.tick,
          opacity: 0.8,
        });
      });
    });
  });
  lines.forEach((name, line) => {
    const y = names + 8 + line * (block + 52) + cell;
    body += text(14, y, name, { anchor: 'middle', rotate: -90, bold: true, size: SIZE.tick });
  });
  return {
    id,
    title,
    subtitle: `Rows: truth. Columns: answer. Mean over seeds of ${labels.length} test images; percent of the row`,
    alt: variants
      .map(
        (v) =>
          `${v.name}: sensitivity ${v.test.sensitivity.mean.toFixed(2)}, specificity ` +
          `${v.test.specificity.mean.toFixed(2)}`,
      )
      .join('; '),
    width: left + variants.length * (block + gap) - gap + 6,
    height: names + 8 + 2 * (block + 52) - 24,
    body,
  };
}

/** ROC and precision-recall curves, each the mean over seeds at equal false-positive rate or recall. */
export function rocPrFigure(
  id: string,
  title: string,
  variants: readonly VariantSummary[],
  labels: ArrayLike<number>,
  colour: RecipeColour,
): Figure {
  const side = 400;
  const width = 2 * side + 30;
  const keys = legend(
    variants.map((v, i) => ({
      label: `${shortName(v.name)} (AUC ${v.test.auc.mean.toFixed(3)}, AP ${v.test.averagePrecision.mean.toFixed(3)})`,
      colour: colour(v.variant, i),
      kind: 'line' as const,
    })),
    width,
  );
  const base = mean(Array.from(labels));
  const average = (curves: number[][]): number[] => GRID.map((_, i) => mean(curves.map((curve) => curve[i])));
  const roc = variants.flatMap((v, i) => {
    const curves = v.rows.map((row) => {
      const curve = rocCurve(row.logOdds.test, labels);
      return interpolate(GRID, curve.falsePositiveRate, curve.truePositiveRate);
    });
    return average(curves).map((y, at) => ({ x: GRID[at], y, variant: i }));
  });
  const pr = variants.flatMap((v, i) => {
    const curves = v.rows.map((row) => {
      const curve = prCurve(row.logOdds.test, labels);
      return interpolate(GRID, [...curve.recall].reverse(), [...curve.precision].reverse());
    });
    // Below the first positive found, precision is a matter of one image: start at 2 % recall.
    return average(curves)
      .map((y, at) => ({ x: GRID[at], y, variant: i }))
      .filter(({ x }) => x >= 0.02);
  });
  const square = (
    x: number,
    points: typeof roc,
    labelX: string,
    labelY: string,
    reference: [number, number][],
  ): string =>
    panel(x, keys.height + 6, {
      width: side,
      height: side,
      marginLeft: 46,
      marginBottom: 40,
      marginTop: 24,
      marginRight: 8,
      x: { domain: [0, 1], label: labelX, labelAnchor: 'center', grid: true, ticks: 5 },
      y: { domain: [0, 1], label: labelY, grid: true, ticks: 5 },
      color: {
        domain: variants.map((_, i) => i),
        range: variants.map((v, i) => colour(v.variant, i)),
        type: 'categorical',
      },
      marks: [
        Plot.line(reference, { stroke: NEUTRAL, strokeDasharray: '4 3' }),
        Plot.line(points, { x: 'x', y: 'y', stroke: 'variant', z: 'variant', strokeWidth: 1.9, clip: true }),
      ],
    });
  return {
    id,
    title,
    subtitle: `Mean curve over seeds, ${labels.length} test images; dashed: guessing`,
    alt:
      'ROC and precision-recall curves: ' +
      `${variants.map((v) => `${v.name} AUC ${v.test.auc.mean.toFixed(3)}`).join('; ')}`,
    width,
    height: keys.height + side + 10,
    body:
      keys.body +
      square(0, roc, 'false-positive rate (1 - specificity)', 'true-positive rate (sensitivity)', [
        [0, 0],
        [1, 1],
      ]) +
      square(side + 30, pr, 'recall (sensitivity)', 'precision', [
        [0, base],
        [1, base],
      ]),
  };
}

const BINS = 10;

/** Reliability diagrams over all seeds, with a histogram of the answers below. */
export function calibrationFigure(
  id: string,
  title: string,
  variants: readonly VariantSummary[],
  labels: ArrayLike<number>,
  colour: RecipeColour,
): Figure {
  const columns = Math.min(3, variants.length);
  const side = columns === 1 ? 400 : 282;
  const gap = 18;
  const below = 91;
  const line = side + below + 50;
  const width = columns * (side + gap) - gap;
  let body = '';
  variants.forEach((variant, i) => {
    const x = (i % columns) * (side + gap);
    const y = 14 + Math.floor(i / columns) * line;
    const own = colour(variant.variant, i);
    const name = twoLines(shortName(variant.name), side);
    name.forEach((part, line) => {
      body += text(x, y + 13 + 15 * (line - name.length + 1), part, { bold: true, size: SIZE.label });
    });
    const scores =
      `ECE ${variant.test.calibrationError.mean.toFixed(3)}  ·  Brier ` +
      `${variant.test.brier.mean.toFixed(3)}`;
    body += text(x, y + 29, scores, { size: SIZE.tick, opacity: 0.75 });
    const count = new Float64Array(BINS);
    const confidence = new Float64Array(BINS);
    const positive = new Float64Array(BINS);
    for (const row of variant.rows) {
      row.logOdds.test.forEach((z, sample) => {
        const p = sigmoid(z);
        const bin = binOf(p, BINS);
        count[bin]++;
        confidence[bin] += p;
        positive[bin] += labels[sample];
      });
    }
    const total = variant.rows.length * labels.length;
    const bins = Array.from(count, (n, b) => ({
      p: confidence[b] / n,
      share: positive[b] / n,
      n,
      of: n / total,
      low: b / BINS,
      high: (b + 1) / BINS,
    })).filter((bin) => bin.of > 0);
    const common = { width: side, marginLeft: 44, marginRight: 12 };
    body += panel(x, y + 35, {
      ...common,
      height: side,
      marginTop: 24,
      marginBottom: 24,
      x: { domain: [0, 1], ticks: 5, label: null, grid: true },
      y: { domain: [0, 1], ticks: 5, label: 'observed share of positives', grid: true },
      marks: [
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: NEUTRAL, strokeDasharray: '4 3' },
        ),
        // A bin of a handful of images is a matter of luck: its dot is shown, the line leaves it out.
        Plot.line(
          bins.filter((bin) => bin.n >= 10),
          { x: 'p', y: 'share', stroke: own, strokeWidth: 1.8 },
        ),
        Plot.dot(bins, {
          x: 'p',
          y: 'share',
          r: (bin: (typeof bins)[number]) => 2.5 + 7 * Math.sqrt(bin.of),
          fill: own,
        }),
      ],
      r: { type: 'identity' },
    });
    body += panel(x, y + side + 27, {
      ...common,
      height: below,
      marginTop: 4,
      marginBottom: 36,
      x: {
        domain: [0, 1],
        ticks: 5,
        label: 'predicted probability of the positive class',
        labelAnchor: 'center',
      },
      y: { label: null, ticks: 2, percent: true, tickFormat: (v: number) => `${v} %` },
      marks: [
        Plot.rectY(bins, { x1: 'low', x2: 'high', y: 'of', fill: own, fillOpacity: 0.55, inset: 0.8 }),
        Plot.ruleY([0]),
      ],
    });
  });
  return {
    id,
    title,
    subtitle:
      'On the dashed line a probability means what it says; dots grow with the number of images. Below: ' +
      'how often each answer is given',
    alt:
      'Reliability diagrams: ' +
      `${variants.map((v) => `${v.name} ECE ${v.test.calibrationError.mean.toFixed(3)}`).join('; ')}`,
    width,
    height: 14 + Math.ceil(variants.length / columns) * line,
    body,
  };
}
