/**
 * Files of predictions as the Python package `medmnist` writes and scores them again
 * (`python -m medmnist evaluate --path=FILE`): CSV without a header, a line for each image of a split.
 */
import { DataError } from '@glassbox/files';
import { checkOptions, number, type OptionTable, oneOf, required, text, whole } from '@glassbox/options';
import type { SplitName } from './catalogue.ts';

/** What the name of a file of predictions says. */
export interface PredictionsName {
  /** The data set, such as `breastmnist`. */
  readonly set: string;
  /** Height and width of the images of its file. 28 has no place in the name. */
  readonly size: number;
  /** The split that was predicted. */
  readonly split: SplitName;
  /** The benchmark's AUC of these predictions. NaN becomes `nan`, as in Python. */
  readonly auc: number;
  /** The benchmark's accuracy of them. */
  readonly accuracy: number;
  /** Which run it was: what stands after the `@`. No dot: the package takes what lies before it. */
  readonly run: string;
}

const nameOptions: OptionTable<PredictionsName> = {
  set: required(text),
  size: required(whole(1)),
  split: required(oneOf('train', 'val', 'test')),
  auc: required(number),
  accuracy: required(number),
  run: required(text),
};

/**
 * The file name that the package gives, `breastmnist_test_[AUC]0.898_[ACC]0.872@run.csv`, with `_64` after the set
 * where images are larger than 28.
 * @throws RangeError for a set or run that the package could not read back.
 */
export function predictionsFileName(options: PredictionsName): string {
  checkOptions('predictionsFileName', options, nameOptions);
  const { set, size, split, auc, accuracy, run } = options;
  for (const [name, value, pattern] of [
    ['set', set, /^[a-z0-9-]+$/],
    ['run', run, /^[A-Za-z0-9_-]+$/],
  ] as const) {
    if (!pattern.test(value)) {
      throw new RangeError(
        `predictionsFileName: ${name} '${value}' has characters that file names of it cannot have`,
      );
    }
  }
  const flag = size === 28 ? set : `${set}_${size}`;
  return `${flag}_${split}_[AUC]${threeDigits(auc)}_[ACC]${threeDigits(accuracy)}@${run}.csv`;
}

/** A score as Python's `.3f` shows it: a value in the middle between two goes to the even digit. */
export function threeDigits(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  const sixteenths = value * 16;
  // Halves of the third digit that a float can hold are odd sixteenths: toFixed would round them up.
  if (Number.isInteger(sixteenths) && sixteenths % 2 !== 0) {
    const thousandths = value * 1000;
    const low = Math.floor(thousandths);
    return ((low % 2 === 0 ? low : low + 1) / 1000).toFixed(3);
  }
  return value.toFixed(3);
}

/**
 * Predictions as the text of such a file: the number of the image, then its scores, each with as many digits as its
 * float32 needs to be read back.
 * @param scores [n, width] probabilities, row-major
 */
export function encodePredictions(scores: Float32Array, width: number): string {
  if (!(Number.isInteger(width) && width > 0) || scores.length % width !== 0) {
    throw new RangeError(`encodePredictions: ${scores.length} scores do not make rows of ${width}`);
  }
  const lines: string[] = [];
  for (let at = 0; at < scores.length; at += width) {
    lines.push(`${at / width},${Array.from(scores.subarray(at, at + width), shortest).join(',')}\n`);
  }
  return lines.join('');
}

/** Below it float32 has fewer digits. */
const smallestNormal = 2 ** -126;

/** The shortest text from which the same float32 is read. */
function shortest(value: number): string {
  for (let digits = Math.abs(value) < smallestNormal ? 1 : 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** What a file of predictions holds. */
export interface Predictions {
  /** [n, width] scores, row-major, in the order of the images. */
  readonly scores: Float32Array;
  /** Scores of each image. */
  readonly width: number;
  /** Number of images. */
  readonly count: number;
}

/**
 * Reads such a file. Lines may come in any order, as the package allows.
 * @param file its name, for errors
 * @throws DataError that names the line.
 */
export function parsePredictions(content: string, file: string): Predictions {
  const lines = content.split(/\r?\n/).filter((line) => line !== '');
  const fail = (problem: string): never => {
    throw new DataError(
      file,
      problem,
      'Predict again: a file of predictions has a line "image,score,…" for each image.',
    );
  };
  const width = (lines[0]?.split(',').length ?? 0) - 1;
  if (width < 1) fail('holds no predictions');
  const scores = new Float32Array(lines.length * width).fill(Number.NaN);
  for (const [index, line] of lines.entries()) {
    const cells = line.split(',');
    const row = Number(cells[0]);
    if (cells.length !== width + 1)
      fail(`has ${cells.length - 1} scores in line ${index + 1}, and ${width} in the first`);
    if (
      !(cells[0] !== '' && Number.isInteger(row) && row >= 0 && row < lines.length) ||
      !Number.isNaN(scores[row * width])
    )
      fail(
        `names image '${cells[0]}' in line ${index + 1}; there are ${lines.length} lines, one for each image`,
      );
    for (let k = 0; k < width; k++) {
      const score = cells[k + 1].trim() === '' ? Number.NaN : Number(cells[k + 1]);
      if (!Number.isFinite(score)) fail(`has the score '${cells[k + 1]}' in line ${index + 1}`);
      scores[row * width + k] = score;
    }
  }
  return { scores, width, count: lines.length };
}
