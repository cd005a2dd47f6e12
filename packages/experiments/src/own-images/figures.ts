/** Figures of a training on own images: any number of classes. */
import { visible } from '@glassbox/host/command-line';
import { binOf, logOddsAgainstRest, rocCurve } from '@glassbox/metrics';
import { chart, series, TRAIN, VALIDATION } from '../figures/curves.ts';
import { type Figure, legend, text, textWidth } from '../figures/figure.ts';
import { pixelImage } from '../figures/image.ts';
import { Plot, panel } from '../figures/panel.ts';
import { CLASS_COLOURS, COLOURS, NEUTRAL, PALETTE, SIZE } from '../figures/style.ts';
import { type OwnResults, type WrongAnswer, wrongAnswers } from './results.ts';

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

/** Every figure of a run. @param picture the pixels of a test image, by its place among the answers */
export function ownFigures(results: OwnResults, picture: (index: number) => Uint8Array): Figure[] {
  return [
    learningFigure(results),
    ...(results.classes.length > MOST_IN_MATRIX ? [] : [confusionFigure(results)]),
    rocFigure(results),
    calibrationFigure(results),
    ...mistakesFigure(results, picture),
  ];
}

function learningFigure({ history, bestEpoch, seed }: OwnResults): Figure {
  const width = 860;
  const runs = [{ seed, bestEpoch, history }];
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
    subtitle: 'The epoch with the highest validation AUC is kept',
    alt: `Loss and validation AUC over ${history.length} epochs; epoch ${bestEpoch} is kept`,
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

function confusionFigure({ classes, test }: OwnResults): Figure {
  const { confusion } = test.scores;
  const names = classes.map((name) => cut(name));
  const cell = classes.length <= 4 ? 74 : classes.length <= 12 ? 50 : 30;
  const left = Math.max(...names.map((name) => textWidth(name, SIZE.tick))) + 16;
  const side = classes.length * cell;
  let body = '';
  confusion.forEach((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    row.forEach((count, answer) => {
      const colour = truth === answer ? CLASS_COLOURS.healthy : CLASS_COLOURS.diseased;
      const share = count / total;
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
  names.forEach((name, k) => {
    body += text(left - 8, (k + 0.5) * cell + 4, name, { anchor: 'end', size: SIZE.tick });
    const x = left + (k + 0.5) * cell;
    const turned = names.some((each) => textWidth(each, SIZE.tick) > cell - 6);
    body += turned
      ? text(x + 4, side + 8, name, { anchor: 'end', rotate: -90, size: SIZE.tick })
      : text(x, side + 16, name, { anchor: 'middle', size: SIZE.tick });
  });
  return {
    id: 'confusion',
    title: 'Confusion on the test images',
    subtitle: 'Rows: truth. Columns: answer. Percent of the row',
    alt: names
      .map((name, k) => `${name}: ${confusion[k][k]} of ${test.scores.classes[k].n} right`)
      .join('; '),
    width: left + side + 6,
    height: side + (classes.length > 2 ? left : 26) + 6,
    body,
  };
}

function rocFigure({ classes, answers, test }: OwnResults): Figure {
  const width = classes.length;
  const logits = answers.flatMap((answer) => answer.logits);
  // With two classes the second curve is the mirror image of the first.
  const shown = width === 2 ? [1] : [...classes.keys()].slice(0, CURVES);
  const points = shown.flatMap((k) => {
    const labels = answers.map(({ label }) => Number(label === k));
    const curve = rocCurve(logOddsAgainstRest({ logits, width }, k), labels);
    return curve.falsePositiveRate.map((x, i) => ({ x, y: curve.truePositiveRate[i], k }));
  });
  const side = 344;
  const entries = shown.map((k, i) => ({
    label: `${cut(classes[k], 28)} (AUC ${test.scores.classes[k].auc.toFixed(3)})`,
    colour: PALETTE[i],
    kind: 'line' as const,
  }));
  const keys = legend(entries, side);
  return {
    id: 'roc',
    title: width === 2 ? 'ROC curve' : 'ROC curves of each class against the rest',
    subtitle: `${answers.length} test images; dashed: guessing${width > CURVES ? `; the first ${CURVES} classes` : ''}`,
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
        color: { domain: shown, range: shown.map((_, i) => PALETTE[i]), type: 'categorical' },
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

function calibrationFigure({ answers, test }: OwnResults): Figure {
  const bins = Array.from({ length: BINS }, () => ({ n: 0, sure: 0, right: 0 }));
  for (const { label, logits } of answers) {
    const largest = Math.max(...logits);
    const sure = 1 / logits.reduce((sum, z) => sum + Math.exp(z - largest), 0);
    const bin = bins[binOf(sure, BINS)];
    bin.n++;
    bin.sure += sure;
    bin.right += Number(logits.indexOf(largest) === label);
  }
  const filled = bins.flatMap(({ n, sure, right }) =>
    n > 0 ? [{ n, p: sure / n, share: right / n, of: n / answers.length }] : [],
  );
  const side = 344;
  const { calibrationError, brier } = test.scores;
  return {
    id: 'calibration',
    title: 'Calibration',
    subtitle: 'On the dashed line the net is as often right as it says; dots grow with the number of images',
    alt: `Share of right answers by the probability of the answer: calibration error ${calibrationError.toFixed(3)}`,
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
          label: 'probability of the answer',
          labelAnchor: 'center',
          grid: true,
        },
        y: { domain: [0, 1], ticks: 5, label: 'share of right answers', grid: true },
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

function mistakesFigure(results: OwnResults, picture: (index: number) => Uint8Array): Figure[] {
  const { classes, size, channels } = results;
  const wrong = wrongAnswers(results).slice(0, MISTAKES_SHOWN);
  if (wrong.length === 0) return [];
  const [columns, side, step, line] = [6, 96, 140, 156];
  let body = '';
  wrong.forEach((one, i) => {
    const [x, y] = [(i % columns) * step, Math.floor(i / columns) * line];
    body += pixelImage(picture(one.index), size, channels, { x, y, width: side });
    body += text(x, y + side + 16, `is ${cut(classes[one.label])}`, { size: SIZE.tick });
    body += text(x, y + side + 31, `said ${cut(classes[one.answer])}`, { size: SIZE.tick, bold: true });
    body += text(x, y + side + 46, `p ${certainty(one)}, no. ${i + 1}`, { size: SIZE.tick });
  });
  return [
    {
      id: 'mistakes',
      title: 'Most confident wrong answers on the test images',
      subtitle: 'p: probability of the answer; no.: line of the table below',
      alt: wrong
        .map(
          (one, i) =>
            `${i + 1}: is ${cut(classes[one.label])}, said ${cut(classes[one.answer])}, p ${certainty(one)}`,
        )
        .join('; '),
      width: Math.min(columns, wrong.length) * step,
      height: Math.ceil(wrong.length / columns) * line,
      body,
    },
  ];
}

/** A probability that is not rounded to a certainty. */
export function certainty({ sure }: Pick<WrongAnswer, 'sure'>): string {
  return sure > 0.995 ? '> .995' : sure.toFixed(2);
}
