/** From logits to the benchmark's scores, by way of the probabilities that its files hold. */
import {
  type MedmnistIntervals,
  type MedmnistScores,
  medmnistIntervals,
  medmnistScores,
  portableMath,
  type ScoredProbabilities,
} from '@glassbox/metrics';
import type { Outputs } from '@glassbox/nn';

/** Scores as JSON holds them: what is not defined is null. */
export type KeptScores = {
  readonly [name in keyof MedmnistScores]: name extends 'classes'
    ? readonly { readonly [score in keyof MedmnistScores['classes'][number]]: number | null }[]
    : name extends 'auc' | 'meanRecall'
      ? number | null
      : MedmnistScores[name];
};

/** Softmax of the classes, or the sigmoid of each finding, [n, width] as float32: as the published script. */
export function probabilitiesOf(logits: Float32Array, width: number, multiLabel: boolean): Float32Array {
  const { exp } = portableMath;
  if (multiLabel) {
    return logits.map((z) => {
      const e = exp(-Math.abs(z));
      return (z >= 0 ? 1 : e) / (1 + e);
    });
  }
  const probabilities = new Float32Array(logits.length);
  for (let at = 0; at < logits.length; at += width) {
    const row = logits.subarray(at, at + width);
    const largest = row.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY);
    const powers = Float64Array.from(row, (z) => exp(z - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    for (let k = 0; k < width; k++) probabilities[at + k] = powers[k] / sum;
  }
  return probabilities;
}

/** Scores as they are kept. @throws as `medmnistScores` */
export function keptScores(scored: ScoredProbabilities): KeptScores {
  return JSON.parse(JSON.stringify(medmnistScores(scored))) as KeptScores;
}

/** Bootstrap intervals of a split's two scores, the same for a seed. */
export function keptIntervals(scored: ScoredProbabilities, seed: number): MedmnistIntervals {
  return medmnistIntervals(scored, { seed });
}

/**
 * The loss as the plus protocol's script watches it: the mean over batches of each batch's mean. A smaller last batch
 * counts as much as the others.
 * @param labels of the images: a class for each, or 0/1 for each finding
 */
export function meanOfBatches(
  { values, width }: Pick<Outputs, 'values' | 'width'>,
  labels: ArrayLike<number>,
  { multiLabel, batchSize }: { readonly multiLabel: boolean; readonly batchSize: number },
): number {
  const { exp, log } = portableMath;
  const softplus = (x: number) => Math.max(x, 0) + log(1 + exp(-Math.abs(x)));
  const lossOf = (n: number) => {
    const row = values.subarray(n * width, (n + 1) * width);
    if (multiLabel)
      return row.reduce((sum, z, k) => sum + softplus(labels[n * width + k] ? -z : z), 0) / width;
    const largest = row.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY);
    return log(row.reduce((sum, z) => sum + exp(z - largest), 0)) + largest - row[labels[n]];
  };
  const count = values.length / width;
  let [total, batches] = [0, 0];
  for (let start = 0; start < count; start += batchSize, batches++) {
    const end = Math.min(count, start + batchSize);
    let sum = 0;
    for (let n = start; n < end; n++) sum += lossOf(n);
    total += sum / (end - start);
  }
  return total / batches;
}
