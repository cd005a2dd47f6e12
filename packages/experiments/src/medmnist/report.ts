/** `report.html` of the benchmark: one page with everything inside. */
import { certainty } from '../figures/judged.ts';
import { banner, contentsPage } from '../pages/contents-page.ts';
import { figurePart } from '../report/figure-part.ts';
import { html, type Part, table } from '../report/html.ts';
import { decimal, duration, percent, whole } from '../report/phrases.ts';
import type { CellPictures } from './figures.ts';
import type { BenchmarkResults, CellResult, SeedScore, SetSummary, Summary } from './results.ts';
import { keptWords } from './summary.ts';

/**
 * A complete HTML document without references to other files.
 * @param pictures by the cell that they show
 */
export function buildBenchmarkReport(
  results: BenchmarkResults,
  pictures: ReadonlyMap<string, CellPictures>,
): string {
  const { protocol, cells, sets } = results;
  const title = `MedMNIST, ${protocol.name} protocol`;
  const sections = [
    { id: 'results', title: 'Results', body: scores(results) },
    { id: 'seeds', title: 'Each training', body: trainings(results) },
    ...cells
      .filter(({ id }) => pictures.has(id))
      .map((cell) => ({
        id: cell.id,
        title: `${cell.set}, ${cell.net}, ${cell.size} pixels${cell.mode === 'end-to-end' ? '' : `, ${cell.mode}`}`,
        body: oneCell(
          cell,
          sets.find(({ set, size }) => set === cell.set && size === cell.size)!,
          pictures.get(cell.id)!,
        ),
      })),
    { id: 'protocol', title: 'The protocol', body: how(results) },
    { id: 'data', title: 'The images', body: images(sets) },
    { id: 'again', title: 'The same again', body: again(results) },
  ];
  return contentsPage({
    title,
    lead: html`${whole(cells.length)} ${cells.length === 1 ? 'training' : 'trainings'} on ${results.device}
(${results.adapter}), scored on test images that chose nothing`,
    top: banner(results.warnings),
    sections,
    foot: html`Written by glassbox from <code>results.json</code> and the predictions of the same folder.`,
  });
}

/** Mean and deviation, and the interval below. */
function scoreCell(score: SeedScore | undefined): Part {
  if (!score) return 'not defined';
  const { mean, deviation, values, interval } = score;
  return html`${decimal(mean)}${values.length > 1 && ` ± ${decimal(deviation)}`}${
    interval && html`<small>${decimal(interval[0])} – ${decimal(interval[1])}</small>`
  }`;
}

/** The published value, how far ours is from it, and whether it lies in our interval. */
function publishedPart(score: SeedScore | undefined): Part {
  if (score?.published === undefined) return '–';
  const { published, mean, inside } = score;
  const difference = `ours ${mean < published ? '−' : '+'}${decimal(Math.abs(mean - published))}`;
  const verdict = inside === undefined ? 'one seed' : inside ? 'in our interval' : 'outside';
  return html`${decimal(published)}<small>${difference}, ${verdict}</small>`;
}

const named = ({ set, net, size, mode }: Pick<Summary, 'set' | 'net' | 'size' | 'mode'>) =>
  `${set}, ${net}, ${size}${mode === 'end-to-end' ? '' : `, ${mode}`}`;

function scores({ summaries, protocol }: BenchmarkResults): Part {
  const sources = [...new Set(summaries.flatMap(({ publishedIn }) => publishedIn ?? []))];
  return html`${table(
    [
      'Set, net, size',
      'kept',
      'AUC',
      'published AUC',
      'accuracy',
      'published accuracy',
      'mean recall',
      'ECE',
      'seeds',
    ],
    summaries.map((one) => [
      named(one),
      keptWords[one.kept],
      scoreCell(one.auc),
      publishedPart(one.auc),
      scoreCell(one.accuracy),
      publishedPart(one.accuracy),
      scoreCell(one.meanRecall),
      scoreCell(one.calibrationError),
      one.seeds.length,
    ]),
    `Mean ± deviation over the seeds. Small: 95 % interval of the mean by Student’s t, from two seeds on. A published
    value is a mean of a few seeds itself. ECE: expected calibration error, 15 bins`,
  )}
${sources.map((source) => html`<p>Published: ${source}.</p>`)}
${
  protocol.name === 'official' &&
  html`<p>“${keptWords.best}” is the epoch with the highest validation AUC, as the paper says. “${keptWords.last}” is
  what the published script kept until May 2023: it remembered the net itself, not a copy of its weights. Which of the
  two the published cells are is not known.</p>`
}
<p>AUC and accuracy hide rare classes: mean recall counts each class alike. ECE says how far probabilities are from
the share of right answers.</p>`;
}

