/** Figures of a trained classifier and its test images: any number of classes or findings. */
import { visible } from '@glassbox/host/command-line';
import { binOf, rocCurve } from '@glassbox/metrics';
import { chart, series, TRAIN, type Trained, VALIDATION } from './curves.ts';
import { type Figure, legend, text, textWidth } from './figure.ts';
import { pixelImage } from './image.ts';
import { Plot, panel } from './panel.ts';
import { CLASS_COLOURS, COLOURS, NEUTRAL, PALETTE, SIZE } from './style.ts';

/** Wrong answers that are shown. */
export const MISTAKES_SHOWN = 24;
/** Curves that can be told apart. */
const CURVES = PALETTE.length;

/** More classes than this have no matrix: it could not be read. */
export const MOST_IN_MATRIX = 30;

/** A name as it fits; XML knows no control characters. */
function cut(name: string, length = 18): string {
  const shown = visible(name.replaceAll('\n', ' '));
  return shown.length > length ? `${shown.slice(0, length - 1)}…` : shown;
}

/** Losses and validation AUC of one training. @param kept which epoch is kept, as a sentence */
export function learningFigure(runs: readonly Trained[], kept: string): Figure {
  const width = 860;
  const keys = legend(
    [
      { label: 'training', colour: TRAIN, kind: 'dashed' },
      { label: 'validation', colour: VALIDATION, kind: 'line' },
      { label: 'best epoch, kept', colour: VALIDATION, kind: 'dot' },
    ],
    width,
  );
  const half = (width - 20) / 2;
  const place = { y: keys.height, width: half, height: 250 };
  return {
    id: 'curves',
    title: 'Learning curves',
    subtitle: kept,
    alt: runs
      .map(
        ({ history, bestEpoch }) =>
          `Loss and validation AUC over ${history.length} epochs; epoch ${bestEpoch} is kept`,
      )
      .join('; '),
    width,
    height: keys.height + 250,
    body:
      keys.body +
      chart({ x: 0, ...place }, runs, 'cross-entropy (nats)', [
        { points: series(runs, (r) => r.trainLoss), colour: TRAIN, dashed: true },
        { points: series(runs, (r) => r.valLoss), colour: VALIDATION, marked: true },
      ]) +
      chart({ x: half + 20, ...place }, runs, 'validation AUC', [
        { points: series(runs, (r) => r.valAuc), colour: VALIDATION, marked: true },
      ]),
  };
}

/** Images by truth and answer. @param confusion counts, truth first */
export function confusionFigure(
  classes: readonly string[],
  confusion: readonly (readonly number[])[],
): Figure {
  const sums = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const names = classes.map((name) => cut(name));
  const cell = classes.length <= 4 ? 74 : classes.length <= 12 ? 50 : 30;
  const left = Math.max(...names.map((name) => textWidth(name, SIZE.tick))) + 16;
  const side = classes.length * cell;
  let body = '';
  confusion.forEach((row, truth) => {
    row.forEach((count, answer) => {
      const colour = truth === answer ? CLASS_COLOURS.healthy : CLASS_COLOURS.diseased;
      const share = count / Math.max(1, sums[truth]);
      const [x, y] = [left + answer * cell, truth * cell];
      body +=
        `<rect x="${x + 1}" y="${y + 1}" width="${cell - 2}" height="${cell - 2}" rx="3" fill="${colour}" ` +
        `fill-opacity="${(0.1 + 0.6 * share).toFixed(3)}"/>`;
      const small = cell < 50;
      body += text(x + cell / 2, y + cell / 2 + (small ? 4 : 0), count.toLocaleString('en'), {
        anchor: 'middle',
        bold: true,
        size: cell > 60 ? SIZE.title - 1 : SIZE.tick,
      });
      if (!small) {
        const percent = `${(100 * share).toFixed(0)} %`;
        body += text(x + cell / 2, y + cell / 2 + 15, percent, { anchor: 'middle', size: SIZE.tick });
      }
    });
  });
  const turned = names.some((name) => textWidth(name, SIZE.tick) > cell - 6);
  names.forEach((name, k) => {
    body += text(left - 8, (k + 0.5) * cell + 4, name, { anchor: 'end', size: SIZE.tick });
    const x = left + (k + 0.5) * cell;
    body += turned
      ? text(x + 4, side + 8, name, { anchor: 'end', rotate: -90, size: SIZE.tick })
      : text(x, side + 16, name, { anchor: 'middle', size: SIZE.tick });
  });
  return {
    id: 'confusion',
    title: 'Confusion on the test images',
    subtitle: 'Rows: truth. Columns: answer. Percent of the row',
    alt: names.map((name, k) => `${name}: ${confusion[k][k]} of ${sums[k]} right`).join('; '),
    width: left + side + 6,
    height: side + (turned ? left : 26) + 6,
    body,
  };
}

