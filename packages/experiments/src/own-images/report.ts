/** `report.html` of a training on own images: one page with everything inside. */
import type { Interval } from '@glassbox/metrics';
import type { Figure } from '../figures/figure.ts';
import { certainty, MISTAKES_SHOWN } from '../figures/judged.ts';
import { banner, contentsPage } from '../pages/contents-page.ts';
import { figurePart } from '../report/figure-part.ts';
import { type Html, html, type Part, table } from '../report/html.ts';
import { decimal, duration, percent, whole } from '../report/phrases.ts';
import { augmentations } from './augment.ts';
import { splitNames } from './find.ts';
import { type OwnResults, wrongAnswers } from './results.ts';

/** A complete HTML document without references to other files. */
export function buildOwnReport(results: OwnResults, figures: readonly Figure[]): string {
  const { data, classes } = results;
  const title = `A classifier for ${data.name}`;
  const sections = [
    { id: 'scores', title: 'Scores', body: scores(results) },
    { id: 'classes', title: 'Each class', body: eachClass(results, figures) },
    { id: 'certainty', title: 'Can its probabilities be trusted?', body: trust(results, figures) },
    { id: 'mistakes', title: 'What it gets wrong', body: mistakes(results, figures) },
    { id: 'training', title: 'How it was trained', body: training(results, figures) },
    { id: 'data', title: 'The images', body: images(results) },
    { id: 'use', title: 'Using it', body: use(results) },
  ];
  return contentsPage({
    title,
    lead: html`${classes.length} classes, ${whole(total(results))} images; judged on ${whole(
      results.answers.length,
    )} that it has never seen`,
    top: [banner(results.warnings), facts(results)],
    sections,
    foot: html`Written by glassbox from <code>results.json</code> of the same folder; every number above is
recomputable from it.`,
  });
}

const total = ({ data }: OwnResults) =>
  splitNames.reduce((sum, split) => sum + data.counts[split].reduce((all, count) => all + count, 0), 0);

function facts({ test, answers, device, adapter, net, parameters, trainSeconds, history }: OwnResults): Part {
  const { scores, intervals } = test;
  const right = answers.length - wrongAnswers({ answers }).length;
  const items: [string, string, string][] = [
    ['Test accuracy', percent(scores.accuracy), `${whole(right)} of ${whole(answers.length)} right`],
    ['Test AUC', decimal(scores.auc), `95 %: ${range(intervals.auc)}`],
    ['Net', net, `${whole(parameters)} parameters`],
    ['Training', duration(trainSeconds), `${history.length} epochs on ${device} (${adapter})`],
  ];
  return html`<dl class="facts">${items.map(
    ([name, value, detail]) => html`<div><dt>${name}</dt><dd>${value}<small>${detail}</small></dd></div>`,
  )}</dl>`;
}

const range = (interval: Interval | undefined) =>
  interval ? `${decimal(interval[0])} – ${decimal(interval[1])}` : 'not defined';

function figure(figures: readonly Figure[], id: string): Html | undefined {
  const drawn = figures.find((one) => one.id === id);
  return drawn && figurePart(drawn);
}

function scores({ val, test, classes, data }: OwnResults): Part {
  const counts = data.counts.test;
  const most = counts.indexOf(Math.max(...counts));
  const share = counts[most] / counts.reduce((sum, count) => sum + count, 0);
  const rows = (
    [
      ['accuracy', 'accuracy'],
      ['balancedAccuracy', 'balanced accuracy (mean recall)'],
      ['auc', classes.length === 2 ? 'AUC' : 'AUC, mean of one class against the rest'],
      ['logLoss', 'cross-entropy (nats)'],
      ['brier', 'Brier score (0 to 2)'],
      ['calibrationError', 'calibration error'],
    ] as const
  ).map(([name, words]) => [
    words,
    html`${decimal(test.scores[name])}<small>${range(test.intervals[name])}</small>`,
    decimal(val[name]),
  ]);
  return html`${table(
    ['Score', 'test', 'validation'],
    rows,
    'Small: 95 % bootstrap interval over the test images. Validation chose the epoch: its scores flatter',
  )}<p>Who always answers ${classes[most]} has an accuracy of ${percent(share)} on the test images, and an AUC of
  0.5.</p>`;
}

function eachClass({ classes, test }: OwnResults, figures: readonly Figure[]): Part {
  return html`${table(
    ['Class', 'test images', 'recall', 'precision', 'AUC', 'average precision'],
    classes.map((name, k) => {
      const { n, recall, precision, auc, averagePrecision } = test.scores.classes[k];
      return [
        name,
        whole(n),
        html`${decimal(recall)}<small>${range(test.recallIntervals[k])}</small>`,
        Number.isFinite(precision) ? decimal(precision) : 'never said',
        decimal(auc),
        decimal(averagePrecision),
      ];
    }),
    'Recall: share of the images of a class that are answered rightly. Precision: share of its answers that are right',
  )}${figure(figures, 'confusion') ?? confusions(classes, test.scores.confusion)}${figure(figures, 'roc')}`;
}

