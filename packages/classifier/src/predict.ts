import { type Picture, pictureBytes } from '@glassbox/images';
import { examples, predict as outputsFor } from '@glassbox/nn';
import { checkOptions, type OptionTable, whole } from '@glassbox/options';
import type { Classifier } from './classifier.ts';

/** A classifier's answer for one picture. */
export interface Prediction {
  /** The most probable class. */
  readonly class: string;
  /** Its place among the classifier's classes. */
  readonly classIndex: number;
  /** One for each class, in the order of the classifier's classes; their sum is 1. */
  readonly probabilities: readonly number[];
}

/** How pictures are answered. */
export interface ClassifyOptions {
  /** Images that are computed at once. Default 256. */
  readonly batchSize?: number;
}

const optionNames: OptionTable<ClassifyOptions> = { batchSize: whole(1) };

/** Bytes of images that lie on the device at once. */
const mostBytes = 2 ** 26;

/**
 * What a classifier makes of pictures: each is scaled to its size and channels (`pictureBytes`), and the softmax of
 * the net's outputs is computed in float64.
 * @returns one answer for each picture, in their order.
 */
export async function predict(
  classifier: Classifier,
  pictures: Iterable<Picture>,
  options: ClassifyOptions = {},
): Promise<Prediction[]> {
  checkOptions('predict', options, optionNames);
  const { size, channels, classes } = classifier;
  const length = size * size * channels;
  const most = Math.max(1, Math.floor(mostBytes / length));
  const answers: Prediction[] = [];
  let waiting: Uint8Array[] = [];
  const answer = async () => {
    const images = new Uint8Array(waiting.length * length);
    for (const [n, bytes] of waiting.entries()) images.set(bytes, n * length);
    waiting = [];
    const values = await logits(classifier, images, options.batchSize);
    for (let n = 0; n < values.length; n += classes.length) {
      const probabilities = softmax(values.subarray(n, n + classes.length));
      const classIndex = probabilities.indexOf(Math.max(...probabilities));
      answers.push({ class: classes[classIndex], classIndex, probabilities });
    }
  };
  for (const picture of pictures) {
    waiting.push(pictureBytes(picture, { size, channels }));
    if (waiting.length === most) await answer();
  }
  if (waiting.length > 0) await answer();
  return answers;
}

/** The net's outputs for images as bytes (N,H,W) or (N,H,W,3). */
async function logits(
  { module, runtime, size, channels }: Classifier,
  images: Uint8Array,
  batchSize?: number,
): Promise<Float32Array> {
  const data = examples(runtime, { images, shape: [channels, size, size] });
  const { values } = await outputsFor(module, data, batchSize === undefined ? {} : { batchSize });
  return values;
}

/** Probabilities of logits, without overflow. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
