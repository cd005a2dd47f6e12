/** Learning curves: losses and validation AUC by epoch, every seed, the restored epoch and the stop marked. */
import type { LoggedEpoch, ResultRow } from '../report/results.ts';
import { type Figure, legend, shortName, text } from './figure.ts';
import { Plot, panel } from './panel.ts';
import { NEUTRAL, PALETTE, SIZE } from './style.ts';

export const TRAIN = PALETTE[0];
export const VALIDATION = PALETTE[1];

/** What the curves need of a row or of an autoencoder's training. */
export interface Trained {
  seed: number;
  bestEpoch: number;
  history: readonly LoggedEpoch[];
}

/** One value of a curve. */
export interface Point {
  epoch: number;
  value: number;
  seed: number;
}

/** The values of every run that have one. */
export function series(runs: readonly Trained[], pick: (record: LoggedEpoch) => number | undefined): Point[] {
  return runs.flatMap(({ seed, history }) =>
    history.flatMap((record) => {
      const value = pick(record);
      return value === undefined || !Number.isFinite(value) ? [] : [{ epoch: record.epoch, value, seed }];
    }),
  );
}

function at(points: Point[], runs: readonly Trained[], epochOf: (run: Trained) => number): Point[] {
  return runs.flatMap((run) => points.filter((p) => p.seed === run.seed && p.epoch === epochOf(run)));
}

const lastEpoch = (run: Trained): number => run.history.at(-1)?.epoch ?? 0;

/** Place of a panel in its figure, px. */
export interface PanelSize {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One panel of curves. */
export function chart(
  { x, y, width, height }: PanelSize,
  runs: readonly Trained[],
  label: string,
  lines: { points: Point[]; colour: string; dashed?: boolean; marked?: boolean }[],
): string {
  const epochs = Math.max(2, ...runs.map(lastEpoch));
  const opacity = runs.length > 1 ? 0.85 : 1;
  const starts = runs
    .flatMap(({ history }) => history.filter((r, i) => i > 0 && r.phase !== history[i - 1].phase))
    .map(({ epoch }) => epoch - 0.5);
  return panel(x, y, {
    width,
    height,
    marginLeft: 48,
    marginRight: 12,
    marginTop: 24,
    marginBottom: 38,
    x: {
      label: 'epoch',
      labelAnchor: 'center',
      domain: [1, epochs],
      ticks: Math.min(8, epochs),
      tickFormat: 'd',
    },
    y: { label, grid: true, nice: true, ticks: 5 },
    marks: [
      Plot.ruleX(starts, { stroke: NEUTRAL, strokeDasharray: '2 3' }),
      ...lines.flatMap(({ points, colour, dashed, marked }) => [
        Plot.line(points, {
          x: 'epoch',
          y: 'value',
          z: 'seed',
          stroke: colour,
          strokeWidth: 1.6,
          strokeOpacity: opacity,
          strokeDasharray: dashed ? '4 3' : undefined,
        }),
        ...(marked
          ? [
              Plot.ruleX(at(points, runs, lastEpoch), {
                x: 'epoch',
                y1: 'value',
                y2: 'value',
                stroke: colour,
                strokeWidth: 2,
                insetTop: -5,
                insetBottom: -5,
              }),
              Plot.dot(
                at(points, runs, (run) => run.bestEpoch),
                { x: 'epoch', y: 'value', fill: colour, r: 4.5, stroke: '#ffffff', strokeWidth: 1.2 },
              ),
            ]
          : []),
      ]),
    ],
  });
}

/** Loss and AUC of recipes, one line of panels for each. */
export function learningCurvesFigure(
  id: string,
  title: string,
  groups: readonly { name: string; rows: readonly ResultRow[] }[],
): Figure {
  const width = 860;
  const keys = legend(
    [
      { label: 'training', colour: TRAIN, kind: 'dashed' },
      { label: 'validation', colour: VALIDATION, kind: 'line' },
      { label: 'best epoch, restored', colour: VALIDATION, kind: 'dot' },
      { label: 'stopped', colour: VALIDATION, kind: 'tick' },
    ],
    width,
  );
  const line = 236;
  let body = keys.body;
  groups.forEach(({ name, rows }, i) => {
    const y = keys.height + 4 + i * line;
    const seeds = rows.length === 1 ? '1 seed' : `${rows.length} seeds`;
    body += text(0, y + 12, `${shortName(name)} (${seeds})`, { bold: true, size: SIZE.subtitle });
    const half = (width - 20) / 2;
    body += chart({ x: 0, y: y + 19, width: half, height: line - 24 }, rows, 'cross-entropy (nats)', [
      { points: series(rows, (r) => r.trainLoss), colour: TRAIN, dashed: true },
      { points: series(rows, (r) => r.valLoss), colour: VALIDATION, marked: true },
    ]);
    const auc = series(rows, (r) => r.valAuc);
    const hasAuc = auc.length > 0;
    body += chart(
      { x: half + 20, y: y + 19, width: half, height: line - 24 },
      rows,
      hasAuc ? 'validation AUC' : 'accuracy at 0.5',
      hasAuc
        ? [{ points: auc, colour: VALIDATION, marked: true }]
        : [
            { points: series(rows, (r) => r.trainAccuracy), colour: TRAIN, dashed: true },
            { points: series(rows, (r) => r.valAccuracy), colour: VALIDATION, marked: true },
          ],
    );
  });
  return {
    id,
    title,
    subtitle: 'Each line is one seed; the weights of the best epoch are restored and scored on the test set',
    alt: `Learning curves of ${groups
      .map(({ name, rows }) => `${name} (best epochs ${rows.map((r) => r.bestEpoch).join(', ')})`)
      .join('; ')}`,
    width,
    height: keys.height + 4 + groups.length * line,
    body,
  };
}

/** Reconstruction error by epoch. */
export function autoencoderCurvesFigure(runs: readonly Trained[], data: string): Figure {
  const width = 620;
  const keys = legend(
    [
      { label: 'training (with dropout)', colour: TRAIN, kind: 'dashed' },
      { label: 'validation', colour: VALIDATION, kind: 'line' },
      { label: 'best epoch, restored', colour: VALIDATION, kind: 'dot' },
    ],
    width,
  );
  const height = 260;
  return {
    id: 'autoencoder-curves',
    title: `Pre-training of the autoencoder on ${data}`,
    subtitle: 'Mean squared error of the reconstruction, in the input range of -1 to 1',
    alt: `Learning curves of the autoencoder on ${data} over ${Math.max(...runs.map(lastEpoch))} epochs`,
    width,
    height: keys.height + height,
    body:
      keys.body +
      chart({ x: 0, y: keys.height, width, height }, runs, 'mean squared error', [
        { points: series(runs, (r) => r.trainLoss), colour: TRAIN, dashed: true },
        { points: series(runs, (r) => r.valLoss), colour: VALIDATION, marked: true },
      ]),
  };
}