/** The most frequent wrong answers, where there are too many classes for a matrix. */
function confusions(classes: readonly string[], matrix: readonly (readonly number[])[]): Part {
  const wrong = matrix.flatMap((row, truth) =>
    row.flatMap((count, answer) => (truth !== answer && count > 0 ? [{ truth, answer, count }] : [])),
  );
  if (wrong.length === 0) return undefined;
  wrong.sort((a, b) => b.count - a.count || a.truth - b.truth || a.answer - b.answer);
  const rows = wrong
    .slice(0, 20)
    .map(({ truth, answer, count }) => [classes[truth], classes[answer], whole(count)]);
  return table(['Is', 'said', 'images'], rows, 'The most frequent confusions');
}

function trust({ test }: OwnResults, figures: readonly Figure[]): Part {
  return html`<p>The calibration error is ${decimal(test.scores.calibrationError)}: so far is the probability of
  the answers from the share of right ones, on average.</p>${figure(figures, 'calibration')}`;
}

function mistakes(results: OwnResults, figures: readonly Figure[]): Part {
  const { classes, answers } = results;
  const wrong = wrongAnswers(results);
  if (wrong.length === 0)
    return html`<p>Nothing: all ${whole(answers.length)} test images are answered rightly.</p>`;
  return html`<p>${whole(wrong.length)} of ${whole(answers.length)} test images are answered wrongly. A look at the most
  confident ones often finds a wrong label, or a kind of image that training lacks.</p>${figure(figures, 'mistakes')}
${table(
  ['No.', 'image', 'is', 'said', 'p'],
  wrong
    .slice(0, MISTAKES_SHOWN)
    .map((one, i) => [
      i + 1,
      html`<code>${one.name}</code>`,
      classes[one.label],
      classes[one.answer],
      certainty(one),
    ]),
)}`;
}

function training(results: OwnResults, figures: readonly Figure[]): Part {
  const { training: how, history, bestEpoch, stopReason, seed, net, size, channels, device } = results;
  const ended =
    stopReason === 'patience' ? `${how.patience} epochs without a better one` : 'the limit of epochs';
  return html`${figure(figures, 'curves')}${table(
    ['Choice', 'value'],
    [
      ['net', net],
      ['images', `${size} x ${size}, ${channels === 1 ? 'grey' : 'red, green, blue'}; bytes to -1 … 1`],
      ['optimiser', how.optimizer],
      ['learning rate', String(how.learningRate)],
      ['batch', how.batchSize],
      ['class weights', how.classWeights],
      ['augmentation', how.augment.map((name) => `${name}: ${augmentations[name]}`).join('; ') || 'none'],
      [
        'epochs',
        `${history.length} of at most ${how.epochLimit}; epoch ${bestEpoch} is kept, ended by ${ended}`,
      ],
      ['seed', seed],
    ],
  )}<p>The same seed, images and options give the same bits on the same kind of device (${device}).</p>`;
}

function images(results: OwnResults): Part {
  const { data, classes } = results;
  const drawn =
    data.drawn.length > 0 ? `${data.drawn.join(' and ')} were drawn by the seed, each class for itself` : '';
  const kept = data.grouped ? 'images of a group stay in one split' : 'copies of an image stay in one split';
  return html`${table(
    ['Class', ...splitNames],
    classes.map((name, k) => [name, ...splitNames.map((split) => whole(data.counts[split][k]))]),
    drawn ? `${drawn}; ${kept}` : 'The splits are those of the data',
  )}
${
  data.unreadable.length > 0 &&
  html`<details><summary>${data.unreadable.length} files could not be read</summary>
<ul>${data.unreadable.map((line) => html`<li>${line}</li>`)}</ul></details>`
}
${data.others > 0 && html`<p>${whole(data.others)} files were left aside: their names are not those of pictures.</p>`}
<p>SHA-256 of names, labels, splits and pixels: <code>${data.sha256}</code></p>`;
}

function use(results: OwnResults): Part {
  const versions = Object.entries(results.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  return html`<p><code>npm run predict -- classifier.safetensors IMAGE…</code> prints the probabilities for new images.
  The file has the weights under PyTorch's names, and in its metadata the net, the classes and the size.</p>
<p>Made by <code>${results.command}</code>, begun ${results.startedAt.slice(0, 16).replace('T', ' ')}, with
${versions}.</p>`;
}