/** A class or finding against all else. */
export interface RocInput {
  readonly name: string;
  readonly auc: number;
  /** Larger for the class; and 1 where it is right. */
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** ROC curves; of many the first that can be told apart. */
export function rocFigure(title: string, images: number, curves: readonly RocInput[]): Figure {
  const shown = curves.slice(0, CURVES);
  const points = shown.flatMap(({ scores, labels }, k) => {
    const curve = rocCurve(scores, labels);
    return curve.falsePositiveRate.map((x, i) => ({ x, y: curve.truePositiveRate[i], k }));
  });
  const side = 344;
  const entries = shown.map(({ name, auc }, i) => ({
    label: `${cut(name, 28)} (AUC ${auc.toFixed(3)})`,
    colour: PALETTE[i],
    kind: 'line' as const,
  }));
  const keys = legend(entries, side);
  return {
    id: 'roc',
    title,
    subtitle: `${images} test images; dashed: guessing${curves.length > CURVES ? `; the first ${CURVES} classes` : ''}`,
    alt: `ROC curves: ${entries.map(({ label }) => label).join('; ')}`,
    width: side,
    height: keys.height + side + 6,
    body:
      keys.body +
      panel(0, keys.height + 6, {
        width: side,
        height: side,
        marginLeft: 46,
        marginBottom: 40,
        marginTop: 24,
        marginRight: 8,
        x: { domain: [0, 1], label: 'false-positive rate', labelAnchor: 'center', grid: true, ticks: 5 },
        y: { domain: [0, 1], label: 'true-positive rate', grid: true, ticks: 5 },
        color: { domain: [...shown.keys()], range: shown.map((_, i) => PALETTE[i]), type: 'categorical' },
        marks: [
          Plot.line(
            [
              [0, 0],
              [1, 1],
            ],
            { stroke: NEUTRAL, strokeDasharray: '4 3' },
          ),
          Plot.line(points, { x: 'x', y: 'y', stroke: 'k', z: 'k', strokeWidth: 1.9 }),
        ],
      }),
  };
}

const BINS = 10;

/** What the calibration figure says besides its curve. */
export interface CalibrationWords {
  readonly calibrationError: number;
  readonly brier: number;
  /** Labels of the axes: of what the probability is, and the share of what. */
  readonly x: string;
  readonly y: string;
}

/** How often something is true (1) against how probable it was called. */
export function calibrationFigure(
  pairs: Iterable<readonly [probability: number, truth: number]>,
  { calibrationError, brier, x, y }: CalibrationWords,
): Figure {
  const bins = Array.from({ length: BINS }, () => ({ n: 0, sure: 0, right: 0 }));
  let all = 0;
  for (const [sure, right] of pairs) {
    const bin = bins[binOf(sure, BINS)];
    all++;
    bin.n++;
    bin.sure += sure;
    bin.right += right;
  }
  const filled = bins.flatMap(({ n, sure, right }) =>
    n > 0 ? [{ n, p: sure / n, share: right / n, of: n / all }] : [],
  );
  const side = 344;
  return {
    id: 'calibration',
    title: 'Calibration',
    subtitle: 'On the dashed line the net is as often right as it says; dots grow with the number of images',
    alt: `${y[0].toUpperCase()}${y.slice(1)} by the ${x}: calibration error ${calibrationError.toFixed(3)}`,
    width: side,
    height: side + 24,
    body:
      text(0, 14, `ECE ${calibrationError.toFixed(3)}  ·  Brier ${brier.toFixed(3)}`, { size: SIZE.tick }) +
      panel(0, 22, {
        width: side,
        height: side,
        marginLeft: 46,
        marginBottom: 40,
        marginTop: 24,
        marginRight: 12,
        x: {
          domain: [0, 1],
          ticks: 5,
          label: x,
          labelAnchor: 'center',
          grid: true,
        },
        y: { domain: [0, 1], ticks: 5, label: y, grid: true },
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
            filled.filter(({ n }) => n >= 10),
            { x: 'p', y: 'share', stroke: COLOURS.blue, strokeWidth: 1.8 },
          ),
          Plot.dot(filled, {
            x: 'p',
            y: 'share',
            r: (bin: (typeof filled)[number]) => 2.5 + 7 * Math.sqrt(bin.of),
            fill: COLOURS.blue,
          }),
        ],
        r: { type: 'identity' },
      }),
  };
}

/** A wrong answer: what the image is, what was said, and how probable that was called. */
export interface ShownMistake {
  readonly is: string;
  readonly said: string;
  readonly sure: number;
  /** The image: `size` x `size` pixels of `channels` bytes. */
  readonly pixels: Uint8Array;
}

/** Form of an image. */
export interface PictureShape {
  /** Height and width in pixels. */
  readonly size: number;
  readonly channels: 1 | 3;
}

/** Pictures of wrong answers, the most confident first. Nothing where there are none. */
export function wrongAnswersFigure(all: readonly ShownMistake[], { size, channels }: PictureShape): Figure[] {
  const wrong = all.slice(0, MISTAKES_SHOWN);
  if (wrong.length === 0) return [];
  const [columns, side, step, line] = [6, 96, 140, 156];
  let body = '';
  wrong.forEach((one, i) => {
    const [x, y] = [(i % columns) * step, Math.floor(i / columns) * line];
    body += pixelImage(one.pixels, size, channels, { x, y, width: side });
    body += text(x, y + side + 16, `is ${cut(one.is)}`, { size: SIZE.tick });
    body += text(x, y + side + 31, `said ${cut(one.said)}`, { size: SIZE.tick, bold: true });
    body += text(x, y + side + 46, `p ${certainty(one)}, no. ${i + 1}`, { size: SIZE.tick });
  });
  return [
    {
      id: 'mistakes',
      title: 'Most confident wrong answers on the test images',
      subtitle: 'p: probability of the answer; no.: line of the table below',
      alt: wrong
        .map((one, i) => `${i + 1}: is ${cut(one.is)}, said ${cut(one.said)}, p ${certainty(one)}`)
        .join('; '),
      width: Math.min(columns, wrong.length) * step,
      height: Math.ceil(wrong.length / columns) * line,
      body,
    },
  ];
}

/** A probability that is not rounded to a certainty. */
export function certainty({ sure }: { readonly sure: number }): string {
  return sure > 0.995 ? '> .995' : sure.toFixed(2);
}
