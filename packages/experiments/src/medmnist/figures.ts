/** Figures of one cell: its training, and its answers on the test images. */
import { visible } from '@glassbox/host/command-line';
import { imageBytes, type Predictions, readImages } from '@glassbox/medmnist';
import type { Figure } from '../figures/figure.ts';
import {
  calibrationFigure,
  confusionFigure,
  learningFigure,
  MISTAKES_SHOWN,
  MOST_IN_MATRIX,
  rocFigure,
  wrongAnswersFigure,
} from '../figures/judged.ts';
import type { BenchmarkSet } from './prepare.ts';
import type { Protocol } from './protocol.ts';
import type { CellResult } from './results.ts';

/** What an image was wrongly called, or not called. */
export interface Mistake {
  /** Row of the test split, from 0. */
  readonly image: number;
  readonly is: string;
  readonly said: string;
  /** Probability of what was said. */
  readonly sure: number;
}

/** What the report shows of one cell. */
export interface CellPictures {
  /** Their ids begin with the cell's own. */
  readonly figures: readonly Figure[];
  /** The wrong answers of the figure of pictures, in its order. */
  readonly mistakes: readonly Mistake[];
}

/**
 * Every figure of a cell.
 * @param predictions of the test split by the best epoch
 */
export async function picturesOf(
  cell: CellResult,
  dataset: BenchmarkSet,
  { scores: probabilities, width, count }: Predictions,
  { monitor }: Pick<Protocol, 'monitor'>,
): Promise<CellPictures> {
  const { scores } = cell.kept.best!.test;
  const { labelNames, task, imageSize, channels } = dataset;
  const { images, labels } = dataset.splits.test;
  const multiLabel = task === 'multi-label, binary-class';
  const truth = (image: number, k: number) =>
    multiLabel ? labels[image * width + k] : Number(labels[image] === k);
  const column = (k: number) =>
    Float64Array.from({ length: count }, (_, image) => probabilities[image * width + k]);
  const columns = width === 2 && !multiLabel ? [1] : [...labelNames.keys()];
  const curves = columns.flatMap((k) => {
    const { auc } = scores.classes[k];
    if (auc === null) return [];
    const own = Float64Array.from({ length: count }, (_, image) => truth(image, k));
    return [{ name: labelNames[k], auc, scores: column(k), labels: own }];
  });
  const { calibrationError, brier, confusion } = scores;
  const mistakes = (
    multiLabel
      ? wrongFindings(labelNames, probabilities, labels)
      : wrongClasses(labelNames, probabilities, labels)
  ).slice(0, MISTAKES_SHOWN);
  const bytes = imageBytes(dataset);
  const rows = mistakes.map(({ image }) => image);
  const pixels = await readImages(dataset, images, rows);
  const better = monitor === 'auc' ? 'highest validation AUC' : 'lowest validation loss';
  const figures = [
    ...(cell.history.length > 0 ? [learningFigure([cell], `The epoch with the ${better} is kept`)] : []),
    ...(confusion && width <= MOST_IN_MATRIX ? [confusionFigure(labelNames, confusion)] : []),
    ...(curves.length === 0
      ? []
      : [
          rocFigure(
            multiLabel
              ? 'ROC curves of the findings'
              : curves.length === 1
                ? 'ROC curve'
                : 'ROC curves of each class against the rest',
            count,
            curves,
          ),
        ]),
    multiLabel
      ? calibrationFigure(
          Array.from(probabilities, (p, at) => [p, labels[at]] as const),
          { calibrationError, brier, x: 'probability of a finding', y: 'share of images that have it' },
        )
      : calibrationFigure(
          Array.from({ length: count }, (_, image) => {
            const answer = answerOf(probabilities, width, image);
            return [probabilities[image * width + answer], Number(answer === labels[image])] as const;
          }),
          { calibrationError, brier, x: 'probability of the answer', y: 'share of right answers' },
        ),
    ...wrongAnswersFigure(
      mistakes.map((one, i) => ({ ...one, pixels: pixels.subarray(i * bytes, (i + 1) * bytes) })),
      { size: imageSize, channels },
    ),
  ];
  return { figures: figures.map((figure) => ({ ...figure, id: `${cell.id}-${figure.id}` })), mistakes };
}

function answerOf(probabilities: Float32Array, width: number, image: number): number {
  const row = probabilities.subarray(image * width, (image + 1) * width);
  return width === 2 ? Number(row[1] > 0.5) : row.indexOf(row.reduce((most, p) => Math.max(most, p)));
}

/** Images of another class than was said, the most confident answers first. */
function wrongClasses(names: readonly string[], probabilities: Float32Array, labels: Uint8Array): Mistake[] {
  const width = names.length;
  const wrong = Array.from(labels, (label, image) => {
    const answer = answerOf(probabilities, width, image);
    const sure = probabilities[image * width + answer];
    return { image, answer, label, sure, right: probabilities[image * width + label] };
  }).filter(({ answer, label }) => answer !== label);
  wrong.sort((a, b) => b.sure - a.sure || a.right - b.right || a.image - b.image);
  return wrong.map(({ image, answer, label, sure }) => ({
    image,
    is: names[label],
    said: names[answer],
    sure,
  }));
}

/** Findings that were called and are not there, or the other way round, the most confident first. */
function wrongFindings(names: readonly string[], probabilities: Float32Array, labels: Uint8Array): Mistake[] {
  const width = names.length;
  const wrong: (Mistake & { readonly at: number })[] = [];
  for (const [at, p] of probabilities.entries()) {
    const said = Number(p > 0.5);
    if (said === labels[at]) continue;
    const name = visible(names[at % width]);
    const words = (is: number) => (is === 1 ? name : `no ${name}`);
    wrong.push({
      at,
      image: Math.floor(at / width),
      is: words(labels[at]),
      said: words(said),
      sure: said ? p : 1 - p,
    });
  }
  wrong.sort((a, b) => b.sure - a.sure || a.at - b.at);
  return wrong.map(({ at: _, ...one }) => one);
}
