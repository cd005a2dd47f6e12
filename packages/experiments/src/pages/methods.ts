/** How everything was done, and where it came from. */
import type { Context, Section } from '../report/context.ts';
import { html, type Part, paragraph, table } from '../report/html.ts';
import { duration, list, percent, whole } from '../report/phrases.ts';
import type { DataFile, RunResults } from '../report/results.ts';

/** Splits, settings, statistics. */
export function methods(context: Context): Section {
  const { results, analysis, names } = context;
  const settings = analysis.summaries.map((v) => ({ v, t: v.rows[0].training }));
  return {
    id: 'methods',
    title: 'Methods',
    body: html`
${
  results.data.length > 0
    ? html`<h3>Splits</h3>
${table(
  ['Data', 'train (used)', 'validation', 'test', 'without labels'],
  results.data.map((d) => [
    names[d.target].short,
    trainedOn(context, d),
    whole(d.images.val),
    whole(d.images.test),
    d.images.unlabelled === undefined ? 'none' : whole(d.images.unlabelled),
  ]),
)}`
    : undefined
}
${
  results.labelDistributions.length > 0
    ? table(
        ['Labels', 'images', 'healthy / normal', 'diseased / pneumonia'],
        results.labelDistributions.map((d) => [
          `${names[d.target].short}, ${d.split}`,
          whole(d.n),
          `${whole(d.n - d.positives)} (${percent(1 - d.positives / d.n)})`,
          `${whole(d.positives)} (${percent(d.positives / d.n)})`,
        ]),
      )
    : undefined
}
${
  settings.length > 0
    ? html`<h3>Training</h3>
${paragraph(
  'Pixels are scaled to (x/255 − 0.5)/0.5; the loss is cross-entropy over two logits, averaged over ' +
    'images. Early stopping watches the quantity in the table, keeps the best state and restores it.',
)}
${table(
  [
    'Row',
    'start',
    'optimiser',
    'rate',
    'batch',
    'images',
    'limit',
    'patience',
    'watches',
    'trained parameters',
  ],
  settings.map(({ v, t }) => [
    v.name,
    t.initialisation,
    t.weightDecay ? `${t.optimizer}, weight decay ${t.weightDecay}` : t.optimizer,
    String(t.learningRate),
    t.batchSize,
    t.availableImages === undefined
      ? whole(t.trainImages)
      : `${whole(t.trainImages)} of ${whole(t.availableImages)}`,
    t.epochLimit,
    t.patience,
    t.monitor,
    t.trainableParameters === undefined ? 'all' : whole(t.trainableParameters),
  ]),
)}
${
  settings.some(({ t }) => t.notes)
    ? html`<ul>${settings
        .filter(({ t }) => t.notes)
        .map(
          ({ v, t }) => html`<li><b>${v.name}:</b>
${t.notes}</li>`,
        )}</ul>`
    : undefined
}`
    : undefined
}
<h3>Thresholds</h3>
${paragraph(
  'Scores at 0.5 use the probability itself. The validation threshold is the one with the highest accuracy on ' +
    'the validation split; among equals the one nearest to 0.5. AUC, average precision and calibration need none.',
)}
<h3>Statistics</h3>
${paragraph(
  `Seeds: ${list(results.seeds.map(String))}. Tables give mean ± sample standard deviation over seeds. ` +
    'Intervals are 95 % percentile bootstraps with 1,000 draws that resample the seeds and, jointly for all ' +
    'rows, the test images; differences between rows are therefore paired by image. A difference is called one ' +
    'only where its interval excludes zero. No correction for the number of comparisons is made.',
)}
${paragraph(
  'AUC is the Mann-Whitney statistic with ties counted half; average precision is not interpolated; ' +
    'calibration error uses 15 bins of equal width of the positive probability. PSNR and SSIM (uniform 7 by 7 ' +
    'window) are means over images. Silhouette, nearest neighbours (leave one out) and the linear probe ' +
    '(logistic regression on standardised features, five stratified folds) are computed in the full embedding.',
)}`,
  };
}

/** Labelled training images of a file, and how many of them the budget used where that is not all. */
function trainedOn({ baseline }: Context, { target, images }: DataFile): string {
  const row = baseline(target)?.rows[0];
  const used = row?.training.trainImages ?? images.train;
  return used < images.train ? `${whole(images.train)} (${whole(used)})` : whole(images.train);
}

/** What a data file is, as far as its MD5 and its layout say. */
function whatItIs({ kind, published, format, target }: DataFile): Part {
  if (kind === 'synthetic') return html`<b>synthetic</b>: ${target} phantoms`;
  if (published) return `${published} as published`;
  return format ? `in ${format}’s format, not the published file` : `${target} images, not a published file`;
}

function describeTiles({ count, differentBits, hash }: NonNullable<RunResults['measuredTiles']>): string {
  const bits =
    differentBits === 0
      ? 'all with the bits of the default tiles'
      : `${differentBits} of them with other bits than the default tiles`;
  return `${count} kernels, ${bits} (table ${hash})`;
}

/** Machine, data, versions. */
export function provenance(context: Context): Section {
  const { results } = context;
  return {
    id: 'provenance',
    title: 'Provenance',
    body: html`
${table(
  ['Data file', 'what it is', 'md5'],
  results.data.map((d) => [html`<code>${d.file}</code>`, whatItIs(d), html`<code>${d.md5}</code>`]),
)}
${table(
  ['Run', 'value'],
  [
    [results.resumed ? 'resumed' : 'started', results.startedAt],
    [results.resumed ? 'duration since' : 'duration', duration(results.durationSeconds)],
    ['budget', results.budget],
    ['tasks', results.tasks.join(', ')],
    ['device', results.device],
    ['adapter', `${results.adapter}${results.softwareAdapter ? ' (software)' : ''}`],
    ...(results.deviceReason ? [['chosen because', results.deviceReason]] : []),
    ...(results.measuredTiles ? [['measured tiles', describeTiles(results.measuredTiles)]] : []),
    ...(results.command ? [['command', html`<code>${results.command}</code>`]] : []),
    ...Object.entries(results.versions).map(([name, version]) => [name, version]),
  ],
)}`,
  };
}