function trainings({ cells }: BenchmarkResults): Part {
  return table(
    ['Training', 'kept', 'test AUC', 'test accuracy', 'validation AUC', 'training AUC', 'epoch', 'time'],
    cells.flatMap((cell) =>
      (['best', 'last'] as const).flatMap((epoch) => {
        const kept = cell.kept[epoch];
        if (!kept) return [];
        const { scores, intervals } = kept.test;
        const ends = (interval: readonly [number, number] | undefined) =>
          interval && html`<small>${decimal(interval[0])} – ${decimal(interval[1])}</small>`;
        return [
          [
            cell.id,
            keptWords[epoch],
            html`${or(scores.auc)}${ends(intervals?.auc)}`,
            html`${decimal(scores.accuracy)}${ends(intervals?.accuracy)}`,
            or(kept.val.scores.auc),
            or(kept.train.scores.auc),
            cell.history.length === 0 ? '–' : epoch === 'best' ? cell.bestEpoch : cell.history.length,
            duration(cell.trainSeconds),
          ],
        ];
      }),
    ),
    `Small: 95 % bootstrap interval over the test images of this training. Validation chose the epoch: its scores
    flatter`,
  );
}

const or = (value: number | null) => (value === null ? 'not defined' : decimal(value));

function oneCell(cell: CellResult, { classes }: SetSummary, { figures, mistakes }: CellPictures): Part {
  const { scores } = cell.kept.best!.test;
  const missing = scores.undefinedAuc.map((k) => classes[k]);
  return html`<p>Seed ${cell.seed}, ${keptWords.best}. Weights at first: ${cell.start}. ${whole(
    cell.parameters,
  )} parameters, of which ${whole(cell.trainableParameters)} were trained.</p>
${
  missing.length > 0 &&
  html`<p>The AUC is the mean without ${missing.join(', ')}: no test image has it, or all have.</p>`
}
${table(
  ['Class', 'test images', 'recall', 'precision', 'AUC', 'average precision'],
  classes.map((name, k) => {
    const { n, recall, precision, auc, averagePrecision } = scores.classes[k];
    return [
      name,
      whole(n!),
      or(recall),
      precision === null ? 'never said' : decimal(precision),
      or(auc),
      or(averagePrecision),
    ];
  }),
  'Recall: share of the images of a class that are answered rightly. Precision: share of its answers that are right',
)}
${figures.map(figurePart)}
${
  mistakes.length > 0 &&
  table(
    ['No.', 'row of the test split', 'is', 'said', 'p'],
    mistakes.map((one, i) => [i + 1, one.image, one.is, one.said, certainty(one)]),
    'Rows count from 0. A look at the most confident wrong answers often finds a wrong label',
  )
}`;
}

function how({ protocol }: BenchmarkResults): Part {
  return table(
    ['Choice', 'value'],
    [
      ...protocol.words,
      ['epochs', `${protocol.name === 'official' ? '' : 'at most '}${protocol.epochs}`],
      ...(protocol.enlargedTo === null
        ? []
        : [['size', `28-pixel images enlarged to ${protocol.enlargedTo} by nearest neighbour`]]),
    ],
    undefined,
    'text',
  );
}

function images(sets: readonly SetSummary[]): Part {
  return sets.map(
    ({ set, size, file, md5, published, real, task, channels, classes, counts, classCounts }) => {
      const { train } = counts;
      return html`<h3>${set}, ${size} pixels</h3>
<p>${task}, ${channels === 1 ? 'grey' : 'red, green, blue'}; file <code>${file}</code>, MD5 <code>${md5}</code>:
${originOf({ published, real })}.</p>
${table(
  ['Class', 'train', 'val', 'test', 'share of train'],
  [
    ['all', whole(train), whole(counts.val), whole(counts.test), ''],
    ...classes.map((name, k) => [
      name,
      whole(classCounts.train[k]),
      whole(classCounts.val[k]),
      whole(classCounts.test[k]),
      percent(classCounts.train[k] / train),
    ]),
  ],
)}`;
    },
  );
}

function originOf({ published, real }: Pick<SetSummary, 'published' | 'real'>): string {
  if (published) return 'the published file';
  return real ? 'not a published file, so no published cell is beside it' : 'generated images, no patients';
}

function again({ command, versions, startedAt, cells, sets }: BenchmarkResults): Part {
  const said = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  // The package knows published sets alone.
  const known = (cell: CellResult) => sets.some(({ set, published }) => published && set === cell.set);
  const file = cells.find(known)?.kept.best?.test.file;
  return html`<p>Made by <code>${command}</code>, begun ${startedAt.slice(0, 16).replace('T', ' ')}, with ${said}. The
same seed, files and options give the same bits on the same kind of device. <code>checkpoints</code> holds the weights
of the best epochs under PyTorch’s names.</p>
${
  file &&
  html`<p><code>python -m medmnist evaluate --path="${file}"</code> scores a file of predictions again, with the set’s
  file in <code>~/.medmnist</code>.</p>`
}`;
}
